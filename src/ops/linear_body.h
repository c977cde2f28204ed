/* SPDX-License-Identifier: MIT */
/*
 * The linear layers, for every instruction set: included once by each linear_<isa>.c, after its
 * vector header. They read each weight once, so that memory sets their pace; several rows at a time
 * keep enough loads under way. Half weights are fetched ahead besides: 16.8 to 18.4 GB/s, a plain
 * loop that reads them 17.0; floats lose by it, 17.2 to 15.9 (822 MB, Xeon, one thread).
 */
#include "activation_c.h"

#include <assert.h>
#include <stdbool.h>

enum {
    ROWS = 4,
    SUMS = 2,    /* of a row, in vectors */
    AHEAD = 1024 /* bytes of a row */
};

/* Weights from element `at` on, floats or half floats. */
VEC_INLINE vec weights(const void *weight, size_t at, bool half) {
    return half ? vec_load_half((const uint16_t *)weight + at)
                : vec_load((const float *)weight + at);
}

VEC_INLINE vec first_weights(const void *weight, size_t at, size_t count, bool half) {
    return half ? vec_load_half_first((const uint16_t *)weight + at, count)
                : vec_load_first((const float *)weight + at, count);
}

/* Products of `rows` rows from row o on; each row is summed in the same way whatever `rows` is. */
VEC_INLINE void products(const float *x, const void *weight, size_t in, size_t o, size_t rows,
                         bool half, const float *scale, const float *bias, float *y) {
    vec sums[ROWS][SUMS];
    for (size_t r = 0; r < rows; r++)
        for (size_t s = 0; s < SUMS; s++)
            sums[r][s] = vec_zero();
    size_t i = 0;
    for (; i + SUMS * LANES <= in; i += SUMS * LANES)
        for (size_t s = 0; s < SUMS; s++) {
            vec values = vec_load(x + i + s * LANES);
            for (size_t r = 0; half && s == 0 && r < rows; r++)
                vec_prefetch((uintptr_t)((const uint16_t *)weight + (o + r) * in + i) + AHEAD);
            for (size_t r = 0; r < rows; r++)
                sums[r][s] = vec_fma(values, weights(weight, (o + r) * in + i + s * LANES, half),
                                     sums[r][s]);
        }
    for (; i + LANES <= in; i += LANES)
        for (size_t r = 0; r < rows; r++)
            sums[r][0] =
                vec_fma(vec_load(x + i), weights(weight, (o + r) * in + i, half), sums[r][0]);
    if (i < in)
        for (size_t r = 0; r < rows; r++)
            sums[r][1] = vec_fma(vec_load_first(x + i, in - i),
                                 first_weights(weight, (o + r) * in + i, in - i, half), sums[r][1]);
    for (size_t r = 0; r < rows; r++) {
        float sum = vec_sum(vec_add(sums[r][0], sums[r][1]));
        sum = scale ? sum * scale[o + r] : sum;
        y[o + r] = bias ? sum + bias[o + r] : sum;
    }
}

VEC_INLINE void linear(const struct tlee_linear *p, const float *x, const void *weight, bool half,
                       const float *scale, const float *bias, float *y, size_t out_begin,
                       size_t out_end) {
    assert(out_begin <= out_end && out_end <= p->out);
    size_t o = out_begin;
    for (; o + ROWS <= out_end; o += ROWS)
        products(x, weight, p->in, o, ROWS, half, scale, bias, y);
    for (; o < out_end; o++)
        products(x, weight, p->in, o, 1, half, scale, bias, y);
    tlee_activation_f32_c(p->act, y + out_begin, out_end - out_begin);
}
