/* SPDX-License-Identifier: MIT */
/*
 * The kernel contract: what every op computes, for every instruction set.
 *
 * Rules that hold for all kernels unless an op says otherwise:
 *  - Tensors are dense float32, one image at a time, channel-major: element (c, h, w) of a c x h x
 *    w map lies at (c * H + h) * W + w. All sizes and indices count elements.
 *  - The convolutions of SIMD rows (gemm.h) keep maps in blocks of channels instead (layout.h);
 *    ops that say so take maps of either kind: block 1 is the plain one.
 *  - No alignment is required; kernels use unaligned loads.
 *  - Exactly the stated elements are read and written; nothing is read beyond a buffer's end.
 *  - Operands do not overlap, except where "in place" is named: then y may equal x exactly.
 *  - Kernels are single-threaded, allocate nothing, cannot fail and assert their preconditions. A
 *    half-open range [begin, end) of outputs is computed and the rest left alone, so that callers
 *    split outputs over threads; the result does not depend on how the range is split.
 *  - Sums run over their index in ascending order in the C row. Other rows may sum in another order
 *    and may fuse multiply-adds; that is all in which instruction sets may differ. On integer data
 *    whose partial sums stay below 2^24 every row therefore gives the same bits.
 *  - NaN in an operand appears in every output that depends on it (ReLU and max pooling keep it, as
 *    PyTorch does); infinities follow IEEE 754. The sign of a zero result is unspecified.
 *  - Denormals count, unless the calling thread has told its processor otherwise (denormals.h);
 *    32-bit ARM's NEON always takes them for zeros, operands and results alike.
 *  - A dimension of 0 makes an empty output, except where the op forbids it.
 *  - The C row (suffix _c) is the definition that all others are held against; it is itself checked
 *    against double precision.
 */
#ifndef TLEE_OPS_H
#define TLEE_OPS_H

#include "activation.h"
#include "depthwise.h"
#include "gemm.h"
#include "winograd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Convolution of a c x h x w map with zero padding.
 *   y[o][i][j] = act(bias[o] + residual[o][i][j]
 *                    + sum over ic, ki, kj of x[g*C/G + ic][i*sh - ph + ki][j*sw - pw + kj]
 *                                             * weight[o][ic][ki][kj])
 * with g = o / (oc / groups) and ic in 0..c/groups-1; x outside the map counts as 0 and is not
 * multiplied. The C row starts from bias[o], adds the products in the order ic, ki, kj, then the
 * residual.
 *   oh = (h + 2*ph - kh) / sh + 1 and ow likewise, both at least 1; c and oc multiples of groups.
 * x: c*h*w; weight: oc*(c/groups)*kh*kw; bias: oc or NULL (zeros); residual: oc*oh*ow or NULL
 * (nothing added), may equal y exactly; y: oc*oh*ow. Range: output channels.
 */
struct tlee_conv2d {
    size_t c, h, w;
    size_t oc, oh, ow;
    size_t kh, kw, sh, sw, ph, pw;
    size_t groups;
    enum tlee_activation act;
};
typedef void tlee_conv2d_fn(const struct tlee_conv2d *p, const float *x, const float *weight,
                            const float *bias, const float *residual, float *y, size_t oc_begin,
                            size_t oc_end);

/*
 * Batch normalisation with stored statistics, on planes of hw elements.
 *   scale = weight[c] / sqrt(var[c] + eps), shift = bias[c] - mean[c] * scale, both taken in double
 *   precision and rounded to float once;  y[c][i] = x[c][i] * scale + shift
 * x, y: c*hw; weight, bias, mean, var: c each. In place allowed. Range: channels.
 */
typedef void tlee_batch_norm_fn(const float *x, const float *weight, const float *bias,
                                const float *mean, const float *var, double eps, size_t hw,
                                float *y, size_t c_begin, size_t c_end);

/*
 * Elementwise y[i] = act(x[i]), 0 <= i < count. In place allowed.
 *   relu:    x < 0 ? 0 : x
 *   relu6:   min(relu(x), 6)
 *   sigmoid: 1 / (1 + exp(-x))
 *   silu:    x * sigmoid(x)
 * Error of sigmoid and silu below 2 units in the last place where the result is a normal number;
 * smaller ones may be 0. silu(-infinity) is NaN. The same bits in every row (logistic.h).
 */
