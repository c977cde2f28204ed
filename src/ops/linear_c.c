/* SPDX-License-Identifier: MIT */
/* The linear layer in plain C: the definition. */
#include "activation_c.h"
#include "half.h"

#include <assert.h>

enum {
    LANES = 8
};

/* The order of the sum: eight partial ones, so that compilers can use vector registers without
 * reordering anything. */
static float total(const float sum[LANES]) {
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

static float dot(const float *restrict x, const float *restrict w, size_t count) {
    float sum[LANES] = {0.0f};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            sum[lane] += x[i + lane] * w[i + lane];
    for (size_t lane = 0; i + lane < count; lane++)
        sum[lane] += x[i + lane] * w[i + lane];
    return total(sum);
}

static float dot_half(const float *restrict x, const uint16_t *restrict w, size_t count) {
    float sum[LANES] = {0.0f};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        float values[LANES];
        for (size_t lane = 0; lane < LANES; lane++)
            values[lane] = tlee_half_to_float(w[i + lane]);
        for (size_t lane = 0; lane < LANES; lane++)
            sum[lane] += x[i + lane] * values[lane];
    }
    for (size_t lane = 0; i + lane < count; lane++)
        sum[lane] += x[i + lane] * tlee_half_to_float(w[i + lane]);
    return total(sum);
}

void tlee_linear_f32_c(const struct tlee_linear *p, const float *x, const float *weight,
                       const float *bias, float *y, size_t out_begin, size_t out_end) {
    assert(out_begin <= out_end && out_end <= p->out);
    for (size_t o = out_begin; o < out_end; o++) {
        float sum = dot(x, weight + o * p->in, p->in);
        y[o] = bias ? sum + bias[o] : sum;
    }
    tlee_activation_f32_c(p->act, y + out_begin, out_end - out_begin);
}

void tlee_linear_half_f32_c(const struct tlee_linear *p, const float *x, const uint16_t *weight,
                            const float *scale, const float *bias, float *y, size_t out_begin,
                            size_t out_end) {
    assert(out_begin <= out_end && out_end <= p->out);
    for (size_t o = out_begin; o < out_end; o++) {
        float sum = dot_half(x, weight + o * p->in, p->in);
        sum = scale ? sum * scale[o] : sum;
        y[o] = bias ? sum + bias[o] : sum;
    }
    tlee_activation_f32_c(p->act, y + out_begin, out_end - out_begin);
}
