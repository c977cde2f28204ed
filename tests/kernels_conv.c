/* SPDX-License-Identifier: MIT */
/* Convolution cases. */
#include "kernels.h"

#include <math.h>
#include <stdio.h>

enum {
    X,
    WEIGHT,
    BIAS,
    RESIDUAL
};

static void call(const struct kernels_case *it, kernels_fn *fn, const void *const *in, float *y,
                 size_t begin, size_t end) {
    ((tlee_conv2d_fn *)fn)(it->params, in[X], in[WEIGHT], in[BIAS], in[RESIDUAL], y, begin, end);
}

/* The definition: seven loops, of which the caller makes three. */
static struct kernels_want want(const struct kernels_case *it, size_t index) {
    const struct tlee_conv2d *p = it->params;
    const float *x = it->input[X].values, *weight = it->input[WEIGHT].values;
    const float *bias = it->input[BIAS].values, *residual = it->input[RESIDUAL].values;
    size_t o = index / (p->oh * p->ow), i = index / p->ow % p->oh, j = index % p->ow;
    size_t inputs = p->c / p->groups, first = o / (p->oc / p->groups) * inputs, terms = 2;
    double sum = bias ? (double)bias[o] : 0.0, more = residual ? (double)residual[index] : 0.0;
    double magnitude = fabs(sum) + fabs(more);
    for (size_t ic = 0; ic < inputs; ic++)
        for (size_t ki = 0; ki < p->kh; ki++)
            for (size_t kj = 0; kj < p->kw; kj++) {
                size_t row = i * p->sh + ki, col = j * p->sw + kj;
                if (row < p->ph || row >= p->h + p->ph || col < p->pw || col >= p->w + p->pw)
                    continue;
                float value = x[((first + ic) * p->h + row - p->ph) * p->w + col - p->pw];
                float factor = weight[((o * inputs + ic) * p->kh + ki) * p->kw + kj];
                double product = (double)value * (double)factor;
                sum += product;
                magnitude += fabs(product);
                terms++;
            }
    return kernels_activated(p->act, sum + more, it->data == KERNELS_INTEGERS ? 0 : terms,
                             magnitude);
}

bool kernels_set_output(struct tlee_conv2d *p) {
    if (p->h + 2 * p->ph < p->kh || p->w + 2 * p->pw < p->kw)
        return false;
    p->oh = (p->h + 2 * p->ph - p->kh) / p->sh + 1;
    p->ow = (p->w + 2 * p->pw - p->kw) / p->sw + 1;
    return true;
}

static void check(struct kernels_run *run, struct tlee_conv2d p, enum kernels_data data,
                  size_t sample) {
    static const char *const acts[] = {"none", "relu", "relu6", "silu", "sigmoid"};
    struct kernels_case it = {.data = data,
                              .params = &p,
                              .outputs = p.oc * p.oh * p.ow,
                              .units = p.oc,
                              .sample = sample,
                              .exact = true,
                              .call = call,
                              .want = want};
    uint64_t chance = kernels_next(&run->random);
    p.act = (enum tlee_activation)(chance % 8 < 5 ? chance % 8 : 0);
    size_t counts[] = {p.c * p.h * p.w, p.oc * (p.c / p.groups) * p.kh * p.kw,
                       chance & 0x100 ? p.oc : 0, chance & 0x200 ? it.outputs : 0};
    for (size_t i = X; i <= RESIDUAL; i++)
        if (counts[i])
            kernels_fill(&run->random, data, kernels_floats(&it, i, counts[i]), counts[i]);
    it.input[RESIDUAL].may_be_y = true;
    snprintf(it.shape, sizeof it.shape,
             "%zux%zux%zu -> %zux%zux%zu, window %zux%zu, stride %zux%zu, pad %zux%zu, groups %zu, "
             "%s%s, act %s",
             p.c, p.h, p.w, p.oc, p.oh, p.ow, p.kh, p.kw, p.sh, p.sw, p.ph, p.pw, p.groups,
             counts[BIAS] ? "bias" : "no bias", counts[RESIDUAL] ? ", residual" : "", acts[p.act]);
    kernels_check(run, &it);
}

