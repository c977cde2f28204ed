/* SPDX-License-Identifier: MIT */
/*
 * tlee_gemm in NEON: tiles of 8 pixels x 8 channels, on 32-bit ARM with its 16 registers of 4 x 8.
 *
 * A register holds four inputs of a pixel, each multiplied as a lane with two registers of
 * weights: 16 (8) accumulators, 8 (4) inputs and 4 weights. The small cores issue in order, so the
 * loop over runs of one block loads the next run's inputs and the next lane's weights between the
 * multiplications with the present ones.
 */
#include "vec_neon.h"

#include "gemm.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#ifdef __aarch64__
#define PIXELS 8
#else
#define PIXELS 4
#endif

/* Accumulators of a tile and the inputs at hand, four of each pixel. */
struct tile {
    vec sum0[PIXELS], sum1[PIXELS];
    vec in[PIXELS];
};

/* sum + weight * in[lane] */
#ifdef __aarch64__
VEC_INLINE vec fma_lane(vec weight, vec in, size_t lane, vec sum) {
    switch (lane) {
    case 0:
        return vfmaq_laneq_f32(sum, weight, in, 0);
    case 1:
        return vfmaq_laneq_f32(sum, weight, in, 1);
    case 2:
        return vfmaq_laneq_f32(sum, weight, in, 2);
    default:
        return vfmaq_laneq_f32(sum, weight, in, 3);
    }
}
#else
/* The fused instruction takes no lanes here; the other one rounds the product first. */
VEC_INLINE vec fma_lane(vec weight, vec in, size_t lane, vec sum) {
    switch (lane) {
    case 0:
        return vmlaq_lane_f32(sum, weight, vget_low_f32(in), 0);
    case 1:
        return vmlaq_lane_f32(sum, weight, vget_low_f32(in), 1);
    case 2:
        return vmlaq_lane_f32(sum, weight, vget_high_f32(in), 0);
    default:
        return vmlaq_lane_f32(sum, weight, vget_high_f32(in), 1);
    }
}
#endif

VEC_INLINE void load_inputs(struct tile *t, const float *x, size_t x_pixel, size_t pixels) {
    for (size_t p = 0; p < pixels; p++)
        t->in[p] = vec_load(x + p * x_pixel);
}

/* One input of each pixel times a vector or two of weights. */
VEC_INLINE void step(struct tile *t, size_t lane, vec w0, vec w1, size_t pixels, size_t vectors) {
    for (size_t p = 0; p < pixels; p++) {
        t->sum0[p] = fma_lane(w0, t->in[p], lane, t->sum0[p]);
        if (vectors > 1)
            t->sum1[p] = fma_lane(w1, t->in[p], lane, t->sum1[p]);
    }
}

/* The inputs at hand times four pairs of weights, of which w holds the first. Unless it is the last
 * run, leaves the inputs from `next` on at hand and the weights for them in w. */
VEC_INLINE void run_of_block(struct tile *t, const float *weight, vec w[2], const float *next,
                             size_t x_pixel, size_t pixels, bool last) {
    vec v0 = vec_load(weight + 2 * LANES), v1 = vec_load(weight + 3 * LANES);
    step(t, 0, w[0], w[1], pixels, 2);
    w[0] = vec_load(weight + 4 * LANES), w[1] = vec_load(weight + 5 * LANES);
    step(t, 1, v0, v1, pixels, 2);
    v0 = vec_load(weight + 6 * LANES), v1 = vec_load(weight + 7 * LANES);
    step(t, 2, w[0], w[1], pixels, 2);
    if (last) {
        step(t, 3, v0, v1, pixels, 2);
        return;
    }
    w[0] = vec_load(weight + 8 * LANES), w[1] = vec_load(weight + 9 * LANES);
    for (size_t p = 0; p < pixels; p++) {
        t->sum0[p] = fma_lane(v0, t->in[p], 3, t->sum0[p]);
        t->sum1[p] = fma_lane(v1, t->in[p], 3, t->sum1[p]);
        t->in[p] = vec_load(next + p * x_pixel);
    }
}

/* All runs, each of one block; two vectors of channels. */
VEC_INLINE void runs_of_blocks(struct tile *t, const struct tlee_gemm *g, const float *x,
                               size_t x_pixel, size_t pixels) {
    const size_t *runs = g->runs, *end = runs + g->run_count;
    const float *weight = g->weight;
    if (runs == end)
        return;
    vec w[2] = {vec_load(weight), vec_load(weight + LANES)};
    load_inputs(t, x + *runs, x_pixel, pixels);
    for (runs++; runs < end; runs++, weight += 8 * LANES)
        run_of_block(t, weight, w, x + *runs, x_pixel, pixels, false);
    run_of_block(t, weight, w, NULL, x_pixel, pixels, true);
}

/* One input of each pixel, that in the lane, times the weights for it. */
VEC_INLINE void step_from(struct tile *t, size_t lane, const float *weight, size_t pixels,
                          size_t vectors) {
    vec w0 = vec_load(weight), w1 = vectors > 1 ? vec_load(weight + LANES) : w0;
    step(t, lane, w0, w1, pixels, vectors);
}

