/* SPDX-License-Identifier: MIT */
/* Cases of batch normalisation and channel scaling. */
#include "kernels.h"

#include <math.h>
#include <stdio.h>

enum {
    X,
    WEIGHT,
    BIAS,
    MEAN,
    VAR
};

struct planes {
    size_t c, hw;
    double eps;
    size_t block; /* of channels; c is a multiple of it */
};

static const struct {
    size_t c, hw;
    double eps;
} shapes[] = {
    {1, 1, 1e-5},     {3, 1, 1e-5},  {1, 4099, 1e-5}, {4096, 1, 1e-5}, {5, 2, 1e-3},
    {4, 3, 1e-5},     {7, 7, 1e-5},  {2, 8, 1e-5},    {9, 9, 0.0},     {3, 15, 1e-5},
    {4, 16, 1e-5},    {5, 17, 1e-5}, {6, 31, 1e-5},   {2, 33, 1e-5},   {3, 49, 1e-5},
    {5, 63, 1e-5},    {5, 65, 1e-5}, {31, 196, 1e-5}, {64, 49, 1e-5},  {17, 784, 1e-5},
    {3, 12544, 1e-5}, {4, 0, 1e-5},  {0, 4, 1e-5},
};

static double value(const struct kernels_case *it, size_t slot, size_t index) {
    return (double)((const float *)it->input[slot].values)[index];
}

static void call_batch_norm(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                            float *y, size_t begin, size_t end) {
    const struct planes *p = it->params;
    ((tlee_batch_norm_fn *)fn)(in[X], in[WEIGHT], in[BIAS], in[MEAN], in[VAR], p->eps, p->hw, y,
                               begin, end);
}

static void call_scale(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                       float *y, size_t begin, size_t end) {
    const struct planes *p = it->params;
    ((tlee_scale_channels_fn *)fn)(in[X], in[WEIGHT], p->hw, p->block, y, begin, end);
}

/* Roundings: scale, shift, product, sum. The shift's own two parts may cancel, which is no error,
 * because they are double. */
static struct kernels_want want_batch_norm(const struct kernels_case *it, size_t index) {
    const struct planes *p = it->params;
    size_t c = index / p->hw;
    double scale = value(it, WEIGHT, c) / sqrt(value(it, VAR, c) + p->eps);
    double shift = value(it, BIAS, c) - value(it, MEAN, c) * scale;
    double product = value(it, X, index) * scale;
    struct kernels_want want = kernels_sum(product + shift, it->data == KERNELS_INTEGERS ? 0 : 2,
                                           fabs(product) + fabs(shift));
    if (want.bound > 0.0) /* scale and shift may be denormal */
        want.bound += (fabs(value(it, X, index)) + 1.0) * 0x1p-149;
    return want;
}

static struct kernels_want want_scale(const struct kernels_case *it, size_t index) {
    const struct planes *p = it->params;
    size_t c = index / (p->hw * p->block) * p->block + index % p->block;
    return kernels_sum(value(it, X, index) * value(it, WEIGHT, c), 0, 0.0);
}

/* Variances as they occur; for exact data ones with exact roots, without eps. */
static void fill_variances(struct kernels_random *random, struct kernels_case *it,
                           struct planes *p) {
    static const float squares[] = {0.25f, 1.0f, 4.0f};
    float *var = it->input[VAR].values;
    for (size_t i = 0; i < p->c; i++)
        var[i] = it->data == KERNELS_INTEGERS ? squares[kernels_below(random, 3)]
                                              : 0.01f + fabsf(var[i]);
    if (it->data == KERNELS_INTEGERS)
        p->eps = 0.0;
}

static void check_all(struct kernels_run *run, bool batch_norm, size_t block) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int data = 0; data < KERNELS_DATA_KINDS; data++) {
            struct planes p = {.c = (shapes[i].c + block - 1) / block * block,
                               .hw = shapes[i].hw,
                               .eps = shapes[i].eps,
                               .block = block};
            struct kernels_case it = {.data = (enum kernels_data)data,
                                      .params = &p,
                                      .outputs = p.c * p.hw,
                                      .units = p.c / block,
                                      .exact = true,
                                      .same_bits = !batch_norm,
                                      .call = batch_norm ? call_batch_norm : call_scale,
                                      .want = batch_norm ? want_batch_norm : want_scale};
            if (it.data == KERNELS_UNIFORM && it.outputs > 3000 && p.hw > 1)
                it.work = (double)it.outputs * (batch_norm ? 2.0 : 1.0);
            size_t inputs = batch_norm ? VAR + 1 : WEIGHT + 1;
            for (size_t slot = X; slot < inputs; slot++) {
                size_t count = slot == X ? p.c * p.hw : p.c;
                kernels_fill(&run->random, slot == VAR ? KERNELS_UNIFORM : it.data,
                             kernels_floats(&it, slot, count), count);
            }
            if (batch_norm)
                fill_variances(&run->random, &it, &p);
            it.input[X].may_be_y = true;
            snprintf(it.shape, sizeof it.shape, "%zu planes of %zu, in blocks of %zu, eps %g", p.c,
                     p.hw, p.block, p.eps);
            kernels_check(run, &it);
        }
}

void kernels_batch_norm(struct kernels_run *run) {
    check_all(run, true, 1);
}

void kernels_scale_channels(struct kernels_run *run) {
    static const size_t blocks[] = {1, 4, 8, 16};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        check_all(run, false, blocks[i]);
}
