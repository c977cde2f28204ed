/* SPDX-License-Identifier: MIT */
#include "fold.h"

#include <math.h>

void tlee_fold_batch_norm(const struct tlee_batch_norm *norm, size_t rows, size_t row_length,
                          const float *weight, const float *bias, float *out_weight,
                          float *out_bias) {
    for (size_t r = 0; r < rows; r++) {
        double scale = (double)norm->weight[r] / sqrt((double)norm->var[r] + norm->epsilon);
        double before = bias ? (double)bias[r] : 0;
        out_bias[r] = (float)((double)norm->bias[r] + (before - (double)norm->mean[r]) * scale);
        for (size_t i = 0; i < row_length; i++)
            out_weight[r * row_length + i] = (float)((double)weight[r * row_length + i] * scale);
    }
}
