/* SPDX-License-Identifier: MIT */
/* Softmax cases. */
#include "kernels.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static void call(const struct kernels_case *it, kernels_fn *fn, const void *const *in, float *y,
                 size_t begin, size_t end) {
    (void)begin, (void)end;
    ((tlee_softmax_fn *)fn)(in[0], y, it->outputs);
}

/* x - m is rounded, which changes its exponential by up to u * |x - m| of itself; the same holds
 * for the terms of the sum. Exponentials below FLT_MIN are 0. */
static struct kernels_want want(const struct kernels_case *it, size_t index) {
    const float *x = it->input[0].values;
    double largest = (double)-INFINITY, sum = 0.0, blur = 0.0;
    for (size_t i = 0; i < it->outputs; i++)
        largest = isnan(x[i]) || (double)x[i] > largest ? (double)x[i] : largest;
    for (size_t i = 0; i < it->outputs; i++) {
        double term = exp((double)x[i] - largest);
        sum += term;
        if (term > 0.0)
            blur += term * (largest - (double)x[i]);
    }
    double distance = largest - (double)x[index], value = exp(-distance) / sum;
    struct kernels_want want = {value, 0.0};
    if (value > 0.0)
        want.bound = value * 0x1p-24 * (8.0 + distance + blur / sum) + (double)FLT_MIN;
    return want;
}

static void check(struct kernels_run *run, size_t count, enum kernels_data data, float factor) {
    struct kernels_case it = {
        .data = data, .outputs = count, .same_bits = true, .call = call, .want = want};
    float *x = kernels_floats(&it, 0, count);
    kernels_fill(&run->random, data, x, count);
    for (size_t i = 0; i < count; i++)
        x[i] *= factor;
    it.input[0].may_be_y = true;
    if (data == KERNELS_UNIFORM && (count == 51 || count == 101) && factor == 1.0f)
        it.work = (double)count;
    snprintf(it.shape, sizeof it.shape, "count %zu, times %g", count, (double)factor);
    kernels_check(run, &it);
}

void kernels_softmax(struct kernels_run *run) {
    static const size_t counts[] = {1,  2,  3,  4,  5,  7,  8,  9,   15,  16,  17,
                                    31, 32, 33, 51, 63, 64, 65, 101, 127, 200, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int data = 0; data < KERNELS_DATA_KINDS; data++) {
            check(run, counts[i], (enum kernels_data)data, 1.0f);
            check(run, counts[i], (enum kernels_data)data, 30.0f);
        }
}
