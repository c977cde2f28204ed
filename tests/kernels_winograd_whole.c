/* SPDX-License-Identifier: MIT */
/*
 * Whole 3x3 convolutions through Winograd's transforms, one block of output channels each, against
 * the convolution in double precision; and how far a NaN or an infinity spreads.
 */
#include "kernels.h"
#include "test.h"
#include "winograd_matrices.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 16, /* the largest block */
    C = 2 * BLOCK,
    SIDE = 2 * 6 + 1 + 2, /* of the largest map: two tiles of F6, an output more, a border */
    TILES = 9,
    GRID = WINOGRAD_N * WINOGRAD_N * TILES,
    SAMPLE = 16
};

struct whole {
    struct tlee_winograd p;
    struct winograd_matrices by;
    enum tlee_winograd_size size;
    size_t block, c, tiles, begin, end;
    enum tlee_activation act;
    bool biased, added;
    float x[C * SIDE * SIDE]; /* in blocks */
    float weight[BLOCK][C][9];
    float bias[BLOCK], residual[SIDE * SIDE * BLOCK];
    float u[BLOCK][C][WINOGRAD_N * WINOGRAD_N];
    float v[C * GRID], products[BLOCK * GRID], y[SIDE * SIDE * BLOCK];
};

static void convolve(const struct kernels_run *run, struct whole *w) {
    size_t places = w->by.n * w->by.n, tiles = w->end - w->begin, frequency = tiles * w->block;
    for (size_t c = 0; c < w->c; c += w->block)
        run->blocked->winograd_input[w->size](&w->p, w->x + c * w->p.h * w->p.w, w->begin, w->end,
                                              w->v + c * tiles * places, frequency);
    for (size_t i = 0; i < places * tiles; i++)
        for (size_t o = 0; o < w->block; o++) {
            double sum = 0.0;
            for (size_t c = 0; c < w->c; c++) {
                size_t at = (c / w->block * places * tiles + i) * w->block + c % w->block;
                sum += (double)w->v[at] * (double)w->u[o][c][i / tiles];
            }
            w->products[i * w->block + o] = (float)sum;
        }
    run->blocked->winograd_output[w->size](&w->p, w->products, frequency, w->begin, w->end,
                                           w->biased ? w->bias : NULL,
                                           w->added ? w->residual : NULL, w->act, w->y);
}

/* Tile of the output at (i, j). */
static size_t tile_of(const struct whole *w, size_t i, size_t j) {
    return i / w->by.m * w->p.tiles_w + j / w->by.m;
}

/* x at a place on the map with its border of zeros. */
static double input_at(const struct whole *w, size_t c, size_t i, size_t j) {
    const struct tlee_winograd *p = &w->p;
    if (i < p->ph || i >= p->h + p->ph || j < p->pw || j >= p->w + p->pw)
        return 0.0;
    size_t pixel = (c / w->block * p->h + i - p->ph) * p->w + j - p->pw;
    return (double)w->x[pixel * w->block + c % w->block];
}

/* |A^T| ((|G| |g| |G^T|) . (|B^T| |d| |B|)) |A| at one output, summed over the channels. */
static double magnitude_at(const struct whole *w, size_t o, size_t i, size_t j) {
    const struct winograd_matrices *by = &w->by;
    size_t top = i / by->m * by->m, left = j / by->m * by->m;
    double sum = 0.0;
    for (size_t a = 0; a < by->n; a++)
        for (size_t b = 0; b < by->n; b++) {
            double products = 0.0;
            for (size_t c = 0; c < w->c; c++) {
                double filter = 0.0, input = 0.0;
                for (size_t k = 0; k < 9; k++)
                    filter += fabs(by->g[a][k / 3] * by->g[b][k % 3] * (double)w->weight[o][c][k]);
                for (size_t k = 0; k < by->n * by->n; k++)
                    input += fabs(by->bt[a][k / by->n] * by->bt[b][k % by->n] *
                                  input_at(w, c, top + k / by->n, left + k % by->n));
                products += filter * input;
            }
            sum += fabs(by->at[i - top][a] * by->at[j - left][b]) * products;
        }
    return sum;
}

/*
 * Every value that reaches an output has been rounded at most so many times: by the transforms
 * along both axes, as a weight, as a product, by adding bias and residual. The bound of
 * kernels_sum then holds with the magnitude above (N. Higham, Accuracy and Stability of Numerical
 * Algorithms, 2nd edition, section 3.5, on the same argument for matrix products).
 */
static struct kernels_want want(const struct whole *w, size_t o, size_t i, size_t j) {
    size_t index = (i * w->p.ow + j) * w->block + o;
    size_t roundings = 2 * (w->by.input_roundings + w->by.output_roundings) + 4;
    double sum = w->biased ? (double)w->bias[o] : 0.0;
    double more = w->added ? (double)w->residual[index] : 0.0;
    double magnitude = fabs(sum) + fabs(more) + magnitude_at(w, o, i, j);
    for (size_t c = 0; c < w->c; c++)
        for (size_t k = 0; k < 9; k++)
            sum += input_at(w, c, i + k / 3, j + k % 3) * (double)w->weight[o][c][k];
    return kernels_activated(w->act, sum + more, roundings, magnitude);
}

