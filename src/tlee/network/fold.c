/* SPDX-License-Identifier: MIT */
#include "fold.h"

#include <math.h>

static double scale_of(const struct tlee_batch_norm *norm, size_t row) {
    return (double)norm->weight[row] / sqrt((double)norm->var[row] + norm->epsilon);
}

static float shift_of(const struct tlee_batch_norm *norm, size_t row, double scale,
                      const float *bias) {
    double before = bias ? (double)bias[row] : 0;
    return (float)((double)norm->bias[row] + (before - (double)norm->mean[row]) * scale);
}

void tlee_fold_batch_norm(const struct tlee_batch_norm *norm, size_t rows, size_t row_length,
                          const float *weight, const float *bias, float *out_weight,
                          float *out_bias) {
    for (size_t r = 0; r < rows; r++) {
        double scale = scale_of(norm, r);
        out_bias[r] = shift_of(norm, r, scale, bias);
        for (size_t i = 0; i < row_length; i++)
            out_weight[r * row_length + i] = (float)((double)weight[r * row_length + i] * scale);
    }
}

void tlee_fold_beside(const struct tlee_batch_norm *norm, size_t rows, const float *bias,
                      float *out_scale, float *out_bias) {
    for (size_t r = 0; r < rows; r++) {
        double scale = scale_of(norm, r);
        out_scale[r] = (float)scale;
        out_bias[r] = shift_of(norm, r, scale, bias);
    }
}
