/* SPDX-License-Identifier: MIT */
/* Pooling in plain C: the definition. */
#include "ops.h"

#include <assert.h>

/* The elements of one channel that a window covers: rows i0..i1-1, columns j0..j1-1, never none. */
struct window {
    const float *map; /* the channel's first element */
    size_t w, block;  /* width of the map, and channels from pixel to pixel */
    size_t i0, i1, j0, j1;
};

static float element(const struct window *window, size_t i, size_t j) {
    return window->map[(i * window->w + j) * window->block];
}

static float largest(const struct window *window) {
    float max = element(window, window->i0, window->j0);
    for (size_t i = window->i0; i < window->i1; i++)
        for (size_t j = window->j0; j < window->j1; j++) {
            float value = element(window, i, j);
            max = value > max || value != value ? value : max;
        }
    return max;
}

static float sum(const struct window *window) {
    float total = 0.0f;
    for (size_t i = window->i0; i < window->i1; i++)
        for (size_t j = window->j0; j < window->j1; j++)
            total += element(window, i, j);
    return total;
}

/* Where the first element of channel c lies in maps of hw elements. */
static size_t channel(const struct tlee_pool2d *p, size_t c, size_t hw) {
    return c / p->block * p->block * hw + c % p->block;
}

/* Cuts a window of k that starts at `start` on the padded axis down to the map's n elements. */
static void clip(size_t start, size_t k, size_t pad, size_t n, size_t *begin, size_t *end) {
    *begin = start < pad ? 0 : start - pad;
    *end = start + k - pad < n ? start + k - pad : n;
}

/* y = reduce(window, p, alpha) for all windows of the channels. */
static inline void pool(float reduce(const struct window *, const struct tlee_pool2d *, float),
                        const struct tlee_pool2d *p, float alpha, const float *x, float *y,
                        size_t c_begin, size_t c_end) {
    assert(p->sh > 0 && p->sw > 0 && p->ph < p->kh && p->pw < p->kw && p->h > 0 && p->w > 0);
    assert(p->h + 2 * p->ph >= p->kh && p->oh == (p->h + 2 * p->ph - p->kh) / p->sh + 1);
    assert(p->w + 2 * p->pw >= p->kw && p->ow == (p->w + 2 * p->pw - p->kw) / p->sw + 1);
    assert(p->block > 0 && p->c % p->block == 0);
    assert(c_begin <= c_end && c_end <= p->c / p->block);
    struct window window = {.w = p->w, .block = p->block};
    for (size_t c = c_begin * p->block; c < c_end * p->block; c++) {
        window.map = x + channel(p, c, p->h * p->w);
        float *to = y + channel(p, c, p->oh * p->ow);
        for (size_t i = 0; i < p->oh; i++) {
            clip(i * p->sh, p->kh, p->ph, p->h, &window.i0, &window.i1);
            for (size_t j = 0; j < p->ow; j++) {
                clip(j * p->sw, p->kw, p->pw, p->w, &window.j0, &window.j1);
                to[(i * p->ow + j) * p->block] = reduce(&window, p, alpha);
            }
        }
    }
}

static float max_of(const struct window *window, const struct tlee_pool2d *p, float alpha) {
    (void)p, (void)alpha;
    return largest(window);
}

static float average_of(const struct window *window, const struct tlee_pool2d *p, float alpha) {
    (void)alpha;
    return sum(window) / (float)(p->kh * p->kw);
}

static float mixture_of(const struct window *window, const struct tlee_pool2d *p, float alpha) {
    float average = sum(window) / (float)(p->kh * p->kw);
    return alpha * largest(window) + (1.0f - alpha) * average;
}

void tlee_max_pool_f32_c(const struct tlee_pool2d *p, const float *x, float *y, size_t c_begin,
                         size_t c_end) {
    pool(max_of, p, 0.0f, x, y, c_begin, c_end);
}

void tlee_avg_pool_f32_c(const struct tlee_pool2d *p, const float *x, float *y, size_t c_begin,
                         size_t c_end) {
    pool(average_of, p, 0.0f, x, y, c_begin, c_end);
}

void tlee_mixed_pool_f32_c(const struct tlee_pool2d *p, float alpha, const float *x, float *y,
                           size_t c_begin, size_t c_end) {
    assert(p->ph == 0 && p->pw == 0);
    pool(mixture_of, p, alpha, x, y, c_begin, c_end);
}

void tlee_adaptive_avg_pool_f32_c(const struct tlee_pool2d *p, const float *x, float *y,
                                  size_t c_begin, size_t c_end) {
    assert(p->h > 0 && p->w > 0 && p->block > 0 && p->c % p->block == 0);
    assert(c_begin <= c_end && c_end <= p->c / p->block);
    struct window window = {.w = p->w, .block = p->block};
    for (size_t c = c_begin * p->block; c < c_end * p->block; c++) {
        window.map = x + channel(p, c, p->h * p->w);
        float *to = y + channel(p, c, p->oh * p->ow);
        for (size_t i = 0; i < p->oh; i++) {
            window.i0 = i * p->h / p->oh;
            window.i1 = ((i + 1) * p->h + p->oh - 1) / p->oh;
            for (size_t j = 0; j < p->ow; j++) {
                window.j0 = j * p->w / p->ow;
                window.j1 = ((j + 1) * p->w + p->ow - 1) / p->ow;
                size_t count = (window.i1 - window.i0) * (window.j1 - window.j0);
                to[(i * p->ow + j) * p->block] = sum(&window) / (float)count;
            }
        }
    }
}
