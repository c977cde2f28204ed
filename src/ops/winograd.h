/* SPDX-License-Identifier: MIT */
/*
 * Winograd's minimal filtering F(m x m, 3 x 3) for 3x3 convolutions of stride 1 (A. Lavin and
 * S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, section 4.1): a tile of m x m
 * outputs comes from an n x n patch of inputs, n = m + 2, through n * n products in place of
 * 9 * m * m:
 *   Y = A^T [(G g G^T) . (B^T d B)] A
 * The products of all tiles at one place of the n x n grid, a frequency, summed over the input
 * channels, are a matrix product, which tlee_gemm computes.
 *
 * The points are 0, 1, -1, 1/2, -1/2, 2, -2 (as many as needed) and infinity. With m finite points
 * and one more a_i, P_i the product of (a_i - a_l) over l != i:
 *   A^T[j][i] = a_i^j; at infinity 1 for j = m - 1, else 0
 *   G[i] = (1, a_i, a_i^2) / P_i; at infinity (0, 0, 1)
 *   B^T[i] = coefficients of the product of (z - a_l) over l != i; at infinity over all l
 */
#ifndef TLEE_WINOGRAD_H
#define TLEE_WINOGRAD_H

#include "activation.h"

#include <stddef.h>

/* Sizes of tiles m: 2, 4, 6. */
enum tlee_winograd_size {
    TLEE_WINOGRAD_F2,
    TLEE_WINOGRAD_F4,
    TLEE_WINOGRAD_F6,
    TLEE_WINOGRAD_SIZES
};

/* m and n of a size. */
size_t tlee_winograd_m(enum tlee_winograd_size size);
size_t tlee_winograd_n(enum tlee_winograd_size size);

/*
 * u[i * n + j] = element (i, j) of G g G^T for the 3x3 filter g, taken in double precision and
 * rounded once.
 */
void tlee_winograd_filter(enum tlee_winograd_size size, const float g[9], float *u);

/* One block of channels of a map, cut into tiles_h x tiles_w tiles of m x m outputs, numbered row
 * by row; the last ones hang over the edge. */
struct tlee_winograd {
    size_t h, w;   /* of the input */
    size_t oh, ow; /* of the output */
    size_t ph, pw; /* rows and columns of zeros around the input */
    size_t tiles_w;
};

/*
 * B^T d B of tiles begin..end-1 of one block of channels.
 *   x: h * w pixels of a vector each; element (i, j) of tile t goes to
 *   v[(i * n + j) * frequency + (t - begin) * block], a vector.
 */
typedef void tlee_winograd_input_fn(const struct tlee_winograd *p, const float *x, size_t begin,
                                    size_t end, float *v, size_t frequency);

/*
 * y = act(A^T M A + bias + residual) for the tiles begin..end-1 of one block of channels, those
 * parts of tiles that are in the map.
 *   products: as v above; bias: a vector, or NULL; residual, y: oh * ow pixels of a vector each;
 *   residual may be NULL and may equal y exactly. act is NONE, RELU or RELU6.
 */
typedef void tlee_winograd_output_fn(const struct tlee_winograd *p, const float *products,
                                     size_t frequency, size_t begin, size_t end, const float *bias,
                                     const float *residual, enum tlee_activation act, float *y);

tlee_winograd_input_fn tlee_winograd2_input_f32_avx512, tlee_winograd4_input_f32_avx512,
    tlee_winograd6_input_f32_avx512;
tlee_winograd_output_fn tlee_winograd2_output_f32_avx512, tlee_winograd4_output_f32_avx512,
    tlee_winograd6_output_f32_avx512;
tlee_winograd_input_fn tlee_winograd2_input_f32_avx2, tlee_winograd4_input_f32_avx2,
    tlee_winograd6_input_f32_avx2;
tlee_winograd_output_fn tlee_winograd2_output_f32_avx2, tlee_winograd4_output_f32_avx2,
    tlee_winograd6_output_f32_avx2;
tlee_winograd_input_fn tlee_winograd2_input_f32_neon, tlee_winograd4_input_f32_neon,
    tlee_winograd6_input_f32_neon;
tlee_winograd_output_fn tlee_winograd2_output_f32_neon, tlee_winograd4_output_f32_neon,
    tlee_winograd6_output_f32_neon;

#endif
