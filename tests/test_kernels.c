/* SPDX-License-Identifier: MIT */
/*
 * Every kernel of every instruction set that this machine has: the C row against double precision,
 * the others against the C row.
 *     test_kernels [--quick] [--bench] [--seed N] [FILTER]
 * FILTER: part of a name such as conv2d_avx2; --bench: times each kernel that passed.
 */
#include "expf.h"
#include "kernels.h"
#include "test.h"
#include "tlee_base.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *filter; /* NULL: everything */
    uint64_t seed;
    bool quick, bench;
};

/* An op: its slot in the table, and its cases. */
struct op {
    const char *name;
    size_t slot; /* bytes from the table's start */
    kernels_cases_fn *cases;
};

#define OP(name)                                                                                   \
    { #name, offsetof(struct tlee_ops, name), kernels_##name }
#define SLOT(name) offsetof(struct tlee_ops, blocked.name)
static const struct op ops[] = {
    OP(conv2d),
    OP(batch_norm),
    OP(relu),
    OP(relu6),
    OP(silu),
    OP(sigmoid),
    OP(add),
    OP(maximum),
    OP(mean),
    OP(ema),
    OP(scale_channels),
    OP(max_pool),
    OP(avg_pool),
    OP(mixed_pool),
    OP(adaptive_avg_pool),
    OP(linear),
    OP(linear_half),
    OP(softmax),
    OP(resize),
    {"gemm", SLOT(gemm), kernels_gemm},
    {"widen", SLOT(widen), kernels_widen},
    {"winograd2_input", SLOT(winograd_input[TLEE_WINOGRAD_F2]), kernels_winograd_input},
    {"winograd4_input", SLOT(winograd_input[TLEE_WINOGRAD_F4]), kernels_winograd_input},
    {"winograd6_input", SLOT(winograd_input[TLEE_WINOGRAD_F6]), kernels_winograd_input},
    {"winograd2_output", SLOT(winograd_output[TLEE_WINOGRAD_F2]), kernels_winograd_output},
    {"winograd4_output", SLOT(winograd_output[TLEE_WINOGRAD_F4]), kernels_winograd_output},
    {"winograd6_output", SLOT(winograd_output[TLEE_WINOGRAD_F6]), kernels_winograd_output},
};

enum {
    OPS = sizeof ops / sizeof *ops
};

static kernels_fn *in_slot(const struct tlee_ops *table, size_t op) {
    kernels_fn *fn;
    memcpy(&fn, (const char *)table + ops[op].slot, sizeof fn);
    return fn;
}

static bool selected(const struct options *options, const char *op, const char *isa) {
    char name[64];
    snprintf(name, sizeof name, "%s_%s", op, isa);
    return !options->filter || strstr(name, options->filter);
}

/* Each kernel gets the same numbers whatever else is run. */
static uint64_t seed_of(uint64_t seed, const char *op) {
    while (*op)
        seed = (seed ^ (uint64_t)(unsigned char)*op++) * 0x100000001b3u;
    return seed;
}

static bool right_expf(float x, float y) {
    double want = exp((double)x);
    if (isnan(x) || want < (double)FLT_MIN)
        return isnan(x) ? isnan(y) : y == 0.0f;
    return y == (float)want || (isfinite(y) && fabs((double)y - want) < 0.7 * kernels_ulp(want));
}

/* Floats at equal distances in their order, which is that of their bits. */
static void check_expf(const struct options *options) {
    uint32_t step = options->quick ? 400009 : 4093;
    float x = 0.0f, y = 1.0f;
    for (uint64_t i = 0; i <= UINT32_MAX && right_expf(x, y); i += step) {
        uint32_t bits = (uint32_t)i;
        memcpy(&x, &bits, sizeof x);
        y = tlee_expf(x);
    }
    CHECK(right_expf(x, y), "exp(%a) is %.9g, not %.9g", (double)x, (double)y, exp((double)x));
}

/* The ends of the chains tell how many steps they took, each doubling x (ops.h). With none, the
 * mean tells how many chains there are. */
static void check_peak(const struct options *options, unsigned level) {
    struct tlee_ops table;
    tlee_ops_init(&table, level);
    if (!selected(options, "peak", tlee_cpu_name(level)))
        return;
    double start = (double)table.peak(0, 1.0F), chains = 2 * start + 1;
    for (size_t units = 1; units <= 3; units++) {
        double want = start * exp2((double)(units * TLEE_PEAK_UNIT) / chains);
        double got = (double)table.peak(units * TLEE_PEAK_UNIT, 1.0F);
        CHECK(got == want, "peak_%s: %zu units of %g chains give %g, not %g", tlee_cpu_name(level),
              units, chains, got, want);
    }
}

/* One level against the one below it; the slots that it does not change are not run again, and
 * those that it leaves empty not at all. */
static void check_level(const struct options *options, unsigned level, unsigned below) {
    struct tlee_ops c, table, previous;
    tlee_ops_init(&c, TLEE_CPU_C);
    tlee_ops_init(&table, level);
    tlee_ops_init(&previous, below);
    const char *isa = tlee_cpu_name(level);
    for (size_t i = 0; i < OPS; i++) {
        if (!in_slot(&table, i) || (level && in_slot(&table, i) == in_slot(&previous, i)) ||
            !selected(options, ops[i].name, isa))
            continue;
        struct kernels_run run = {.op = ops[i].name,
                                  .isa = isa,
                                  .fn = in_slot(&table, i),
                                  .reference = level ? in_slot(&c, i) : NULL,
                                  .blocked = &table.blocked,
                                  .seed = options->seed,
                                  .quick = options->quick,
                                  .random = {seed_of(options->seed, ops[i].name)}};
        ops[i].cases(&run);
        CHECK(run.cases > 0, "%s_%s: no case ran", run.op, run.isa);
        printf("%s_%s: %zu cases, %zu failed\n", run.op, run.isa, run.cases, run.failures);
        run.bench = options->bench && run.failures == 0;
        if (run.bench)
            ops[i].cases(&run);
    }
}

static bool read_options(struct options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            options->quick = true;
        } else if (strcmp(argv[i], "--bench") == 0) {
            options->bench = true;
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            char *end;
            errno = 0;
            options->seed = strtoull(argv[++i], &end, 10);
            if (errno || *end || end == argv[i])
                return false;
        } else if (argv[i][0] == '-' || options->filter) {
            return false;
        } else {
            options->filter = argv[i];
        }
    }
    return true;
}

int main(int argc, char **argv) {
    static const unsigned bits[] = {TLEE_CPU_AVX2, TLEE_CPU_AVX512, TLEE_CPU_NEON};
    struct options options = {.seed = 1};
    if (!read_options(&options, argc, argv)) {
        fprintf(stderr, "usage: test_kernels [--quick] [--bench] [--seed N] [FILTER]\n");
        return 2;
    }
    unsigned available = tlee_cpu_available(), level = TLEE_CPU_C;
    if (selected(&options, "expf", "c"))
        check_expf(&options);
    check_level(&options, level, level);
    check_peak(&options, level);
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        if (available & bits[i]) {
            check_level(&options, level | bits[i], level);
            check_peak(&options, level | bits[i]);
        } else {
            printf("%s: skipped, not available here\n", tlee_cpu_name(bits[i]));
        }
        level |= available & bits[i];
    }
    return test_summary();
}
