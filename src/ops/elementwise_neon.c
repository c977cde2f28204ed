/* SPDX-License-Identifier: MIT */
/* For AArch64 alone: 32-bit NEON divides no vectors and takes denormals for zeros. */
#if defined(__aarch64__)

#include "vec_neon.h"

#include "elementwise_body.h"
#include "logistic_body.h"

void tlee_silu_f32_neon(const float *x, float *y, size_t count) {
    unary(silu, x, y, count);
}

void tlee_sigmoid_f32_neon(const float *x, float *y, size_t count) {
    unary(sigmoid, x, y, count);
}

#endif
