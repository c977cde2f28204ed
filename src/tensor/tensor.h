/* SPDX-License-Identifier: MIT */
/* NCHW float tensors: a shape and a pointer, nothing hidden. */
#ifndef TLEE_TENSOR_H
#define TLEE_TENSOR_H

#include "memory.h"

/* Sizes in elements. A vector of length d is (1, d, 1, 1). */
struct tlee_shape {
    size_t n, c, h, w;
};

/* Dense, row-major: element (n, c, h, w) lies at ((n * C + c) * H + h) * W + w. Not owned. */
struct tlee_tensor {
    float *data;
    struct tlee_shape shape;
};

/* *count = n * c * h * w; false when that, or its bytes as floats, do not fit a size_t. */
bool tlee_shape_count(const struct tlee_shape *shape, size_t *count);

#endif
