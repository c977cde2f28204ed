/* SPDX-License-Identifier: MIT */
/*
 * Convolution in plain C: the definition.
 *
 * Where the window hangs over the map's edge, some taps (positions ki, kj of the window) fall
 * outside and must not be multiplied. Along each axis the outputs therefore form spans that use the
 * same taps: a few at either edge, one large span inside. A pair of spans is a rectangle of
 * outputs, cut into tiles; for a tile every tap is one row of input values, one for each output.
 * What remains is to add up row * weight into accumulators, tap after tap in the order ic, ki, kj.
 */
#include "activation_c.h"

#include <assert.h>
#include <string.h>

/* Accumulators and copied rows together fill 32 KiB, a usual level-1 data cache. */
enum {
    TILE = 128,                        /* outputs of one channel in a tile, at most */
    CHANNELS = TLEE_CONV2D_C_CHANNELS, /* output channels worked on together, at most */
    TAPS = 32                          /* taps looked up at a time */
};

/* Outputs begin..end-1 along an axis, whose windows use the taps first..last-1. */
struct span {
    size_t begin, end;
    size_t first, last;
};

/* A tap's position in the window. */
struct tap {
    size_t ic, ki, kj;
};

struct tile {
    const struct tlee_conv2d *p;
    const float *x;            /* maps of the group: c/groups * h * w */
    const float *weight;       /* of the first channel in work */
    size_t channels;           /* in work */
    struct span rows, cols;    /* (rows.end - rows.begin) * (cols.end - cols.begin) <= TILE */
    float sum[CHANNELS][TILE]; /* outputs row by row, without gaps */
};

/* Some taps in order: the tile's input values for each, and its place in a channel's weights. */
struct taps {
    size_t count;
    const float *row[TAPS];
    size_t place[TAPS];
    float copy[TAPS][TILE];
};

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The taps inside the map for one output whose window starts at `at` on the padded axis. */
static void taps_inside(size_t at, size_t in, size_t k, size_t pad, size_t *first, size_t *last) {
    *first = smaller(at < pad ? pad - at : 0, k);
    *last = at < in + pad ? smaller(in + pad - at, k) : 0;
    if (*last < *first)
        *last = *first;
}

/* The longest span that starts at output `begin` of `out`. */
static struct span span_from(size_t begin, size_t out, size_t in, size_t k, size_t stride,
                             size_t pad) {
    struct span span = {begin, begin + 1, 0, 0};
    taps_inside(begin * stride, in, k, pad, &span.first, &span.last);
    for (; span.end < out; span.end++) {
        size_t first, last;
        taps_inside(span.end * stride, in, k, pad, &first, &last);
        if (first != span.first || last != span.last)
            break;
    }
    return span;
}

/* The tile's input values for one tap: in x itself if they are neighbours there, else copied. */
static const float *tap_row(const struct tile *tile, const struct tap *tap, float *copy) {
    const struct tlee_conv2d *p = tile->p;
    size_t rows = tile->rows.end - tile->rows.begin, cols = tile->cols.end - tile->cols.begin;
    size_t i0 = tile->rows.begin * p->sh + tap->ki - p->ph;
    size_t j0 = tile->cols.begin * p->sw + tap->kj - p->pw;
    const float *from = tile->x + (tap->ic * p->h + i0) * p->w + j0;
    if (rows == 1 && p->sw == 1)
        return from;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            copy[i * cols + j] = from[i * p->sh * p->w + j * p->sw];
    return copy;
}

/* Looks up the next `count` taps and moves *next behind them. */
static void take_taps(const struct tile *tile, struct tap *next, size_t count, struct taps *taps) {
    taps->count = count;
    for (size_t t = 0; t < count; t++) {
        taps->row[t] = tap_row(tile, next, taps->copy[t]);
        taps->place[t] = (next->ic * tile->p->kh + next->ki) * tile->p->kw + next->kj;
        if (++next->kj < tile->cols.last)
            continue;
        next->kj = tile->cols.first;
        if (++next->ki < tile->rows.last)
            continue;
        next->ki = tile->rows.first;
        next->ic++;
    }
}

/* Four taps into four channels: a value loaded serves four sums, a sum loaded takes four products.
 * w[4 * o + t] is the weight of tap t for channel o. */
static void add_4x4(size_t n, const float *restrict w, const float *restrict x0,
                    const float *restrict x1, const float *restrict x2, const float *restrict x3,
                    float *restrict y0, float *restrict y1, float *restrict y2,
                    float *restrict y3) {
    for (size_t j = 0; j < n; j++) {
        y0[j] = y0[j] + x0[j] * w[0] + x1[j] * w[1] + x2[j] * w[2] + x3[j] * w[3];
        y1[j] = y1[j] + x0[j] * w[4] + x1[j] * w[5] + x2[j] * w[6] + x3[j] * w[7];
        y2[j] = y2[j] + x0[j] * w[8] + x1[j] * w[9] + x2[j] * w[10] + x3[j] * w[11];
        y3[j] = y3[j] + x0[j] * w[12] + x1[j] * w[13] + x2[j] * w[14] + x3[j] * w[15];
    }
}

/* One tap into one channel. */
static void add_1x1(size_t n, float w, const float *restrict x, float *restrict y) {
    for (size_t j = 0; j < n; j++)
        y[j] += x[j] * w;
}