typedef void tlee_unary_fn(const float *x, float *y, size_t count);

/*
 * Elementwise on two vectors, 0 <= i < count; y may equal a or b exactly.
 *   add:     a[i] + b[i]
 *   maximum: a[i] > b[i] ? a[i] : b[i], NaN when either is NaN
 *   mean:    (a[i] + b[i]) / 2
 */
typedef void tlee_binary_fn(const float *a, const float *b, float *y, size_t count);

/* Exponential average: y[i] = beta * previous[i] + one_minus_beta * x[i]. y may equal either. */
typedef void tlee_ema_fn(const float *x, const float *previous, float beta, float one_minus_beta,
                         float *y, size_t count);

/*
 * y[c][i] = x[c][i] * scale[c], planes of hw elements. Maps in blocks of `block` channels, as in
 * pooling; scale has a number for each channel of padding, too. In place allowed. Range: blocks of
 * channels. The same bits in every row.
 */
typedef void tlee_scale_channels_fn(const float *x, const float *scale, size_t hw, size_t block,
                                    float *y, size_t begin, size_t end);

/*
 * Pooling windows of kh x kw at stride sh, sw with ph, pw rows and columns around the map that hold
 * no value. oh = (h + 2*ph - kh) / sh + 1 and ow likewise, both at least 1; ph < kh, pw < kw.
 * Maps in blocks of `block` channels, c a multiple of it: element (c, h, w) of x at
 * ((c / block * H + h) * W + w) * block + c % block; y likewise.
 * x: c*h*w; y: c*oh*ow. Range: blocks of channels.
 *   max_pool: the largest x inside the window and the map; NaN when one is NaN
 *   avg_pool: sum of x inside the window and the map, in the order i, j, divided by kh * kw (as
 *             PyTorch with count_include_pad)
 * The same bits in every row.
 */
struct tlee_pool2d {
    size_t c, h, w;
    size_t oh, ow;
    size_t kh, kw, sh, sw, ph, pw;
    size_t block; /* at least 1 */
};
typedef void tlee_pool_fn(const struct tlee_pool2d *p, const float *x, float *y, size_t c_begin,
                          size_t c_end);

/*
 * The branch's pooling (paper: CRM input; spec section 4): alpha * max_pool + (1 - alpha) *
 * avg_pool over the same window, in one pass. alpha is unconstrained; ph = pw = 0. The same bits in
 * every row.
 */
typedef void tlee_mixed_pool_fn(const struct tlee_pool2d *p, float alpha, const float *x, float *y,
                                size_t c_begin, size_t c_end);

/*
 * Adaptive average pooling: y[c][i][j] is the mean of rows i*h/oh .. ceil((i+1)*h/oh) - 1 and of
 * the columns likewise (integer division). Uses c, h, w, oh, ow, block of p alone, as above. The
 * same bits in every row.
 */
typedef tlee_pool_fn tlee_adaptive_avg_pool_fn;

/*
 * Linear layer: y[o] = act(bias[o] + sum over i < in of x[i] * weight[o*in + i]). bias may be NULL.
 * The C row keeps eight partial sums, i modulo 8, and adds them pairwise, ((0+4)+(2+6)) +
 * ((1+5)+(3+7)), then the bias. Range: output features.
 */
struct tlee_linear {
    size_t in, out;
    enum tlee_activation act;
};
typedef void tlee_linear_fn(const struct tlee_linear *p, const float *x, const float *weight,
                            const float *bias, float *y, size_t out_begin, size_t out_end);

/*
 * The same with weights kept as the bits of IEEE half floats; all sums are float. scale (may be
 * NULL) takes the factor of a batch-norm, so that the weights stay the halves that they are:
 *   y[o] = act(bias[o] + scale[o] * sum over i < in of x[i] * weight[o*in + i])
 * with the product and the addition rounded each.
 */
typedef void tlee_linear_half_fn(const struct tlee_linear *p, const float *x,
                                 const uint16_t *weight, const float *scale, const float *bias,
                                 float *y, size_t out_begin, size_t out_end);

