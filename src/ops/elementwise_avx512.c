/* SPDX-License-Identifier: MIT */
#include "vec_avx512.h"

#include "elementwise_body.h"
#include "logistic_body.h"

void tlee_relu_f32_avx512(const float *x, float *y, size_t count) {
    unary(relu, x, y, count);
}

void tlee_relu6_f32_avx512(const float *x, float *y, size_t count) {
    unary(relu6, x, y, count);
}

void tlee_silu_f32_avx512(const float *x, float *y, size_t count) {
    unary(silu, x, y, count);
}

void tlee_sigmoid_f32_avx512(const float *x, float *y, size_t count) {
    unary(sigmoid, x, y, count);
}

void tlee_add_f32_avx512(const float *a, const float *b, float *y, size_t count) {
    binary(vec_add, a, b, y, count);
}

void tlee_maximum_f32_avx512(const float *a, const float *b, float *y, size_t count) {
    binary(vec_max_nan, a, b, y, count);
}

void tlee_mean_f32_avx512(const float *a, const float *b, float *y, size_t count) {
    binary(mean, a, b, y, count);
}

void tlee_ema_f32_avx512(const float *x, const float *previous, float beta, float one_minus_beta,
                         float *y, size_t count) {
    ema(x, previous, beta, one_minus_beta, y, count);
}
