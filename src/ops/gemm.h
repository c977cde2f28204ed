/* SPDX-License-Identifier: MIT */
/*
 * The inner loop of every fast convolution but depthwise ones (depthwise.h): a strip of pixels
 * times a panel of output channels.
 *
 * Maps lie in blocks of `block` channels, as many as a vector register holds floats: element
 * (c, h, w) at ((c / block * H + h) * W + w) * block + c % block, with c padded by zero channels to
 * a multiple of block (layout.h). One pixel's channels are then one vector, and outputs are
 * computed a vector of channels at a time: weights are vector loads, inputs are broadcast, and
 * neither the map's width nor its rows leave odd ends.
 *
 * An output is a sum over runs of neighbouring inputs. A 1x1 convolution has one run for each block
 * of input channels; a 3x3 convolution has nine times as many, one for each tap; the stem, whose
 * input is kept pixel by pixel with the three colours side by side, has a run for each window row.
 */
#ifndef TLEE_GEMM_H
#define TLEE_GEMM_H

#include "activation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 *   y[p][o] = act(bias[o] + sum over r < run_count, k < run_length of
 *                 x[p * x_pixel + runs[r] + k] * weight[(r * run_length + k) * channels + o]
 *                 + residual[p][o])      0 <= p < pixels, 0 <= o < channels
 * Element [p][o] of y, and of residual, is at o / block * y_block + p * block + o % block. All
 * sizes count floats. act is NONE, RELU or RELU6. residual may equal y exactly.
 */
struct tlee_gemm {
    const float *x;
    size_t x_pixel;     /* from one pixel of the strip to the next */
    const size_t *runs; /* run_count places, from a pixel's x on */
    size_t run_count, run_length;
    const float *weight;   /* a packed panel */
    const float *bias;     /* channels, or NULL for zeros */
    const float *residual; /* or NULL for zeros */
    float *y;
    size_t y_block; /* from one block of channels to the next */
    enum tlee_activation act;

    /* A hint: the weights that come next, as many as this panel's, floats or half floats. Part
     * next_part of next_parts of them may be fetched into the cache meanwhile. next: NULL for none.
     */
    const void *next;
    bool next_half;
    size_t next_part, next_parts;

    bool far; /* a hint: x is not in a near cache yet, as another core made it or it is large */
};

/* channels: block or 2 * block; pixels >= 1. The sums ascend over r, then k, from the bias on; the
 * residual comes last. */
typedef void tlee_gemm_fn(const struct tlee_gemm *g, size_t pixels, size_t channels);

/*
 * Half floats to floats, which is exact, and each times its channel's factor, rounded once:
 *   y[r][o] = halves[r][o] * scale[o]      0 <= r < rows, 0 <= o < channels
 * Rows lie side by side; channels: block or 2 * block; scale: channels, or NULL for ones.
 */
typedef void tlee_widen_fn(const uint16_t *halves, const float *scale, size_t rows, size_t channels,
                           float *y);

tlee_gemm_fn tlee_gemm_f32_14x32_avx512;
tlee_gemm_fn tlee_gemm_f32_6x16_avx2;
tlee_gemm_fn tlee_gemm_f32_8x8_neon;
tlee_widen_fn tlee_widen_f32_avx2, tlee_widen_f32_avx512, tlee_widen_f32_neon;

#endif
