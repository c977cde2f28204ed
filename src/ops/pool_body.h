/* SPDX-License-Identifier: MIT */
/*
 * Pools on maps whose blocks are whole vectors of channels, for every instruction set: included
 * once by each pool_<isa>.c, after its vector header. The operations on a channel and their order
 * are those of the C row. Other blocks are left to that.
 */
#include "ops.h"

#include <assert.h>
#include <stdbool.h>

/* What is taken of a window. */
enum reduction {
    LARGEST,
    AVERAGE,
    MIXTURE
};

/* Where a window begins in the map and its size there; the stride from row to row; and the C row's
 * divisor and factors. */
struct window {
    const float *from;
    size_t rows, columns, row, pixel; /* the last two in floats */
    float area, alpha;
};

VEC_INLINE vec reduced(const struct window *window, enum reduction what) {
    vec largest = vec_load(window->from), sum = vec_zero();
    const float *row = window->from;
    for (size_t i = 0; i < window->rows; i++, row += window->row) {
        const float *at = row;
        for (size_t j = 0; j < window->columns; j++, at += window->pixel) {
            vec value = vec_load(at);
            if (what != AVERAGE)
                largest = vec_max_nan(value, largest);
            if (what != LARGEST)
                sum = vec_add(sum, value);
        }
    }
    if (what == LARGEST)
        return largest;
    vec average = vec_div(sum, vec_set(window->area));
    if (what == AVERAGE)
        return average;
    return vec_add(vec_mul(vec_set(window->alpha), largest),
                   vec_mul(vec_set(1.0F - window->alpha), average));
}

/* Cuts a window of k that starts at `start` on the padded axis down to the map's n elements. */
VEC_INLINE size_t clip(size_t start, size_t k, size_t pad, size_t n, size_t *begin) {
    *begin = start < pad ? 0 : start - pad;
    return (start + k - pad < n ? start + k - pad : n) - *begin;
}

VEC_INLINE void pool(const struct tlee_pool2d *p, enum reduction what, float alpha, const float *x,
                     float *y, size_t c_begin, size_t c_end) {
    assert(p->sh > 0 && p->sw > 0 && p->ph < p->kh && p->pw < p->kw && p->h > 0 && p->w > 0);
    assert(p->h + 2 * p->ph >= p->kh && p->oh == (p->h + 2 * p->ph - p->kh) / p->sh + 1);
    assert(p->w + 2 * p->pw >= p->kw && p->ow == (p->w + 2 * p->pw - p->kw) / p->sw + 1);
    assert(c_begin <= c_end && c_end <= p->c / p->block);
    size_t block = p->block;
    struct window window = {
        .row = p->w * block, .pixel = block, .area = (float)(p->kh * p->kw), .alpha = alpha};
    for (size_t c = c_begin; c < c_end; c++)
        for (size_t i = 0; i < p->oh; i++) {
            size_t top, left;
            window.rows = clip(i * p->sh, p->kh, p->ph, p->h, &top);
            const float *row = x + (c * p->h + top) * window.row;
            float *to = y + (c * p->oh + i) * p->ow * block;
            for (size_t j = 0; j < p->ow; j++) {
                window.columns = clip(j * p->sw, p->kw, p->pw, p->w, &left);
                for (size_t lane = 0; lane < block; lane += LANES, to += LANES) {
                    window.from = row + left * block + lane;
                    vec_store(to, reduced(&window, what));
                }
            }
        }
}

VEC_INLINE void adaptive_avg_pool(const struct tlee_pool2d *p, const float *x, float *y,
                                  size_t c_begin, size_t c_end) {
    assert(p->h > 0 && p->w > 0 && c_begin <= c_end && c_end <= p->c / p->block);
    size_t block = p->block;
    struct window window = {.row = p->w * block, .pixel = block};
    for (size_t c = c_begin; c < c_end; c++)
        for (size_t i = 0; i < p->oh; i++) {
            size_t top = i * p->h / p->oh;
            window.rows = ((i + 1) * p->h + p->oh - 1) / p->oh - top;
            const float *row = x + (c * p->h + top) * window.row;
            float *to = y + (c * p->oh + i) * p->ow * block;
            for (size_t j = 0; j < p->ow; j++) {
                size_t left = j * p->w / p->ow;
                window.columns = ((j + 1) * p->w + p->ow - 1) / p->ow - left;
                window.area = (float)(window.rows * window.columns);
                for (size_t lane = 0; lane < block; lane += LANES, to += LANES) {
                    window.from = row + left * block + lane;
                    vec_store(to, reduced(&window, AVERAGE));
                }
            }
        }
}
