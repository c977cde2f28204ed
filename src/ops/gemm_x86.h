/* SPDX-License-Identifier: MIT */
/*
 * tlee_gemm for x86: the body shared by gemm_avx2.c and gemm_avx512.c, which set
 *   PIXELS   pixels of a tile, at most 14; 2 * PIXELS accumulators, two weights and a broadcast
 *            input together fill the registers
 * and have included the vector header of their instruction set.
 */
#include "gemm.h"

#include <assert.h>
#include <math.h>

/* One input of each pixel times a vector or two of weights. */
VEC_INLINE void step(const float *x, size_t x_pixel, const float *weight, size_t pixels,
                     size_t vectors, vec *sum0, vec *sum1) {
    vec w0 = vec_load(weight), w1 = vectors > 1 ? vec_load(weight + LANES) : w0;
    for (size_t p = 0; p < pixels; p++) {
        vec in = vec_set(x[p * x_pixel]);
        sum0[p] = vec_fma(in, w0, sum0[p]);
        if (vectors > 1)
            sum1[p] = vec_fma(in, w1, sum1[p]);
    }
}

/* What a tile fetches of the coming weights: the lines begin..end-1 of each run, a turn's share at
 * a time, as a burst of fetches would hold up the tile's own loads. */
struct ahead {
    const float *next; /* NULL: nothing */
    size_t begin, end, turn;
    size_t run; /* from one run's coming weights to the next one's, in floats even of halves */
};

enum {
    LINE_FLOATS = 16,
    TURN = 4,      /* steps; a loop of single ones spends 5 % on its own instructions */
    RUNS_AHEAD = 3 /* of inputs that are far: time for a line from another core's cache */
};

