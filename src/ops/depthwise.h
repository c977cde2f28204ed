/* SPDX-License-Identifier: MIT */
/*
 * Depthwise convolution, one filter a channel, on one block of channels (gemm.h): weights are
 * vectors, and so are inputs. The map that is read has its border of zeros in it.
 */
#ifndef TLEE_DEPTHWISE_H
#define TLEE_DEPTHWISE_H

#include "activation.h"

#include <stddef.h>

/*
 *   y[i][j] = act(bias + sum over ki, kj < kernel of
 *                 x[i * stride + ki][j * stride + kj] * weight[ki * kernel + kj])
 * for 0 <= i < rows, 0 <= j < pixels, each of these a vector of block channels: rows of x lie x_row
 * floats apart, those of y y_row, pixels block floats. act is NONE, RELU or RELU6. The sums ascend
 * over ki, then kj, from the bias on.
 */
struct tlee_depthwise {
    const float *x;
    size_t x_row;
    size_t kernel, stride;
    const float *weight; /* kernel * kernel * block */
    const float *bias;   /* block, or NULL for zeros */
    float *y;
    size_t y_row;
    enum tlee_activation act;
};
typedef void tlee_depthwise_fn(const struct tlee_depthwise *d, size_t rows, size_t pixels);

tlee_depthwise_fn tlee_depthwise_f32_avx2, tlee_depthwise_f32_avx512, tlee_depthwise_f32_neon;

#endif
