/* SPDX-License-Identifier: MIT */
/* Folding a batch-norm into the layer before it. */
#ifndef TLEE_FOLD_H
#define TLEE_FOLD_H

#include <stddef.h>

/* Stored statistics and gains of a batch-norm, one number a channel in each. */
struct tlee_batch_norm {
    const float *weight, *bias, *mean, *var;
    double epsilon;
};

/*
 * scale = weight / sqrt(var + epsilon); out_weight[r][i] = weight[r][i] * scale[r];
 * out_bias[r] = norm.bias[r] + (bias[r] - norm.mean[r]) * scale[r]. In double precision, rounded to
 * float once. weight, out_weight: rows x row_length; bias: rows, or NULL for zeros; out_bias: rows.
 */
void tlee_fold_batch_norm(const struct tlee_batch_norm *norm, size_t rows, size_t row_length,
                          const float *weight, const float *bias, float *out_weight,
                          float *out_bias);

/* The same for weights that stay as they are: out_scale[r] = scale[r] goes beside them. */
void tlee_fold_beside(const struct tlee_batch_norm *norm, size_t rows, const float *bias,
                      float *out_scale, float *out_bias);

#endif
