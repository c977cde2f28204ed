/* SPDX-License-Identifier: MIT */
/* Pooling cases. */
#include "kernels.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

struct pool {
    struct tlee_pool2d p;
    float alpha;
    bool timed;
};

/* What a window holds. */
struct held {
    double largest, sum, magnitude;
    size_t count;
};

static void call(const struct kernels_case *it, kernels_fn *fn, const void *const *in, float *y,
                 size_t begin, size_t end) {
    const struct pool *pool = it->params;
    ((tlee_pool_fn *)fn)(&pool->p, in[0], y, begin, end);
}

static void call_mixed(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                       float *y, size_t begin, size_t end) {
    const struct pool *pool = it->params;
    ((tlee_mixed_pool_fn *)fn)(&pool->p, pool->alpha, in[0], y, begin, end);
}

/* Which channel of the output the element at `index` belongs to, and which row and column of it. */
static struct place { size_t c, i, j; } locate(const struct tlee_pool2d *p, size_t index) {
    size_t pixel = index / p->block, ohw = p->oh * p->ow;
    return (struct place){pixel / ohw * p->block + index % p->block, pixel % ohw / p->ow,
                          pixel % p->ow};
}

/* Adds the elements of channel c in rows i0..i1-1, columns j0..j1-1. */
static struct held hold(const struct kernels_case *it, size_t c, size_t i0, size_t i1, size_t j0,
                        size_t j1) {
    const struct tlee_pool2d *p = &((const struct pool *)it->params)->p;
    const float *x = it->input[0].values;
    struct held held = {(double)-INFINITY, 0.0, 0.0, 0};
    for (size_t i = i0; i < i1; i++)
        for (size_t j = j0; j < j1; j++) {
            double value =
                (double)x[((c / p->block * p->h + i) * p->w + j) * p->block + c % p->block];
            if (!isnan(held.largest) && !(value <= held.largest))
                held.largest = value;
            held.sum += value;
            held.magnitude += fabs(value);
            held.count++;
        }
    return held;
}

/* The window of output `index`; its parts off the map are left out. */
static struct held window(const struct kernels_case *it, size_t index) {
    const struct tlee_pool2d *p = &((const struct pool *)it->params)->p;
    struct place place = locate(p, index);
    size_t i = place.i * p->sh, j = place.j * p->sw;
    size_t i0 = i > p->ph ? i - p->ph : 0, j0 = j > p->pw ? j - p->pw : 0;
    size_t i1 = i + p->kh - p->ph, j1 = j + p->kw - p->pw;
    return hold(it, place.c, i0, i1 < p->h ? i1 : p->h, j0, j1 < p->w ? j1 : p->w);
}

static struct kernels_want want_max(const struct kernels_case *it, size_t index) {
    return kernels_sum(window(it, index).largest, 0, 0.0);
}

static struct kernels_want want_average(const struct kernels_case *it, size_t index) {
    const struct tlee_pool2d *p = &((const struct pool *)it->params)->p;
    struct held held = window(it, index);
    double area = (double)(p->kh * p->kw);
    return kernels_sum(held.sum / area, it->data == KERNELS_INTEGERS ? 0 : held.count,
                       held.magnitude / area);
}

static struct kernels_want want_mixed(const struct kernels_case *it, size_t index) {
    double alpha = (double)((const struct pool *)it->params)->alpha;
    struct held held = window(it, index);
    double a = alpha * held.largest, b = (1.0 - alpha) / (double)held.count;
    return kernels_sum(a + b * held.sum, held.count + 4, fabs(a) + fabs(b) * held.magnitude);
}

static struct kernels_want want_adaptive(const struct kernels_case *it, size_t index) {
    const struct tlee_pool2d *p = &((const struct pool *)it->params)->p;
    struct place at = locate(p, index);
    struct held held = hold(it, at.c, at.i * p->h / p->oh, ((at.i + 1) * p->h + p->oh - 1) / p->oh,
                            at.j * p->w / p->ow, ((at.j + 1) * p->w + p->ow - 1) / p->ow);
    return kernels_sum(held.sum / (double)held.count, it->data == KERNELS_INTEGERS ? 0 : held.count,
                       held.magnitude / (double)held.count);
}

static void check_block(struct kernels_run *run, struct pool pool, kernels_want_fn *want) {
    for (int data = 0; data < KERNELS_DATA_KINDS; data++) {
        const struct tlee_pool2d *p = &pool.p;
        struct kernels_case it = {.data = (enum kernels_data)data,
                                  .params = &pool,
                                  .outputs = p->c * p->oh * p->ow,
                                  .units = p->c / p->block,
                                  .exact = want != want_mixed,
                                  .same_bits =
                                      want != want_mixed || KERNELS_LEAST < (double)FLT_MIN,
                                  .call = want == want_mixed ? call_mixed : call,
                                  .want = want};
        bool own_layout = p->block == run->blocked->block;
        if (pool.timed && own_layout && it.data == KERNELS_UNIFORM)
            it.work =
                (double)(want == want_adaptive ? p->c * p->h * p->w : it.outputs * p->kh * p->kw);
        size_t count = p->c * p->h * p->w;
        kernels_fill(&run->random, it.data, kernels_floats(&it, 0, count), count);
        snprintf(it.shape, sizeof it.shape,
                 "%zux%zux%zu in blocks of %zu -> %zux%zu, window %zux%zu, stride %zux%zu, pad "
                 "%zux%zu, alpha %g",
                 p->c, p->h, p->w, p->block, p->oh, p->ow, p->kh, p->kw, p->sh, p->sw, p->ph, p->pw,
                 (double)pool.alpha);
        kernels_check(run, &it);
    }
}