/*
 * y[i] = exp(x[i] - m) / sum over j of exp(x[j] - m), m the largest x; the sum is taken in double
 * precision in ascending order. In place allowed; count >= 1. A NaN or +infinity in x makes every
 * y NaN. The same bits in every row.
 */
typedef void tlee_softmax_fn(const float *x, float *y, size_t count);

/*
 * From 8-bit RGB to the network's input in one pass (spec section 2): divide by 255, resize the
 * whole picture of in_w x in_h to out_w x out_h, cut a window of side x side at (crop_x, crop_y),
 * subtract the mean, divide by the standard deviation.
 *   source coordinate of output column i: scale * (i + 0.5) - 0.5 in double, scale = in_w / out_w
 * rounded to float, clamped below at 0; x0 its integer part, x1 = min(x0 + 1, in_w - 1), weight of
 * x1 the fraction as float; rows likewise. (So PyTorch computes it.)
 *   When in_w = out_w and in_h = out_h the picture is not resampled.
 *   y[c][i][j] = ((blend of the four pixels / 255) - mean[c]) / std[c]
 * rgb: row r starts at rgb + r * row_bytes and holds in_w pixels of 3 bytes; y: 3 * side * side.
 * crop_x + side <= out_w, crop_y + side <= out_h. Range: output rows, in all three channels.
 * The same bits in every row.
 */
struct tlee_resize {
    size_t in_w, in_h;
    size_t out_w, out_h;
    size_t crop_x, crop_y, side;
    float mean[3], std[3];
};
typedef void tlee_resize_fn(const struct tlee_resize *p, const uint8_t *rgb, size_t row_bytes,
                            float *y, size_t row_begin, size_t row_end);

/*
 * No op of a network but the yardstick for those that are: count multiply-adds (fused, but in the C
 * row), a multiple of TLEE_PEAK_UNIT, as fast as the arithmetic units can, memory left alone. Each
 * row has as many chains n as it likes; chain j starts at x = j and each of its count / n steps is
 * x = x + x * a, which on every machine is one instruction that overwrites one of its operands.
 * Returns the mean of the chains' ends.
 */
typedef float tlee_peak_fn(size_t count, float a);
enum {
    TLEE_PEAK_UNIT = 768
};

/* Convolution on maps in blocks of channels (gemm.h, winograd.h, depthwise.h). */
struct tlee_blocked {
    size_t block; /* channels in a block; 1: this row has no such kernels, and conv2d is used */
    double weight_cost; /* a weight that comes from memory, in multiply-adds at full speed */
    tlee_gemm_fn *gemm;
    tlee_depthwise_fn *depthwise;
    tlee_widen_fn *widen;
    tlee_winograd_input_fn *winograd_input[TLEE_WINOGRAD_SIZES];
    tlee_winograd_output_fn *winograd_output[TLEE_WINOGRAD_SIZES];
};

/* The table of kernels; no slot but those of a missing `blocked` is ever empty. */
struct tlee_ops {
    struct tlee_blocked blocked;
    tlee_conv2d_fn *conv2d;
    size_t conv2d_channels; /* output channels to give it at a time: it gathers once for them */
    size_t conv2d_block;    /* it works best on multiples of this */
    tlee_batch_norm_fn *batch_norm;
    tlee_unary_fn *relu, *relu6, *silu, *sigmoid;
    tlee_binary_fn *add, *maximum, *mean;
    tlee_ema_fn *ema;
    tlee_scale_channels_fn *scale_channels;
    tlee_pool_fn *max_pool, *avg_pool;
    tlee_mixed_pool_fn *mixed_pool;
    tlee_adaptive_avg_pool_fn *adaptive_avg_pool;
    tlee_linear_fn *linear;
    tlee_linear_half_fn *linear_half;
    bool linear_half_is_fast; /* not so in plain C: four times as long as with floats */
    tlee_softmax_fn *softmax;
    tlee_resize_fn *resize;
    tlee_peak_fn *peak;
};

/*
 * Fills the table for the given TLEE_CPU_ bits. Pure: the same bits give the same table.
 * The C row goes in first, then a ladder of better rows, so a partial instruction set is legal.
 */
