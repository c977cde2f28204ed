/* SPDX-License-Identifier: MIT */
/*
 * Cases of Winograd's transforms, against products with the matrices in double precision. Those
 * have short binary fractions, so transforms of small integers are exact.
 */
#include "kernels.h"
#include "winograd_matrices.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    X = 0, /* of the input transform */
    PRODUCTS = 0,
    BIAS,
    RESIDUAL
};

struct transform {
    struct tlee_winograd p;
    struct winograd_matrices by;
    size_t block, tiles;
    size_t frequency;
    enum tlee_activation act;
};

/* Input: v[i][j][tile], with gaps between frequencies. */
static void call_input(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                       float *y, size_t begin, size_t end) {
    const struct transform *t = it->params;
    ((tlee_winograd_input_fn *)fn)(&t->p, in[X], begin, end, y + begin * t->block, t->frequency);
}

static size_t unit_input(const struct kernels_case *it, size_t index) {
    const struct transform *t = it->params;
    size_t tile = index % t->frequency / t->block;
    return tile < t->tiles ? tile : KERNELS_GAP;
}

/* The sum over the patch that starts at (top, left) on the map with its border of zeros. */
static struct kernels_want want_input(const struct kernels_case *it, size_t index) {
    const struct transform *t = it->params;
    const struct tlee_winograd *p = &t->p;
    const float *x = it->input[X].values;
    size_t n = t->by.n, tile = unit_input(it, index), place = index / t->frequency;
    size_t top = tile / p->tiles_w * t->by.m, left = tile % p->tiles_w * t->by.m;
    const double *rows = t->by.bt[place / n], *columns = t->by.bt[place % n];
    double sum = 0.0, magnitude = 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            size_t row = top + i, column = left + j;
            if (row < p->ph || row >= p->h + p->ph || column < p->pw || column >= p->w + p->pw)
                continue;
            size_t pixel = (row - p->ph) * p->w + column - p->pw;
            double product = rows[i] * columns[j] * (double)x[pixel * t->block + index % t->block];
            sum += product;
            magnitude += fabs(product);
        }
    size_t roundings = it->data == KERNELS_INTEGERS ? 0 : 2 * t->by.input_roundings;
    return kernels_sum(sum, roundings, magnitude);
}

static void call_output(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                        float *y, size_t begin, size_t end) {
    const struct transform *t = it->params;
    const float *products = (const float *)in[PRODUCTS] + begin * t->block;
    ((tlee_winograd_output_fn *)fn)(&t->p, products, t->frequency, begin, end, in[BIAS],
                                    in[RESIDUAL], t->act, y);
}

static size_t unit_output(const struct kernels_case *it, size_t index) {
    const struct transform *t = it->params;
    size_t row = index / t->block / t->p.ow, column = index / t->block % t->p.ow;
    return row / t->by.m * t->p.tiles_w + column / t->by.m;
}

static struct kernels_want want_output(const struct kernels_case *it, size_t index) {
    const struct transform *t = it->params;
    const float *products = it->input[PRODUCTS].values, *bias = it->input[BIAS].values;
    const float *residual = it->input[RESIDUAL].values;
    size_t n = t->by.n, lane = index % t->block, place = unit_output(it, index) * t->block + lane;
    const double *rows = t->by.at[index / t->block / t->p.ow % t->by.m];
    const double *columns = t->by.at[index / t->block % t->p.ow % t->by.m];
    double sum = bias ? (double)bias[lane] : 0.0, more = residual ? (double)residual[index] : 0.0;
    double magnitude = fabs(sum) + fabs(more);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double product =
                rows[i] * columns[j] * (double)products[(i * n + j) * t->frequency + place];
            sum += product;
            magnitude += fabs(product);
        }
    size_t roundings = it->data == KERNELS_INTEGERS ? 0 : 2 * t->by.output_roundings + 2;
    return kernels_activated(t->act, sum + more, roundings, magnitude);
}

/* Integers small enough that sums stay exact even after A^T M A of six outputs; where not all of
 * an array is to be read, NaN in the rest of it. */
static void fill(struct kernels_run *run, struct kernels_case *it, size_t slot, size_t count) {
    float *values = kernels_floats(it, slot, count);
    kernels_fill(&run->random, it->data, values, count);
    for (size_t i = 0; i < count && it->data == KERNELS_INTEGERS; i++)
        values[i] = fmodf(values[i], 3.0f);
}

