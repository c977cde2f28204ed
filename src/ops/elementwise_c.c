/* SPDX-License-Identifier: MIT */
/* Elementwise ops in plain C: the definition. Conditions are put so that NaN comes through. */
#include "activation_c.h"
#include "logistic.h"

#include <string.h>

enum {
    BLOCK = 64
};

void tlee_relu_f32_c(const float *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < 0.0f ? 0.0f : x[i];
}

void tlee_relu6_f32_c(const float *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float positive = x[i] < 0.0f ? 0.0f : x[i];
        y[i] = positive > 6.0f ? 6.0f : positive;
    }
}

static inline float at_most(float x) {
    return x > TLEE_LOGISTIC_MOST ? TLEE_LOGISTIC_MOST : x;
}

static inline float at_least(float x) {
    return x < TLEE_LOGISTIC_LEAST ? TLEE_LOGISTIC_LEAST : x;
}

/* e^-r - 1 */
static inline float polynomial(float r) {
    float q = TLEE_LOGISTIC_Q4;
    q = q * r + TLEE_LOGISTIC_Q3;
    q = q * r + TLEE_LOGISTIC_Q2;
    q = q * r + TLEE_LOGISTIC_Q1;
    q = q * r + TLEE_LOGISTIC_Q0;
    return r * r * q - r;
}

/* (1 + e^-t) * scale */
static inline float denominator(float t) {
    float rounded = t * -TLEE_LOGISTIC_LOG2_E + TLEE_LOGISTIC_ROUNDER;
    float n = rounded - TLEE_LOGISTIC_ROUNDER;
    float high = t + n * TLEE_LOGISTIC_LN2_HIGH;
    float r = high + n * TLEE_LOGISTIC_LN2_LOW;
    uint32_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    bits <<= 23;
    float m;
    memcpy(&m, &bits, sizeof m);
    return m + (TLEE_LOGISTIC_SCALE + m * polynomial(r));
}

/* x within the limits, at most BLOCK of them; returns how many. A loop of its own: compilers follow
 * numbers beyond a limit, constants from there on, on a path apart, and then use no vectors. */
static size_t limit(const float *x, size_t count, float *t) {
    size_t block = count < BLOCK ? count : BLOCK;
    for (size_t i = 0; i < block; i++)
        t[i] = at_least(at_most(x[i]));
    return block;
}

void tlee_sigmoid_f32_c(const float *x, float *y, size_t count) {
    float t[BLOCK];
    for (size_t begin = 0, block; begin < count; begin += block) {
        block = limit(x + begin, count - begin, t);
        for (size_t i = 0; i < block; i++)
            y[begin + i] = TLEE_LOGISTIC_SCALE / denominator(t[i]);
    }
}

void tlee_silu_f32_c(const float *x, float *y, size_t count) {
    float t[BLOCK];
    for (size_t begin = 0, block; begin < count; begin += block) {
        block = limit(x + begin, count - begin, t);
        for (size_t i = 0; i < block; i++) {
            float above = x[begin + i] - at_most(x[begin + i]);
            y[begin + i] = t[i] / denominator(t[i]) * TLEE_LOGISTIC_SCALE + above;
        }
    }
}

void tlee_add_f32_c(const float *a, const float *b, float *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = a[i] + b[i];
}

void tlee_maximum_f32_c(const float *a, const float *b, float *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = a[i] > b[i] || a[i] != a[i] ? a[i] : b[i];
}

void tlee_mean_f32_c(const float *a, const float *b, float *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = (a[i] + b[i]) / 2.0f;
}

void tlee_ema_f32_c(const float *x, const float *previous, float beta, float one_minus_beta,
                    float *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = beta * previous[i] + one_minus_beta * x[i];
}

void tlee_activation_f32_c(enum tlee_activation activation, float *y, size_t count) {
    switch (activation) {
    case TLEE_ACT_NONE:
        break;
    case TLEE_ACT_RELU:
        tlee_relu_f32_c(y, y, count);
        break;
    case TLEE_ACT_RELU6:
        tlee_relu6_f32_c(y, y, count);
        break;
    case TLEE_ACT_SILU:
        tlee_silu_f32_c(y, y, count);
        break;
    case TLEE_ACT_SIGMOID:
        tlee_sigmoid_f32_c(y, y, count);
        break;
    }
}