/* All kinds of data on one shape. */
static void check_kinds(struct kernels_run *run, struct tlee_conv2d p) {
    for (int data = 0; data < KERNELS_DATA_KINDS; data++)
        check(run, p, (enum kernels_data)data, 0);
}

/* c, h, w, oc, window, stride, pad, groups: what the lists below leave to chance. */
static const size_t corners[][8] = {
    {1, 1, 1, 1, 1, 1, 0, 1},      {1, 1, 1, 1, 3, 1, 1, 1},   {2, 1, 1, 3, 7, 2, 3, 1},
    {1, 2, 3, 1, 5, 1, 3, 1},      {3, 2, 2, 4, 1, 1, 3, 1},   {4, 5, 6, 8, 1, 2, 0, 1},
    {8, 7, 7, 9, 1, 2, 0, 1},      {3, 1, 40, 5, 1, 3, 1, 1},  {3, 16, 16, 4, 7, 2, 3, 1},
    {4, 8, 16, 4, 1, 1, 0, 1},     {5, 3, 43, 7, 1, 1, 0, 1},  {2, 127, 1, 3, 1, 1, 0, 1},
    {2, 1, 257, 3, 1, 1, 0, 1},    {2, 3, 130, 4, 3, 1, 1, 1}, {2, 5, 300, 3, 3, 2, 1, 1},
    {31, 4, 4, 31, 1, 1, 0, 1},    {32, 4, 4, 32, 1, 1, 0, 1}, {33, 4, 4, 33, 1, 1, 0, 1},
    {65, 2, 5, 67, 1, 1, 0, 1},    {7, 6, 6, 65, 3, 1, 1, 1},  {11, 7, 7, 13, 3, 1, 1, 1},
    {3, 9, 9, 5, 5, 1, 1, 1},      {6, 9, 9, 6, 3, 1, 1, 6},   {6, 9, 9, 12, 3, 2, 1, 6},
    {8, 6, 7, 12, 3, 1, 1, 4},     {70, 3, 3, 70, 1, 1, 0, 2}, {16, 14, 14, 16, 3, 1, 1, 16},
    {12, 15, 15, 12, 5, 2, 1, 12}, {4, 6, 6, 4, 7, 1, 3, 4},   {128, 5, 5, 4, 3, 1, 1, 1},
    {2, 12, 12, 3, 3, 3, 1, 1},    {2, 20, 20, 3, 1, 3, 0, 1}, {40, 7, 7, 40, 3, 2, 1, 1},
};

static struct tlee_conv2d from_list(const size_t list[8]) {
    struct tlee_conv2d p = {.c = list[0],
                            .h = list[1],
                            .w = list[2],
                            .oc = list[3],
                            .kh = list[4],
                            .kw = list[4],
                            .sh = list[5],
                            .sw = list[5],
                            .ph = list[6],
                            .pw = list[6],
                            .groups = list[7]};
    return p;
}

/* Below, at and above the tile sizes of the kernels (4, 6, 8, 16, 32, 128), and primes. */
static struct tlee_conv2d by_chance(struct kernels_random *random) {
    static const size_t sides[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17, 31, 33};
    static const size_t channels[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 19, 33};
    static const size_t windows[] = {1, 3, 5, 7}, strides[] = {1, 1, 1, 2, 2, 3},
                        pads[] = {0, 1, 3};
    static const size_t groups[] = {1, 1, 1, 1, 2, 3};
    struct tlee_conv2d p = {.c = KERNELS_PICK(random, channels),
                            .h = KERNELS_PICK(random, sides),
                            .w = KERNELS_PICK(random, sides),
                            .oc = KERNELS_PICK(random, channels),
                            .kh = KERNELS_PICK(random, windows),
                            .sh = KERNELS_PICK(random, strides),
                            .ph = KERNELS_PICK(random, pads),
                            .groups = KERNELS_PICK(random, groups)};
    bool square = kernels_below(random, 4) > 0;
    p.kw = square ? p.kh : KERNELS_PICK(random, windows);
    p.sw = square ? p.sh : KERNELS_PICK(random, strides);
    p.pw = square ? p.ph : KERNELS_PICK(random, pads);
    p.c *= p.groups;
    p.oc *= p.groups;
    if (kernels_below(random, 8) == 0) /* depthwise */
        p.groups = p.oc = p.c;
    return p;
}