static void fill_products(struct kernels_run *run, struct kernels_case *it,
                          const struct transform *t, size_t count) {
    fill(run, it, PRODUCTS, count);
    float *products = it->input[PRODUCTS].values;
    for (size_t i = 0; i < count; i++)
        if (i % t->frequency >= t->tiles * t->block)
            products[i] = NAN;
}

/* A map of oh x ow with the border given; false when nothing would be left of the input. */
static bool set_map(struct transform *t, size_t oh, size_t ow, size_t ph, size_t pw) {
    t->p = (struct tlee_winograd){.oh = oh, .ow = ow, .ph = ph, .pw = pw};
    if (oh + 2 <= 2 * ph || ow + 2 <= 2 * pw)
        return false;
    t->p.h = oh + 2 - 2 * ph;
    t->p.w = ow + 2 - 2 * pw;
    t->p.tiles_w = (ow + t->by.m - 1) / t->by.m;
    t->tiles = (oh + t->by.m - 1) / t->by.m * t->p.tiles_w;
    return true;
}

static void check(struct kernels_run *run, struct transform *t, bool output,
                  enum kernels_data data) {
    static const size_t gaps[] = {0, 0, 1, 5};
    static const char *const acts[] = {"none", "relu", "relu6"};
    const struct tlee_winograd *p = &t->p;
    size_t n = t->by.n, pixels = p->oh * p->ow * t->block;
    t->frequency = (t->tiles + KERNELS_PICK(&run->random, gaps)) * t->block;
    t->act = (enum tlee_activation)kernels_below(&run->random, 3);
    size_t grid = (n * n - 1) * t->frequency + t->tiles * t->block;
    struct kernels_case it = {.data = data,
                              .params = t,
                              .outputs = output ? pixels : grid,
                              .units = t->tiles,
                              .call = output ? call_output : call_input,
                              .want = output ? want_output : want_input,
                              .unit = output ? unit_output : unit_input};
    if (output) {
        fill_products(run, &it, t, grid);
        if (kernels_below(&run->random, 2))
            fill(run, &it, BIAS, t->block);
        if (kernels_below(&run->random, 2))
            fill(run, &it, RESIDUAL, pixels);
        it.input[RESIDUAL].may_be_y = true;
    } else {
        fill(run, &it, X, p->h * p->w * t->block);
    }
    snprintf(it.shape, sizeof it.shape,
             "F%zu, %zux%zu -> %zux%zu, pad %zux%zu, frequencies %zu apart%s%s, act %s", t->by.m,
             p->h, p->w, p->oh, p->ow, p->ph, p->pw, t->frequency,
             it.input[BIAS].values ? ", bias" : "", it.input[RESIDUAL].values ? ", residual" : "",
             acts[t->act]);
    kernels_check(run, &it);
}

/* All sizes of maps of up to two tiles and an output a side. */
static void check_maps(struct kernels_run *run, enum tlee_winograd_size size, bool output) {
    struct transform t = {.by = winograd_matrices(size), .block = run->blocked->block};
    size_t most = 2 * t.by.m + 1;
    for (size_t i = 0; i < most * most; i += run->quick ? 3 : 1)
        for (size_t pad = 0; pad < 4; pad++)
            if (set_map(&t, i / most + 1, i % most + 1, pad / 2, pad % 2)) {
                check(run, &t, output, KERNELS_INTEGERS);
                check(run, &t, output, KERNELS_UNIFORM);
            }
}

void kernels_winograd_input(struct kernels_run *run) {
    for (int size = 0; size < TLEE_WINOGRAD_SIZES; size++)
        if ((kernels_fn *)run->blocked->winograd_input[size] == run->fn)
            check_maps(run, (enum tlee_winograd_size)size, false);
}

void kernels_winograd_output(struct kernels_run *run) {
    for (int size = 0; size < TLEE_WINOGRAD_SIZES; size++)
        if ((kernels_fn *)run->blocked->winograd_output[size] == run->fn) {
            check_maps(run, (enum tlee_winograd_size)size, true);
            kernels_winograd_whole(run, (enum tlee_winograd_size)size);
        }
}
