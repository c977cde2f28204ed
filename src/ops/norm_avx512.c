/* SPDX-License-Identifier: MIT */
#include "vec_avx512.h"

#include "norm_body.h"

void tlee_batch_norm_f32_avx512(const float *x, const float *weight, const float *bias,
                                const float *mean, const float *var, double eps, size_t hw,
                                float *y, size_t c_begin, size_t c_end) {
    batch_norm(x, weight, bias, mean, var, eps, hw, y, c_begin, c_end);
}

void tlee_scale_channels_f32_avx512(const float *x, const float *scale, size_t hw, size_t block,
                                    float *y, size_t begin, size_t end) {
    scale_channels(x, scale, hw, block, y, begin, end);
}
