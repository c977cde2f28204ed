/* SPDX-License-Identifier: MIT */
/* Per-channel scaling in plain C: the definition. */
#include "ops.h"

#include <assert.h>
#include <math.h>

void tlee_batch_norm_f32_c(const float *x, const float *weight, const float *bias,
                           const float *mean, const float *var, double eps, size_t hw, float *y,
                           size_t c_begin, size_t c_end) {
    assert(c_begin <= c_end);
    for (size_t c = c_begin; c < c_end; c++) {
        double exact_scale = (double)weight[c] / sqrt((double)var[c] + eps);
        float scale = (float)exact_scale;
        float shift = (float)((double)bias[c] - (double)mean[c] * exact_scale);
        for (size_t i = c * hw; i < (c + 1) * hw; i++)
            y[i] = x[i] * scale + shift;
    }
}

void tlee_scale_channels_f32_c(const float *x, const float *scale, size_t hw, size_t block,
                               float *y, size_t begin, size_t end) {
    assert(begin <= end && block);
    for (size_t b = begin; b < end; b++)
        for (size_t i = b * hw; i < (b + 1) * hw; i++)
            for (size_t lane = 0; lane < block; lane++)
                y[i * block + lane] = x[i * block + lane] * scale[b * block + lane];
}
