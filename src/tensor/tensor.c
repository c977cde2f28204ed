/* SPDX-License-Identifier: MIT */
#include "tensor.h"

bool tlee_shape_count(const struct tlee_shape *shape, size_t *count) {
    size_t product = sizeof(float);
    if (!tlee_size_mul(product, shape->n, &product) ||
        !tlee_size_mul(product, shape->c, &product) ||
        !tlee_size_mul(product, shape->h, &product) || !tlee_size_mul(product, shape->w, &product))
        return false;
    *count = product / sizeof(float);
    return true;
}
