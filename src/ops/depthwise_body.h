/* SPDX-License-Identifier: MIT */
/* Depthwise convolution for every instruction set: included once by each depthwise_<isa>.c, after
 * its vector header and the number of PIXELS in a tile. */
#include "depthwise.h"

#include <assert.h>
#include <math.h>

/* `pixels` neighbouring outputs. The last three parameters are constants where it is called if they
 * can be, so that sums are registers and inputs that pixels share are loaded once. */
VEC_INLINE void tile(const struct tlee_depthwise *d, const float *x, float *y, size_t pixels,
                     size_t kernel, size_t stride) {
    vec sums[PIXELS];
    vec bias = d->bias ? vec_load(d->bias) : vec_zero();
    for (size_t p = 0; p < pixels; p++)
        sums[p] = bias;
    const float *weight = d->weight;
    for (size_t ki = 0; ki < kernel; ki++, x += d->x_row)
        for (size_t kj = 0; kj < kernel; kj++, weight += LANES) {
            vec w = vec_load(weight);
            for (size_t p = 0; p < pixels; p++)
                sums[p] = vec_fma(w, vec_load(x + (p * stride + kj) * LANES), sums[p]);
        }
    vec least = d->act == TLEE_ACT_NONE ? vec_set(-INFINITY) : vec_zero();
    vec most = vec_set(d->act == TLEE_ACT_RELU6 ? 6.0F : INFINITY);
    for (size_t p = 0; p < pixels; p++)
        vec_store(y + p * LANES, vec_min(most, vec_max(least, sums[p])));
}

/* A row in tiles of PIXELS, the last of which may take up some of the one before. */
VEC_INLINE void row(const struct tlee_depthwise *d, const float *x, float *y, size_t pixels,
                    size_t kernel, size_t stride) {
    if (pixels < PIXELS) {
        for (size_t p = 0; p < pixels; p++)
            tile(d, x + p * stride * LANES, y + p * LANES, 1, kernel, stride);
        return;
    }
    for (size_t p = 0; p < pixels; p += PIXELS) {
        size_t first = p + PIXELS <= pixels ? p : pixels - PIXELS;
        tile(d, x + first * stride * LANES, y + first * LANES, PIXELS, kernel, stride);
    }
}

/* The shapes of the published networks, and any other. */
VEC_INLINE void depthwise(const struct tlee_depthwise *d, size_t rows, size_t pixels) {
    assert(d->kernel && d->stride && d->act <= TLEE_ACT_RELU6);
    for (size_t i = 0; i < rows; i++) {
        const float *x = d->x + i * d->stride * d->x_row;
        float *y = d->y + i * d->y_row;
        if (d->kernel == 3 && d->stride == 1)
            row(d, x, y, pixels, 3, 1);
        else if (d->kernel == 3 && d->stride == 2)
            row(d, x, y, pixels, 3, 2);
        else if (d->kernel == 5 && d->stride == 1)
            row(d, x, y, pixels, 5, 1);
        else if (d->kernel == 5 && d->stride == 2)
            row(d, x, y, pixels, 5, 2);
        else
            row(d, x, y, pixels, d->kernel, d->stride);
    }
}