VEC_INLINE struct ahead look_ahead(const struct tlee_gemm *g, size_t channels, size_t tile,
                                   size_t tiles) {
    size_t run = g->run_length * channels / (g->next_half ? 2 : 1), lines = run / LINE_FLOATS;
    size_t part = g->next_part * tiles + tile, parts = g->next_parts * tiles;
    if (!g->next)
        return (struct ahead){.next = g->weight}; /* no lines of what is there in any case */
    size_t begin = lines * part / parts, end = lines * (part + 1) / parts;
    return (struct ahead){g->next, begin * LINE_FLOATS, end * LINE_FLOATS,
                          (end - begin + TURN - 1) / TURN * LINE_FLOATS, run};
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

/* One tile. The last four parameters are constants where it is called if they can be, so that the
 * accumulators are registers and the addresses of the pixels are offsets. */
VEC_INLINE void tile(const struct tlee_gemm *g, struct ahead ahead, size_t first, size_t pixels,
                     size_t vectors, size_t x_pixel, size_t run_length) {
    vec sum0[PIXELS], sum1[PIXELS];
    vec bias0 = g->bias ? vec_load(g->bias) : vec_zero();
    vec bias1 = g->bias && vectors > 1 ? vec_load(g->bias + LANES) : bias0;
    for (size_t p = 0; p < pixels; p++) {
        sum0[p] = bias0;
        sum1[p] = bias1;
    }
    const float *x = g->x + first * x_pixel, *weight = g->weight;
    const size_t *runs = g->runs, run_count = g->run_count;
    for (size_t r = 0; r < run_count; r++) {
        const float *run = x + runs[r];
        if (g->far && r + RUNS_AHEAD < run_count)
            for (size_t p = 0; p < pixels; p++)
                _mm_prefetch((const char *)(x + runs[r + RUNS_AHEAD] + p * x_pixel), _MM_HINT_T0);
        size_t k = 0;
        const float *next = ahead.next + ahead.begin, *end = ahead.next + ahead.end;
        ahead.next += ahead.run;
        for (; k + TURN <= run_length; k += TURN, weight += TURN * vectors * LANES) {
            const float *stop = end - next > (ptrdiff_t)ahead.turn ? next + ahead.turn : end;
            for (; next < stop; next += LINE_FLOATS)
                _mm_prefetch((const char *)next, _MM_HINT_T1);
            for (size_t j = 0; j < TURN; j++)
                step(run + k + j, x_pixel, weight + j * vectors * LANES, pixels, vectors, sum0,
                     sum1);
        }
        for (; k < run_length; k++, weight += vectors * LANES)
            step(run + k, x_pixel, weight, pixels, vectors, sum0, sum1);
    }
    finish(g, first * LANES, sum0, pixels);
    if (vectors > 1)
        finish(g, g->y_block + first * LANES, sum1, pixels);
}

VEC_INLINE void tile_of(const struct tlee_gemm *g, struct ahead ahead, size_t first, size_t pixels,
                        size_t vectors, size_t x_pixel, size_t run_length) {
    switch (pixels) {
    case 1:
        tile(g, ahead, first, 1, vectors, x_pixel, run_length);
        break;
    case 2:
        tile(g, ahead, first, 2, vectors, x_pixel, run_length);
        break;
    case 3:
        tile(g, ahead, first, 3, vectors, x_pixel, run_length);
        break;
    case 4:
        tile(g, ahead, first, 4, vectors, x_pixel, run_length);
        break;
    case 5:
        tile(g, ahead, first, 5, vectors, x_pixel, run_length);
        break;
    case 6:
        tile(g, ahead, first, 6, vectors, x_pixel, run_length);
        break;
#if PIXELS > 6
    case 7:
        tile(g, ahead, first, 7, vectors, x_pixel, run_length);
        break;
    case 8:
        tile(g, ahead, first, 8, vectors, x_pixel, run_length);
        break;
    case 9:
        tile(g, ahead, first, 9, vectors, x_pixel, run_length);
        break;
    case 10:
        tile(g, ahead, first, 10, vectors, x_pixel, run_length);
        break;
    case 11:
        tile(g, ahead, first, 11, vectors, x_pixel, run_length);
        break;
    case 12:
        tile(g, ahead, first, 12, vectors, x_pixel, run_length);
        break;
    case 13:
        tile(g, ahead, first, 13, vectors, x_pixel, run_length);
        break;
    case 14:
        tile(g, ahead, first, 14, vectors, x_pixel, run_length);
        break;
#endif
    default:
        assert(pixels == 0); /* strip makes no larger tiles */
    }
}

/* Tiles of nearly equal size: a last tile of one pixel would cost as much as one of six. */
VEC_INLINE void strip(const struct tlee_gemm *g, size_t pixels, size_t vectors, size_t x_pixel,
                      size_t run_length) {
    size_t tiles = (pixels + PIXELS - 1) / PIXELS;
    for (size_t i = 0; i < tiles; i++) {
        size_t first = i * pixels / tiles;
        struct ahead ahead = look_ahead(g, vectors * LANES, i, tiles);
        tile_of(g, ahead, first, (i + 1) * pixels / tiles - first, vectors, x_pixel, run_length);
    }
}

static void strip_of_neighbours(const struct tlee_gemm *g, size_t pixels) {
    strip(g, pixels, 2, LANES, LANES);
}

static void strip_of_every_other(const struct tlee_gemm *g, size_t pixels) {
    strip(g, pixels, 2, 2 * LANES, LANES);
}

static void strip_at_stride(const struct tlee_gemm *g, size_t pixels) {
    strip(g, pixels, 2, g->x_pixel, g->run_length);
}

static void strip_of_one_vector(const struct tlee_gemm *g, size_t pixels) {
    strip(g, pixels, 1, g->x_pixel, g->run_length);
}

VEC_INLINE void gemm(const struct tlee_gemm *g, size_t pixels, size_t channels) {
    assert(channels == LANES || channels == 2 * LANES);
    if (channels == LANES)
        strip_of_one_vector(g, pixels);
    else if (g->x_pixel == LANES && g->run_length == LANES)
        strip_of_neighbours(g, pixels);
    else if (g->x_pixel == 2 * LANES && g->run_length == LANES)
        strip_of_every_other(g, pixels);
    else
        strip_at_stride(g, pixels);
}
