/* SPDX-License-Identifier: MIT */
/*
 * What the files of test_kernels.c share. A case is one shape of one op with its data. It is run
 * in guarded memory, as a whole, in pieces and in place, and compared with a double-precision
 * oracle (C row) or with the C row (all others).
 */
#ifndef KERNELS_H
#define KERNELS_H

#include "ops.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    KERNELS_INPUTS = 5
};

/* The least magnitude but 0 that all kernels take for what it is: 32-bit ARM's NEON takes denormals
 * for zeros, as operands and as results. */
#if defined(__arm__)
#define KERNELS_LEAST 0x1p-126
#else
#define KERNELS_LEAST 0x1p-149
#endif

/* Any kernel; cast back to its own type before the call. */
typedef void kernels_fn(void);

enum kernels_data {
    KERNELS_INTEGERS, /* small: sums are exact in any order */
    KERNELS_UNIFORM,  /* in [-1, 1) */
    KERNELS_EXTREMES, /* huge, denormal, zeros of both signs */
    KERNELS_NAN,      /* uniform but for one element of one input */
    KERNELS_INF,
    KERNELS_DATA_KINDS
};

struct kernels_random {
    uint64_t state;
};

/* One kernel under test. */
struct kernels_run {
    const char *op, *isa;
    kernels_fn *fn;
    kernels_fn *reference; /* the C row's kernel; NULL when that is tested, or there is none */
    const struct tlee_blocked *blocked; /* of fn's table */
    uint64_t seed;
    bool quick; /* thin out the cases, for emulated machines */
    bool bench; /* time the cases that have `work`, instead of checking all */
    struct kernels_random random;
    size_t cases, failures;
};

/* An element of the output: the exact value, and how far a float result may be from it. */
struct kernels_want {
    double value, bound;
};

struct kernels_case;
typedef void kernels_call_fn(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                             float *y, size_t begin, size_t end);
typedef struct kernels_want kernels_want_fn(const struct kernels_case *it, size_t index);
typedef size_t kernels_unit_fn(const struct kernels_case *it, size_t index);

struct kernels_case {
    char shape[200];
    enum kernels_data data;
    const void *params; /* of the op */
    struct {
        void *values; /* NULL: the op gets NULL */
        size_t bytes;
        size_t element; /* bytes of an element */
        bool may_be_y;  /* in place is allowed */
    } input[KERNELS_INPUTS];
    size_t outputs;        /* floats in y */
    size_t units;          /* length of the op's range; 0 when it has none */
    size_t sample;         /* outputs compared, chosen at random; 0: all, and all ways of running */
    double work;           /* floating-point operations of a shape worth timing; 0: it is not */
    bool exact;            /* on integer data every row gives the same bits */
    bool same_bits;        /* on all data */
    kernels_call_fn *call; /* ignores begin and end when there is no range */
    kernels_want_fn *want;
    kernels_unit_fn *unit; /* unit that an output belongs to; NULL: outputs / units each */
};

/* From kernels_unit_fn: an element between outputs, which the kernel must leave alone. */
#define KERNELS_GAP SIZE_MAX

/* Runs and checks a case, or times it. After several failures of one kernel the rest of its cases
 * is skipped. */
void kernels_check(struct kernels_run *run, struct kernels_case *it);

/* Input `slot` becomes an array of `count` floats (kernels_bytes: bytes; kernels_halves: half
 * floats), to be filled in; it lives
 * until the next case. */
float *kernels_floats(struct kernels_case *it, size_t slot, size_t count);
uint8_t *kernels_bytes(struct kernels_case *it, size_t slot, size_t count);
uint16_t *kernels_halves(struct kernels_case *it, size_t slot, size_t count);

/* value with the bound of a sum of `terms` products that add up to `magnitude` without signs;
 * terms = 0: the rounded value exactly. */
struct kernels_want kernels_sum(double value, size_t terms, double magnitude);

/* The same after an activation; terms = 0 still leaves sigmoid and silu 2 units in the last place.
 */
struct kernels_want kernels_activated(enum tlee_activation act, double value, size_t terms,
                                      double magnitude);

/* Unit in the last place of a float near value. */
double kernels_ulp(double value);

/* kernels_bench.c: times a case and prints the result. */
void kernels_time(const struct kernels_run *run, const struct kernels_case *it);

/* kernels_data.c */
uint64_t kernels_next(struct kernels_random *random);
size_t kernels_below(struct kernels_random *random, size_t limit); /* 0..limit-1 */
size_t kernels_pick(struct kernels_random *random, const size_t *values, size_t count);
#define KERNELS_PICK(random, list) kernels_pick(random, list, sizeof(list) / sizeof *(list))
void kernels_fill(struct kernels_random *random, enum kernels_data data, float *values,
                  size_t count);
/* The same for half floats: any bits of a finite number below 1 where they are uniform, of any
 * finite one where they are not, and one infinity or NaN where the data have them. */
void kernels_fill_halves(struct kernels_random *random, enum kernels_data data, uint16_t *values,
                         size_t count);
/* Puts the NaN or infinity of the case's data kind into one of its inputs. */
void kernels_plant(struct kernels_random *random, struct kernels_case *it);
const char *kernels_data_name(enum kernels_data data);

/* kernels_memory.c: memory between pages that cannot be touched. Slot KERNELS_INPUTS is y. */
enum kernels_place {
    KERNELS_AT_END,  /* the last byte lies before the upper guard page */
    KERNELS_AT_FRONT /* and more: so many elements (mod 4) above the lower guard page */
};
/* A copy of bytes that cannot be written to. */
const void *kernels_put(size_t slot, size_t place, const void *values, size_t bytes,
                        size_t element);
/* Room for y between canaries; values NULL: filled with a NaN that no kernel makes. */
float *kernels_put_output(size_t place, const void *values, size_t count);
bool kernels_untouched(float value); /* still that NaN */
bool kernels_canaries_alive(void);
/* Calls the kernel; returns 0, or the number of the fatal signal that ended it. */
int kernels_guarded_call(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                         float *y, size_t begin, size_t end);

/* kernels_conv.c: fills oh and ow; false when the padded map is smaller than the window. */
bool kernels_set_output(struct tlee_conv2d *p);

/* The cases of each op. */
typedef void kernels_cases_fn(struct kernels_run *run);
kernels_cases_fn kernels_conv2d, kernels_conv2d_layers, kernels_batch_norm, kernels_scale_channels;
kernels_cases_fn kernels_relu, kernels_relu6, kernels_silu, kernels_sigmoid;
kernels_cases_fn kernels_add, kernels_maximum, kernels_mean, kernels_ema, kernels_softmax;
kernels_cases_fn kernels_max_pool, kernels_avg_pool, kernels_mixed_pool, kernels_adaptive_avg_pool;
kernels_cases_fn kernels_linear, kernels_linear_half, kernels_resize;
kernels_cases_fn kernels_gemm, kernels_widen, kernels_winograd_input, kernels_winograd_output;
/* Whole convolutions. */
void kernels_winograd_whole(struct kernels_run *run, enum tlee_winograd_size size);

#endif
