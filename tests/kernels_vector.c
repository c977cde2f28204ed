/* SPDX-License-Identifier: MIT */
/* Cases of the ops on vectors: elementwise ones, ema, softmax. */
#include "kernels.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Around the widths and unrolled widths of vector registers, and primes. */
static const size_t counts[] = {0,   1,   2,   3,   4,   5,   7,   8,    9,    11,   13,   15,
                                16,  17,  23,  31,  32,  33,  47,  63,   64,   65,   67,   100,
                                101, 127, 128, 129, 255, 256, 257, 1000, 1021, 4096, 4099, 100352};

static struct kernels_case start(struct kernels_random *random, size_t inputs, size_t count,
                                 enum kernels_data data) {
    struct kernels_case it = {.data = data, .outputs = count};
    if (data == KERNELS_UNIFORM && (count == 4096 || count == 100352))
        it.work = (double)count;
    snprintf(it.shape, sizeof it.shape, "count %zu", count);
    for (size_t i = 0; i < inputs; i++) {
        kernels_fill(random, data, kernels_floats(&it, i, count), count);
        it.input[i].may_be_y = true;
    }
    return it;
}

/* Runs an op on all counts and kinds of data. */
static void check_all(struct kernels_run *run, size_t inputs, kernels_call_fn *call,
                      kernels_want_fn *want) {
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int data = 0; data < KERNELS_DATA_KINDS; data++) {
            struct kernels_case it =
                start(&run->random, inputs, counts[i], (enum kernels_data)data);
            it.same_bits = true;
            it.call = call;
            it.want = want;
            kernels_check(run, &it);
        }
}

static double element(const struct kernels_case *it, size_t slot, size_t index) {
    return (double)((const float *)it->input[slot].values)[index];
}

static void call_unary(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                       float *y, size_t begin, size_t end) {
    (void)begin, (void)end;
    ((tlee_unary_fn *)fn)(in[0], y, it->outputs);
}

static void call_binary(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                        float *y, size_t begin, size_t end) {
    (void)begin, (void)end;
    ((tlee_binary_fn *)fn)(in[0], in[1], y, it->outputs);
}

static struct kernels_want want_relu(const struct kernels_case *it, size_t index) {
    return kernels_activated(TLEE_ACT_RELU, element(it, 0, index), 0, 0.0);
}

static struct kernels_want want_relu6(const struct kernels_case *it, size_t index) {
    return kernels_activated(TLEE_ACT_RELU6, element(it, 0, index), 0, 0.0);
}

static struct kernels_want want_silu(const struct kernels_case *it, size_t index) {
    return kernels_activated(TLEE_ACT_SILU, element(it, 0, index), 0, 0.0);
}

static struct kernels_want want_sigmoid(const struct kernels_case *it, size_t index) {
    return kernels_activated(TLEE_ACT_SIGMOID, element(it, 0, index), 0, 0.0);
}

void kernels_relu(struct kernels_run *run) {
    check_all(run, 1, call_unary, want_relu);
}

void kernels_relu6(struct kernels_run *run) {
    check_all(run, 1, call_unary, want_relu6);
}

/* Besides the usual data the whole range in which the exponential is neither 0 nor 1, and floats at
 * equal distances in their order, which is that of their bits. */
static void check_range(struct kernels_run *run, kernels_want_fn *want) {
    static const float specials[] = {
        0.0f,     -0.0f,    88.7228317f, 88.7228394f, 88.8f,       -87.3365402f, -87.34f,
        -87.4f,   -88.73f,  -91.9f,      -92.0f,      -103.9f,     -104.0f,      -104.1f,
        -110.0f,  -110.1f,  FLT_MAX,     -FLT_MAX,    INFINITY,    -INFINITY,    NAN,
        FLT_MIN,  -FLT_MIN, 2 * FLT_MIN, 0x1p-149f,   -0x1p-149f,  31.9999981f,  32.0f,
        63.9999f, 0x1p29f,  64.0f,       64.1f,       -64.0f,      17.4f,        -17.4f,
        -16.64f,  -1e30f,   1e38f,       -0.000345f,  16777216.0f, 16777218.0f,  0x1.9p-126f};
    size_t special = sizeof specials / sizeof *specials, count = run->quick ? 5000 : 300000;
    uint32_t step = run->quick ? 1717987 : 28631;
    struct kernels_case it = start(&run->random, 1, count, KERNELS_UNIFORM);
    float *x = it.input[0].values;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)i * step;
        if (i < special)
            x[i] = specials[i];
        else if (i % 2)
            x[i] *= i % 4 == 1 ? 110.0f : 20.0f;
        else
            memcpy(&x[i], &bits, sizeof bits);
    }
    it.same_bits = true;
    it.call = call_unary;
    it.want = want;
    kernels_check(run, &it);
}