void tlee_ops_init(struct tlee_ops *ops, unsigned cpu);

/* The C row. One file per family: conv2d_c.c, norm_c.c, elementwise_c.c, pool_c.c, linear_c.c,
 * softmax_c.c, resize_c.c, peak_c.c. */
tlee_conv2d_fn tlee_conv2d_f32_c;
enum {
    TLEE_CONV2D_C_CHANNELS = 32,
    TLEE_CONV2D_C_BLOCK = 4
};
tlee_batch_norm_fn tlee_batch_norm_f32_c;
tlee_unary_fn tlee_relu_f32_c, tlee_relu6_f32_c, tlee_silu_f32_c, tlee_sigmoid_f32_c;
tlee_binary_fn tlee_add_f32_c, tlee_maximum_f32_c, tlee_mean_f32_c;
tlee_ema_fn tlee_ema_f32_c;
tlee_scale_channels_fn tlee_scale_channels_f32_c;
tlee_pool_fn tlee_max_pool_f32_c, tlee_avg_pool_f32_c;
tlee_mixed_pool_fn tlee_mixed_pool_f32_c;
tlee_adaptive_avg_pool_fn tlee_adaptive_avg_pool_f32_c;
tlee_linear_fn tlee_linear_f32_c;
tlee_linear_half_fn tlee_linear_half_f32_c;
tlee_softmax_fn tlee_softmax_f32_c;
tlee_resize_fn tlee_resize_rgb8_c;
tlee_peak_fn tlee_peak_f32_c;

/* Better rows. Elementwise ops have none for NEON but AArch64's for silu and sigmoid, which fuse
 * some operations: of the others compilers make NEON there, and 32-bit NEON would take denormals
 * for zeros. */
tlee_batch_norm_fn tlee_batch_norm_f32_avx2, tlee_batch_norm_f32_avx512;
tlee_unary_fn tlee_relu_f32_avx2, tlee_relu_f32_avx512;
tlee_unary_fn tlee_relu6_f32_avx2, tlee_relu6_f32_avx512;
tlee_unary_fn tlee_silu_f32_avx2, tlee_silu_f32_avx512, tlee_silu_f32_neon;
tlee_unary_fn tlee_sigmoid_f32_avx2, tlee_sigmoid_f32_avx512, tlee_sigmoid_f32_neon;
tlee_binary_fn tlee_add_f32_avx2, tlee_add_f32_avx512;
tlee_binary_fn tlee_maximum_f32_avx2, tlee_maximum_f32_avx512;
tlee_binary_fn tlee_mean_f32_avx2, tlee_mean_f32_avx512;
tlee_ema_fn tlee_ema_f32_avx2, tlee_ema_f32_avx512;
tlee_scale_channels_fn tlee_scale_channels_f32_avx2, tlee_scale_channels_f32_avx512;
tlee_pool_fn tlee_max_pool_f32_avx2, tlee_max_pool_f32_avx512, tlee_max_pool_f32_neon;
tlee_pool_fn tlee_avg_pool_f32_avx2, tlee_avg_pool_f32_avx512, tlee_avg_pool_f32_neon;
tlee_mixed_pool_fn tlee_mixed_pool_f32_avx2, tlee_mixed_pool_f32_avx512, tlee_mixed_pool_f32_neon;
tlee_adaptive_avg_pool_fn tlee_adaptive_avg_pool_f32_avx2, tlee_adaptive_avg_pool_f32_avx512;
tlee_adaptive_avg_pool_fn tlee_adaptive_avg_pool_f32_neon;
tlee_linear_fn tlee_linear_f32_avx2, tlee_linear_f32_avx512, tlee_linear_f32_neon;
tlee_linear_half_fn tlee_linear_half_f32_avx2, tlee_linear_half_f32_avx512;
tlee_linear_half_fn tlee_linear_half_f32_neon;
tlee_resize_fn tlee_resize_rgb8_avx2, tlee_resize_rgb8_neon;
tlee_peak_fn tlee_peak_f32_avx2, tlee_peak_f32_avx512, tlee_peak_f32_neon;

#endif
