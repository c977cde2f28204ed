/* SPDX-License-Identifier: MIT */
/* Elementwise ops in plain C: the definition. Conditions are put so that NaN comes through. */
#include "activation_c.h"
#include "expf.h"

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

/*
 * x / (1 + e^-t). With e^-t = (sum + rest) / p, p a power of two, that is x / (p + sum + rest) * p:
 * nothing overflows, and the denominator is rounded but once, since the error of p + sum (Knuth's
 * two-sum) is added to the rest. In p's two factors there is room for more than a float's exponent.
 * t >= -104; from 64 on e^-t no longer counts.
 */
static inline float logistic(float t, float x) {
    struct tlee_expf_parts e = tlee_expf_parts(t > 64.0f ? -64.0f : -t);
    int32_t half = e.exponent / 2;
    float p1 = tlee_expf_power(-half), p2 = tlee_expf_power(half - e.exponent);
    float p = p1 * p2;
    float high = p + e.sum, part = high - p;
    float lost = (p - (high - part)) + (e.sum - part);
    return x / (high + (lost + e.rest)) * p1 * p2;
}

void tlee_sigmoid_f32_c(const float *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < -104.0f ? 0.0f : logistic(x[i], 1.0f);
}

void tlee_silu_f32_c(const float *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < -104.0f ? x[i] * 0.0f : logistic(x[i], x[i]);
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
