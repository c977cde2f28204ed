/* SPDX-License-Identifier: MIT */
/* Cases of the inner loop of the convolutions on blocks of channels. */
#include "kernels.h"

#include <math.h>
#include <stdio.h>

enum {
    X,
    WEIGHT,
    BIAS,
    RESIDUAL,
    RUNS
};

struct gemm {
    struct tlee_gemm g; /* pointers are not used */
    size_t block, pixels, channels;
};

/* Range: pixels. */
static void call(const struct kernels_case *it, kernels_fn *fn, const void *const *in, float *y,
                 size_t begin, size_t end) {
    const struct gemm *gemm = it->params;
    struct tlee_gemm g = gemm->g;
    g.x = (const float *)in[X] + begin * g.x_pixel;
    g.runs = in[RUNS];
    g.weight = in[WEIGHT];
    g.bias = in[BIAS];
    g.residual = in[RESIDUAL] ? (const float *)in[RESIDUAL] + begin * gemm->block : NULL;
    g.y = y + begin * gemm->block;
    if (begin < end)
        ((tlee_gemm_fn *)fn)(&g, end - begin, gemm->channels);
}

static size_t unit(const struct kernels_case *it, size_t index) {
    const struct gemm *gemm = it->params;
    size_t pixel = index % gemm->g.y_block / gemm->block;
    return pixel < gemm->pixels ? pixel : KERNELS_GAP;
}

static struct kernels_want want(const struct kernels_case *it, size_t index) {
    const struct gemm *gemm = it->params;
    const struct tlee_gemm *g = &gemm->g;
    const float *x = it->input[X].values, *weight = it->input[WEIGHT].values;
    const float *bias = it->input[BIAS].values, *residual = it->input[RESIDUAL].values;
    const size_t *runs = it->input[RUNS].values;
    size_t pixel = unit(it, index);
    size_t o = index / g->y_block * gemm->block + index % gemm->block, terms = 2;
    double sum = bias ? (double)bias[o] : 0.0, more = residual ? (double)residual[index] : 0.0;
    double magnitude = fabs(sum) + fabs(more);
    for (size_t r = 0; r < g->run_count; r++)
        for (size_t k = 0; k < g->run_length; k++, terms++) {
            float value = x[pixel * g->x_pixel + runs[r] + k];
            float factor = weight[(r * g->run_length + k) * gemm->channels + o];
            sum += (double)value * (double)factor;
            magnitude += fabs((double)value * (double)factor);
        }
    if (it->data == KERNELS_INTEGERS)
        terms = 0;
    return kernels_activated(g->act, sum + more, terms, magnitude);
}

static void fill(struct kernels_run *run, struct kernels_case *it, size_t slot, size_t count) {
    float *values = kernels_floats(it, slot, count);
    kernels_fill(&run->random, it->data, values, count);
}

/* Places of runs in no order, the first pixel's first input among them; returns the last place. */
static size_t place_runs(struct kernels_random *random, struct kernels_case *it, size_t count,
                         size_t limit) {
    size_t *runs = (size_t *)(void *)kernels_bytes(it, RUNS, count * sizeof *runs), last = 0;
    it->input[RUNS].element = 2 * sizeof(float); /* aligned, and no floats to plant a NaN in */
    size_t at_zero = count ? kernels_below(random, count) : 0;
    for (size_t r = 0; r < count; r++) {
        runs[r] = r == at_zero ? 0 : kernels_below(random, limit);
        last = runs[r] > last ? runs[r] : last;
    }
    return last;
}

static void check(struct kernels_run *run, size_t pixels, size_t channels, size_t run_length,
                  size_t x_pixel, enum kernels_data data) {
    static const char *const acts[] = {"none", "relu", "relu6"};
    static const size_t counts[] = {1, 2, 3, 5, 8, 18}, gaps[] = {0, 0, 1, 7};
    size_t block = run->blocked->block;
    uint64_t chance = kernels_next(&run->random);
    struct gemm gemm = {.g = {.x_pixel = x_pixel,
                              .run_count = chance % 16 ? KERNELS_PICK(&run->random, counts) : 0,
                              .run_length = run_length,
                              .act = (enum tlee_activation)(chance / 16 % 3)},
                        .block = block,
                        .pixels = pixels,
                        .channels = channels};
    gemm.g.y_block = pixels * block + KERNELS_PICK(&run->random, gaps) * block;
    size_t outputs = (channels / block - 1) * gemm.g.y_block + pixels * block;
    struct kernels_case it = {.data = data,
                              .params = &gemm,
                              .outputs = outputs,
                              .units = pixels,
                              .exact = true,
                              .call = call,
                              .want = want,
                              .unit = unit};
    size_t last = place_runs(&run->random, &it, gemm.g.run_count, 3 * x_pixel + 5);
    bool bias = chance & 0x1000, residual = chance & 0x2000;
    fill(run, &it, X, gemm.g.run_count ? (pixels - 1) * x_pixel + last + run_length : 0);
    fill(run, &it, WEIGHT, gemm.g.run_count * run_length * channels);
    if (bias)
        fill(run, &it, BIAS, channels);
    if (residual)
        fill(run, &it, RESIDUAL, outputs);
    it.input[RESIDUAL].may_be_y = true;
    snprintf(
        it.shape, sizeof it.shape,
        "%zu pixels, %zu apart, %zu runs of %zu -> %zu channels, blocks %zu apart, %s%s, act %s",
        pixels, x_pixel, gemm.g.run_count, run_length, channels, gemm.g.y_block,
        bias ? "bias" : "no bias", residual ? ", residual" : "", acts[gemm.g.act]);
    kernels_check(run, &it);
}

/* Every number of pixels up to twice the largest tile, 14, and three more, and a prime. */
void kernels_gemm(struct kernels_run *run) {
    enum {
        PIXELS = 31,
        PRIME = 53
    };
    size_t block = run->blocked->block;
    const size_t lengths[] = {block, 1, 2, 3, 4, 5, 21, 2 * block + 3};
    const size_t distances[] = {block, 2 * block, 3 * block, 6, 7, 1};
    enum {
        LENGTHS = sizeof lengths / sizeof *lengths,
        DISTANCES = sizeof distances / sizeof *distances
    };
    for (size_t i = 0; i < (PIXELS + 1) * LENGTHS * DISTANCES; i += run->quick ? 5 : 1) {
        size_t pixels = i / (LENGTHS * DISTANCES) + 1;
        if (pixels > PIXELS)
            pixels = PRIME;
        for (size_t channels = block; channels <= 2 * block; channels += block)
            check(run, pixels, channels, lengths[i % LENGTHS], distances[i / LENGTHS % DISTANCES],
                  (enum kernels_data)kernels_below(&run->random, KERNELS_DATA_KINDS));
    }
    /* What the fast ways through a kernel take, with all kinds of data. */
    for (size_t pixels = 1; pixels <= PIXELS; pixels += run->quick ? 3 : 1)
        for (int data = 0; data < KERNELS_DATA_KINDS; data++) {
            check(run, pixels, 2 * block, block, block, (enum kernels_data)data);
            check(run, pixels, 2 * block, block, 2 * block, (enum kernels_data)data);
        }
}