/* Adds the products of some taps to all sums of the tile. */
static void add_taps(struct tile *tile, const struct taps *taps, size_t n) {
    const struct tlee_conv2d *p = tile->p;
    size_t stride = p->c / p->groups * p->kh * p->kw, o = 0;
    for (; o + 4 <= tile->channels; o += 4) {
        const float *weight = tile->weight + o * stride;
        float(*sum)[TILE] = tile->sum + o;
        size_t t = 0;
        for (; t + 4 <= taps->count; t += 4) {
            float w[16];
            for (size_t i = 0; i < 16; i++)
                w[i] = weight[i / 4 * stride + taps->place[t + i % 4]];
            add_4x4(n, w, taps->row[t], taps->row[t + 1], taps->row[t + 2], taps->row[t + 3],
                    sum[0], sum[1], sum[2], sum[3]);
        }
        for (; t < taps->count; t++)
            for (size_t i = 0; i < 4; i++)
                add_1x1(n, weight[i * stride + taps->place[t]], taps->row[t], sum[i]);
    }
    for (; o < tile->channels; o++)
        for (size_t t = 0; t < taps->count; t++)
            add_1x1(n, tile->weight[o * stride + taps->place[t]], taps->row[t], tile->sum[o]);
}

/* Sums that are complete but for the residual become outputs. */
static void finish(struct tile *tile, const float *residual, float *y, size_t oc) {
    const struct tlee_conv2d *p = tile->p;
    size_t rows = tile->rows.end - tile->rows.begin, cols = tile->cols.end - tile->cols.begin;
    for (size_t o = 0; o < tile->channels; o++) {
        float *sum = tile->sum[o];
        size_t at = ((oc + o) * p->oh + tile->rows.begin) * p->ow + tile->cols.begin;
        for (size_t i = 0; residual && i < rows; i++)
            for (size_t j = 0; j < cols; j++)
                sum[i * cols + j] += residual[at + i * p->ow + j];
        tlee_activation_f32_c(p->act, sum, rows * cols);
        for (size_t i = 0; i < rows; i++)
            memcpy(y + at + i * p->ow, sum + i * cols, cols * sizeof *y);
    }
}

static void compute_tile(struct tile *tile, const float *bias, const float *residual, float *y,
                         size_t oc) {
    size_t n = (tile->rows.end - tile->rows.begin) * (tile->cols.end - tile->cols.begin);
    for (size_t o = 0; o < tile->channels; o++)
        for (size_t j = 0; j < n; j++)
            tile->sum[o][j] = bias ? bias[oc + o] : 0.0f;
    struct taps taps;
    struct tap next = {0, tile->rows.first, tile->cols.first};
    size_t left = tile->p->c / tile->p->groups * (tile->rows.last - tile->rows.first) *
                  (tile->cols.last - tile->cols.first);
    while (left) {
        take_taps(tile, &next, smaller(left, TAPS), &taps);
        add_taps(tile, &taps, n);
        left -= taps.count;
    }
    finish(tile, residual, y, oc);
}

/* Size of the parts when `count` outputs are cut evenly into parts of at most `most`. */
static size_t part_size(size_t count, size_t most) {
    size_t parts = (count + most - 1) / most;
    return (count + parts - 1) / parts;
}

static void compute_rectangle(struct tile *tile, struct span rows, struct span cols,
                              const float *bias, const float *residual, float *y, size_t oc) {
    size_t width = part_size(cols.end - cols.begin, TILE);
    size_t height = part_size(rows.end - rows.begin, TILE / width);
    tile->rows = rows;
    tile->cols = cols;
    for (size_t i = rows.begin; i < rows.end; i += height) {
        tile->rows.begin = i;
        tile->rows.end = smaller(i + height, rows.end);
        for (size_t j = cols.begin; j < cols.end; j += width) {
            tile->cols.begin = j;
            tile->cols.end = smaller(j + width, cols.end);
            compute_tile(tile, bias, residual, y, oc);
        }
    }
}

/* A 1x1 convolution that visits every input element is the same on the map laid out as one row,
 * which makes for larger tiles. */
static struct tlee_conv2d flattened(const struct tlee_conv2d *p) {
    struct tlee_conv2d flat = *p;
    if (p->kh == 1 && p->kw == 1 && p->sh == 1 && p->sw == 1 && p->ph == 0 && p->pw == 0) {
        flat.h = flat.oh = 1;
        flat.w = flat.ow = p->h * p->w;
    }
    return flat;
}

void tlee_conv2d_f32_c(const struct tlee_conv2d *p, const float *x, const float *weight,
                       const float *bias, const float *residual, float *y, size_t oc_begin,
                       size_t oc_end) {
    assert(p->groups > 0 && p->c % p->groups == 0 && p->oc % p->groups == 0);
    assert(p->kh > 0 && p->kw > 0 && p->sh > 0 && p->sw > 0);
    assert(p->h + 2 * p->ph >= p->kh && p->oh == (p->h + 2 * p->ph - p->kh) / p->sh + 1);
    assert(p->w + 2 * p->pw >= p->kw && p->ow == (p->w + 2 * p->pw - p->kw) / p->sw + 1);
    assert(oc_begin <= oc_end && oc_end <= p->oc);
    struct tlee_conv2d shape = flattened(p);
    size_t group_in = p->c / p->groups, group_out = p->oc / p->groups;
    struct tile tile = {.p = &shape};
    for (size_t oc = oc_begin; oc < oc_end; oc += tile.channels) {
        size_t group = oc / group_out;
        tile.x = x + group * group_in * p->h * p->w;
        tile.weight = weight + oc * group_in * p->kh * p->kw;
        tile.channels = smaller(smaller(oc_end, (group + 1) * group_out) - oc, CHANNELS);
        struct span rows, cols;
        for (size_t i = 0; i < shape.oh; i = rows.end) {
            rows = span_from(i, shape.oh, shape.h, shape.kh, shape.sh, shape.ph);
            for (size_t j = 0; j < shape.ow; j = cols.end) {
                cols = span_from(j, shape.ow, shape.w, shape.kw, shape.sw, shape.pw);
                compute_rectangle(&tile, rows, cols, bias, residual, y, oc);
            }
        }
    }
}