void kernels_silu(struct kernels_run *run) {
    check_all(run, 1, call_unary, want_silu);
    check_range(run, want_silu);
}

void kernels_sigmoid(struct kernels_run *run) {
    check_all(run, 1, call_unary, want_sigmoid);
    check_range(run, want_sigmoid);
}

static struct kernels_want want_add(const struct kernels_case *it, size_t index) {
    return kernels_sum(element(it, 0, index) + element(it, 1, index), 0, 0.0);
}

static struct kernels_want want_maximum(const struct kernels_case *it, size_t index) {
    double a = element(it, 0, index), b = element(it, 1, index);
    return kernels_sum(isnan(a) || a > b ? a : b, 0, 0.0);
}

static struct kernels_want want_mean(const struct kernels_case *it, size_t index) {
    float sum = (float)(element(it, 0, index) + element(it, 1, index));
    return kernels_sum((double)sum / 2.0, 0, 0.0);
}

/* Sums that overflow, and the largest number that does not. */
static void check_overflow(struct kernels_run *run, kernels_want_fn *want) {
    struct kernels_case it = start(&run->random, 2, 37, KERNELS_EXTREMES);
    float *a = it.input[0].values, *b = it.input[1].values;
    for (size_t i = 0; i < 37; i++) {
        a[i] = i % 2 ? FLT_MAX : -FLT_MAX;
        b[i] = i % 3 ? a[i] : i % 5 ? INFINITY : -0.0f;
    }
    it.same_bits = true;
    it.call = call_binary;
    it.want = want;
    kernels_check(run, &it);
}

void kernels_add(struct kernels_run *run) {
    check_all(run, 2, call_binary, want_add);
    check_overflow(run, want_add);
}

void kernels_maximum(struct kernels_run *run) {
    check_all(run, 2, call_binary, want_maximum);
    check_overflow(run, want_maximum);
}

void kernels_mean(struct kernels_run *run) {
    check_all(run, 2, call_binary, want_mean);
    check_overflow(run, want_mean);
}

struct ema {
    float beta, one_minus_beta;
};

static void call_ema(const struct kernels_case *it, kernels_fn *fn, const void *const *in, float *y,
                     size_t begin, size_t end) {
    (void)begin, (void)end;
    const struct ema *ema = it->params;
    ((tlee_ema_fn *)fn)(in[0], in[1], ema->beta, ema->one_minus_beta, y, it->outputs);
}

static struct kernels_want want_ema(const struct kernels_case *it, size_t index) {
    const struct ema *ema = it->params;
    double a = (double)ema->beta * element(it, 1, index);
    double b = (double)ema->one_minus_beta * element(it, 0, index);
    return kernels_sum(a + b, it->data == KERNELS_INTEGERS ? 0 : 2, fabs(a) + fabs(b));
}

void kernels_ema(struct kernels_run *run) {
    static const struct ema published = {0.999f, 0.001f}, exact = {0.25f, 0.75f};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int data = 0; data < KERNELS_DATA_KINDS; data++) {
            struct kernels_case it = start(&run->random, 2, counts[i], (enum kernels_data)data);
            it.params = data == KERNELS_INTEGERS ? &exact : &published;
            it.exact = true;
            it.call = call_ema;
            it.want = want_ema;
            kernels_check(run, &it);
        }
}