/* All runs, of any length. */
VEC_INLINE void runs_of_any(struct tile *t, const struct tlee_gemm *g, const float *x,
                            size_t pixels, size_t vectors) {
    size_t x_pixel = g->x_pixel, run_length = g->run_length, w = vectors * LANES;
    const float *weight = g->weight;
    for (size_t r = 0; r < g->run_count; r++) {
        const float *run = x + g->runs[r];
        size_t k = 0;
        for (; k + LANES <= run_length; k += LANES, weight += LANES * w) {
            load_inputs(t, run + k, x_pixel, pixels);
            step_from(t, 0, weight, pixels, vectors);
            step_from(t, 1, weight + w, pixels, vectors);
            step_from(t, 2, weight + 2 * w, pixels, vectors);
            step_from(t, 3, weight + 3 * w, pixels, vectors);
        }
        for (; k < run_length; k++, weight += w) {
            for (size_t p = 0; p < pixels; p++)
                t->in[p] = vec_set(run[k + p * x_pixel]);
            step_from(t, 0, weight, pixels, vectors);
        }
    }
}

/* Sums to outputs, for one vector of channels. */
VEC_INLINE void finish(const struct tlee_gemm *g, size_t place, vec *sums, size_t pixels) {
    const float *residual = g->residual;
    float *y = g->y + place;
    vec least = g->act == TLEE_ACT_NONE ? vec_set(-INFINITY) : vec_zero();
    vec most = vec_set(g->act == TLEE_ACT_RELU6 ? 6.0F : INFINITY);
    if (residual)
        for (size_t p = 0; p < pixels; p++)
            sums[p] = vec_add(sums[p], vec_load(residual + place + p * LANES));
    for (size_t p = 0; p < pixels; p++)
        vec_store(y + p * LANES, vec_min(most, vec_max(least, sums[p])));
}

/* block_pixel: the distance of pixels when runs are of one block, else 0. It, vectors and pixels
 * are constants where they are given, so that a tile lies in registers. */
VEC_INLINE void tile(const struct tlee_gemm *g, size_t first, size_t pixels, size_t vectors,
                     size_t block_pixel) {
    struct tile t;
    vec bias0 = g->bias ? vec_load(g->bias) : vec_zero();
    vec bias1 = g->bias && vectors > 1 ? vec_load(g->bias + LANES) : bias0;
    for (size_t p = 0; p < pixels; p++) {
        t.sum0[p] = bias0;
        t.sum1[p] = bias1;
    }
    const float *x = g->x + first * g->x_pixel;
    if (block_pixel)
        runs_of_blocks(&t, g, x, block_pixel, pixels);
    else
        runs_of_any(&t, g, x, pixels, vectors);
    finish(g, first * LANES, t.sum0, pixels);
    if (vectors > 1)
        finish(g, g->y_block + first * LANES, t.sum1, pixels);
}

VEC_INLINE void tile_of(const struct tlee_gemm *g, size_t first, size_t pixels, size_t vectors,
                        size_t block_pixel) {
    assert(pixels > 0 && pixels <= PIXELS);
    switch (pixels) {
    case 1:
        tile(g, first, 1, vectors, block_pixel);
        break;
    case 2:
        tile(g, first, 2, vectors, block_pixel);
        break;
    case 3:
        tile(g, first, 3, vectors, block_pixel);
        break;
    case 4:
        tile(g, first, 4, vectors, block_pixel);
        break;
#if PIXELS > 4
    case 5:
        tile(g, first, 5, vectors, block_pixel);
        break;
    case 6:
        tile(g, first, 6, vectors, block_pixel);
        break;
    case 7:
        tile(g, first, 7, vectors, block_pixel);
        break;
    case 8:
        tile(g, first, 8, vectors, block_pixel);
        break;
#endif
    }
}

/* Tiles of nearly equal size: a last tile of one pixel would cost as much as one of four. */
VEC_INLINE void strip(const struct tlee_gemm *g, size_t pixels, size_t vectors,
                      size_t block_pixel) {
    size_t tiles = (pixels + PIXELS - 1) / PIXELS;
    for (size_t i = 0; i < tiles; i++) {
        size_t first = i * pixels / tiles;
        tile_of(g, first, (i + 1) * pixels / tiles - first, vectors, block_pixel);
    }
}

static void strip_of_neighbours(const struct tlee_gemm *g, size_t pixels) {
    strip(g, pixels, 2, LANES);
}

static void strip_of_every_other(const struct tlee_gemm *g, size_t pixels) {
    strip(g, pixels, 2, 2 * LANES);
}

static void strip_of_any(const struct tlee_gemm *g, size_t pixels) {
    strip(g, pixels, 2, 0);
}

static void strip_of_one_vector(const struct tlee_gemm *g, size_t pixels) {
    strip(g, pixels, 1, 0);
}

void tlee_gemm_f32_8x8_neon(const struct tlee_gemm *g, size_t pixels, size_t channels) {
    assert(channels == LANES || channels == 2 * LANES);
    if (channels == LANES)
        strip_of_one_vector(g, pixels);
    else if (g->run_length == LANES && g->x_pixel == LANES)
        strip_of_neighbours(g, pixels);
    else if (g->run_length == LANES && g->x_pixel == 2 * LANES)
        strip_of_every_other(g, pixels);
    else
        strip_of_any(g, pixels);
}