/* The plain layout and the blocks of all instruction sets; that many channels at least. */
static void check(struct kernels_run *run, struct pool pool, kernels_want_fn *want) {
    static const size_t blocks[] = {1, 4, 8, 16};
    size_t channels = pool.p.c;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        pool.p.block = blocks[i];
        pool.p.c = (channels + blocks[i] - 1) / blocks[i] * blocks[i];
        check_block(run, pool, want);
    }
}

static bool set_output(struct tlee_pool2d *p) {
    if (p->h + 2 * p->ph < p->kh || p->w + 2 * p->pw < p->kw || p->ph >= p->kh || p->pw >= p->kw)
        return false;
    p->oh = (p->h + 2 * p->ph - p->kh) / p->sh + 1;
    p->ow = (p->w + 2 * p->pw - p->kw) / p->sw + 1;
    return true;
}

/* c, h, w, window, stride, pad: every pooling of the backbones and branches, and the corners. */
enum {
    TIMED = 4 /* of these and the adaptive ones, from the first on */
};
static const size_t shapes[][6] = {
    {64, 112, 112, 3, 2, 1}, {64, 56, 56, 4, 4, 0}, {128, 28, 28, 4, 4, 0}, {256, 14, 14, 4, 4, 0},
    {5, 56, 56, 4, 4, 0},    {5, 28, 28, 4, 4, 0},  {9, 14, 14, 4, 4, 0},   {3, 112, 112, 4, 4, 0},
    {1, 1, 1, 1, 1, 0},      {1, 1, 1, 3, 2, 1},    {2, 3, 3, 3, 2, 1},     {3, 2, 5, 3, 1, 1},
    {4, 5, 1, 3, 3, 2},      {7, 9, 17, 5, 2, 2},   {1, 33, 31, 7, 1, 3},   {2, 7, 7, 7, 7, 0},
    {17, 8, 9, 2, 2, 0},     {3, 16, 67, 3, 1, 1},  {2, 13, 33, 4, 4, 0},   {2, 1, 129, 1, 1, 0},
    {3, 6, 6, 1, 2, 0},
};

/* The fixed shapes without or with padding, then others by chance. */
static void check_all(struct kernels_run *run, kernels_want_fn *want) {
    static const float alphas[] = {0.5f, 0.0f, 1.0f, -0.375f, 1.75f, 0.3f};
    static const size_t sides[] = {1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 15, 16, 17, 31, 33, 35};
    static const size_t channels[] = {1, 2, 3, 5, 8, 9}, upto[] = {1, 2, 3, 4, 5, 7};
    size_t fixed = sizeof shapes / sizeof *shapes;
    for (size_t i = 0; i < fixed + (run->quick ? 10 : 150); i++) {
        struct kernels_random *random = &run->random;
        struct pool pool = {.alpha = want == want_mixed ? alphas[i % 6] : 0.0f};
        if (i < fixed) {
            const size_t *s = shapes[i];
            pool.timed = i < TIMED;
            pool.p = (struct tlee_pool2d){.c = s[0],
                                          .h = s[1],
                                          .w = s[2],
                                          .kh = s[3],
                                          .kw = s[3],
                                          .sh = s[4],
                                          .sw = s[4],
                                          .ph = s[5],
                                          .pw = s[5]};
        } else {
            pool.p = (struct tlee_pool2d){.c = KERNELS_PICK(random, channels),
                                          .h = KERNELS_PICK(random, sides),
                                          .w = KERNELS_PICK(random, sides),
                                          .kh = KERNELS_PICK(random, upto),
                                          .kw = KERNELS_PICK(random, upto),
                                          .sh = KERNELS_PICK(random, upto),
                                          .sw = KERNELS_PICK(random, upto),
                                          .ph = kernels_below(random, 3),
                                          .pw = kernels_below(random, 3)};
        }
        if (want == want_mixed)
            pool.p.ph = pool.p.pw = 0;
        if (set_output(&pool.p))
            check(run, pool, want);
    }
}

void kernels_max_pool(struct kernels_run *run) {
    check_all(run, want_max);
}

void kernels_avg_pool(struct kernels_run *run) {
    check_all(run, want_average);
}

void kernels_mixed_pool(struct kernels_run *run) {
    check_all(run, want_mixed);
}

void kernels_adaptive_avg_pool(struct kernels_run *run) {
    /* c, h, w, oh, ow */
    static const size_t sizes[][5] = {
        {512, 7, 7, 1, 1},   {2048, 7, 7, 1, 1}, {512, 7, 7, 7, 7}, {40, 112, 112, 1, 1},
        {3, 1, 1, 1, 1},     {2, 1, 1, 3, 4},    {3, 10, 10, 7, 7}, {4, 5, 17, 3, 8},
        {5, 13, 11, 13, 11}, {2, 8, 8, 3, 3},    {1, 31, 33, 2, 1}, {9, 4, 4, 1, 1},
        {7, 3, 5, 1, 1},     {6, 1, 64, 1, 1},   {3, 20, 3, 20, 1}, {11, 2, 2, 5, 5},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct pool pool = {.p = {.c = sizes[i][0],
                                  .h = sizes[i][1],
                                  .w = sizes[i][2],
                                  .oh = sizes[i][3],
                                  .ow = sizes[i][4]},
                            .timed = i < TIMED};
        check(run, pool, want_adaptive);
    }
}