/* Against the oracle, at some of the outputs. */
static bool check_values(struct kernels_run *run, const struct whole *w, char *message,
                         size_t size) {
    for (size_t k = 0; k < SAMPLE; k++) {
        size_t i = kernels_below(&run->random, w->p.oh), j = kernels_below(&run->random, w->p.ow);
        size_t tile = tile_of(w, i, j), o = kernels_below(&run->random, w->block);
        if (tile < w->begin || tile >= w->end)
            continue;
        struct kernels_want wanted = want(w, o, i, j);
        double got = (double)w->y[(i * w->p.ow + j) * w->block + o];
        if (!(fabs(got - wanted.value) <= wanted.bound)) {
            snprintf(message, size, "channel %zu at %zu, %zu is %.9g, not %.9g (bound %.3g)", o, i,
                     j, got, wanted.value, wanted.bound);
            return false;
        }
    }
    return true;
}

/* One element of x becomes a NaN or an infinity: what depends on it must not be finite, and tiles
 * whose patches lack it must be what they were. */
static bool check_spread(struct kernels_run *run, struct whole *w, char *message, size_t size) {
    static float before[SIDE * SIDE * BLOCK];
    memcpy(before, w->y, sizeof before);
    const struct tlee_winograd *p = &w->p;
    size_t c = kernels_below(&run->random, w->c), row = kernels_below(&run->random, p->h);
    size_t column = kernels_below(&run->random, p->w);
    w->x[((c / w->block * p->h + row) * p->w + column) * w->block + c % w->block] =
        w->act == TLEE_ACT_NONE && kernels_next(&run->random) & 1 ? INFINITY : NAN;
    convolve(run, w);
    row += p->ph; /* on the map with its border, as the outputs' windows are */
    column += p->pw;
    for (size_t index = 0; index < p->oh * p->ow * w->block; index++) {
        size_t i = index / w->block / p->ow, j = index / w->block % p->ow, m = w->by.m;
        size_t tile = tile_of(w, i, j), top = i / m * m, left = j / m * m;
        bool written = tile >= w->begin && tile < w->end;
        bool depends = row >= i && row < i + 3 && column >= j && column < j + 3;
        bool near = row >= top && row < top + w->by.n && column >= left && column < left + w->by.n;
        float got = w->y[index];
        if (written && depends ? isfinite(got)
                               : !(written && near) && memcmp(&got, &before[index], sizeof got)) {
            snprintf(message, size, "%g in channel %zu at %zu, %zu makes %g of %g at %zu, %zu",
                     (double)(w->act ? NAN : INFINITY), c, row, column, (double)got,
                     (double)before[index], i, j);
            return false;
        }
    }
    return true;
}

static void fill(struct kernels_run *run, struct whole *w) {
    static const enum kernels_data kind = KERNELS_UNIFORM;
    struct kernels_random *random = &run->random;
    kernels_fill(random, kind, w->x, w->c * w->p.h * w->p.w);
    kernels_fill(random, kind, w->weight[0][0], BLOCK * C * 9);
    kernels_fill(random, kind, w->bias, w->block);
    kernels_fill(random, kind, w->residual, w->p.oh * w->p.ow * w->block);
    for (size_t o = 0; o < w->block; o++)
        for (size_t c = 0; c < w->c; c++)
            tlee_winograd_filter(w->size, w->weight[o][c], w->u[o][c]);
    for (size_t i = 0; i < SIDE * SIDE * BLOCK; i++)
        w->y[i] = 1e30f;
}

static void check(struct kernels_run *run, struct whole *w) {
    struct kernels_random *random = &run->random;
    char message[160] = "";
    run->cases++;
    w->c = (1 + kernels_below(random, 2)) * w->block;
    bool part = kernels_below(random, 2);
    w->begin = part ? kernels_below(random, w->tiles) : 0;
    w->end = part ? w->begin + 1 + kernels_below(random, w->tiles - w->begin) : w->tiles;
    w->act = (enum tlee_activation)kernels_below(random, 3);
    w->biased = kernels_below(random, 2);
    w->added = kernels_below(random, 2);
    fill(run, w);
    convolve(run, w);
    bool right = check_values(run, w, message, sizeof message) &&
                 check_spread(run, w, message, sizeof message);
    run->failures += !right;
    CHECK(right,
          "%s_%s, seed %llu: convolution, %zu channels, %zux%zu -> %zux%zu, pad %zux%zu, tiles "
          "%zu..%zu: %s",
          run->op, run->isa, (unsigned long long)run->seed, w->c, w->p.h, w->p.w, w->p.oh, w->p.ow,
          w->p.ph, w->p.pw, w->begin, w->end, message);
}

void kernels_winograd_whole(struct kernels_run *run, enum tlee_winograd_size size) {
    struct whole *w = malloc(sizeof *w);
    if (!w) {
        perror("malloc");
        exit(1);
    }
    w->size = size;
    w->by = winograd_matrices(size);
    w->block = run->blocked->block;
    size_t most = 2 * w->by.m + 1;
    for (size_t i = 0; i < most * most && run->failures < 5; i += run->quick ? 7 : 1) {
        size_t oh = i / most + 1, ow = i % most + 1;
        size_t ph = kernels_below(&run->random, 2), pw = kernels_below(&run->random, 2);
        w->p = (struct tlee_winograd){.h = oh + 2 - 2 * ph,
                                      .w = ow + 2 - 2 * pw,
                                      .oh = oh,
                                      .ow = ow,
                                      .ph = ph,
                                      .pw = pw,
                                      .tiles_w = (ow + w->by.m - 1) / w->by.m};
        w->tiles = (oh + w->by.m - 1) / w->by.m * w->p.tiles_w;
        check(run, w);
    }
    free(w);
}
