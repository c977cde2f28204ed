/* SPDX-License-Identifier: MIT */
/* Shapes of dense NCHW float tensors: element (n, c, h, w) lies at ((n * C + c) * H + h) * W + w.
 */
#ifndef TLEE_TENSOR_H
#define TLEE_TENSOR_H

#include "memory.h"

/* Sizes in elements. A vector of length d is (1, d, 1, 1). */
struct tlee_shape {
    size_t n, c, h, w;
};

/* *count = n * c * h * w; false when that, or its bytes as floats, do not fit a size_t. */
bool tlee_shape_count(const struct tlee_shape *shape, size_t *count);

#endif
