/* SPDX-License-Identifier: MIT */
/* The activation that ends a convolution or linear layer of the C row. */
#ifndef TLEE_ACTIVATION_C_H
#define TLEE_ACTIVATION_C_H

#include "ops.h"

/* y[i] = activation(y[i]), 0 <= i < count. */
void tlee_activation_f32_c(enum tlee_activation activation, float *y, size_t count);

#endif