void kernels_conv2d(struct kernels_run *run) {
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
        struct tlee_conv2d p = from_list(corners[i]);
        if (kernels_set_output(&p))
            check_kinds(run, p);
    }
    size_t enough = run->quick ? 30000 : 300000; /* multiply-adds of one case */
    for (size_t i = run->quick ? 1900 : 0; i < 2000;) {
        struct tlee_conv2d p = by_chance(&run->random);
        if (!kernels_set_output(&p) || p.oc * p.oh * p.ow * p.c / p.groups * p.kh * p.kw > enough)
            continue;
        check(run, p, (enum kernels_data)(i++ % KERNELS_DATA_KINDS), 0);
    }
    kernels_conv2d_layers(run);
}

/* All shapes of ResNet-18 and ResNet-50 and some of MobileNetV2 and EfficientNet-B3. */
static const struct {
    size_t c, side, oc, window, stride, groups;
} layers[] = {
    {3, 224, 64, 7, 2, 1},       {64, 56, 64, 3, 1, 1},     {64, 56, 128, 3, 2, 1},
    {64, 56, 128, 1, 2, 1},      {128, 28, 128, 3, 1, 1},   {128, 28, 256, 3, 2, 1},
    {128, 28, 256, 1, 2, 1},     {256, 14, 256, 3, 1, 1},   {256, 14, 512, 3, 2, 1},
    {256, 14, 512, 1, 2, 1},     {512, 7, 512, 3, 1, 1},    {64, 56, 64, 1, 1, 1},
    {64, 56, 256, 1, 1, 1},      {256, 56, 64, 1, 1, 1},    {256, 56, 128, 1, 1, 1},
    {128, 56, 128, 3, 2, 1},     {128, 28, 512, 1, 1, 1},   {256, 56, 512, 1, 2, 1},
    {512, 28, 128, 1, 1, 1},     {512, 28, 256, 1, 1, 1},   {256, 28, 256, 3, 2, 1},
    {256, 14, 1024, 1, 1, 1},    {512, 28, 1024, 1, 2, 1},  {1024, 14, 256, 1, 1, 1},
    {1024, 14, 512, 1, 1, 1},    {512, 14, 512, 3, 2, 1},   {512, 7, 2048, 1, 1, 1},
    {1024, 14, 2048, 1, 2, 1},   {2048, 7, 512, 1, 1, 1},   {3, 224, 32, 3, 2, 1},
    {96, 112, 96, 3, 2, 96},     {144, 56, 144, 5, 2, 144}, {816, 14, 816, 5, 1, 816},
    {1392, 7, 1392, 3, 1, 1392},
};

void kernels_conv2d_layers(struct kernels_run *run) {
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        size_t window = layers[i].window;
        struct tlee_conv2d p = {.c = layers[i].c,
                                .h = layers[i].side,
                                .w = layers[i].side,
                                .oc = layers[i].oc,
                                .kh = window,
                                .kw = window,
                                .sh = layers[i].stride,
                                .sw = layers[i].stride,
                                .ph = window / 2,
                                .pw = window / 2,
                                .groups = layers[i].groups};
        if (run->quick && p.groups == 1)
            p.oc = 6;
        kernels_set_output(&p);
        check(run, p, i % 2 ? KERNELS_INTEGERS : KERNELS_UNIFORM, 60);
    }
}
