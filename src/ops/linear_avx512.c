/* SPDX-License-Identifier: MIT */
#include "vec_avx512.h"

#include "linear_body.h"

void tlee_linear_f32_avx512(const struct tlee_linear *p, const float *x, const float *weight,
                            const float *bias, float *y, size_t out_begin, size_t out_end) {
    linear(p, x, weight, false, NULL, bias, y, out_begin, out_end);
}

void tlee_linear_half_f32_avx512(const struct tlee_linear *p, const float *x,
                                 const uint16_t *weight, const float *scale, const float *bias,
                                 float *y, size_t out_begin, size_t out_end) {
    linear(p, x, weight, true, scale, bias, y, out_begin, out_end);
}
