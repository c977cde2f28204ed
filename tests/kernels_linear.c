/* SPDX-License-Identifier: MIT */
/* Cases of the linear layers. */
#include "half.h"
#include "kernels.h"

#include <math.h>
#include <stdio.h>

enum {
    X,
    WEIGHT,
    BIAS,
    SCALE /* of half weights */
};

static void call(const struct kernels_case *it, kernels_fn *fn, const void *const *in, float *y,
                 size_t begin, size_t end) {
    ((tlee_linear_fn *)fn)(it->params, in[X], in[WEIGHT], in[BIAS], y, begin, end);
}

static void call_half(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                      float *y, size_t begin, size_t end) {
    ((tlee_linear_half_fn *)fn)(it->params, in[X], in[WEIGHT], in[SCALE], in[BIAS], y, begin, end);
}

static double weight(const struct kernels_case *it, size_t index) {
    const void *values = it->input[WEIGHT].values;
    if (it->input[WEIGHT].element == sizeof(uint16_t))
        return (double)tlee_half_to_float(((const uint16_t *)values)[index]);
    return (double)((const float *)values)[index];
}

static struct kernels_want want(const struct kernels_case *it, size_t index) {
    const struct tlee_linear *p = it->params;
    const float *x = it->input[X].values, *bias = it->input[BIAS].values;
    const float *scales = it->input[SCALE].values;
    double sum = 0.0, magnitude = 0.0;
    double scale = scales ? (double)scales[index] : 1.0, shift = bias ? (double)bias[index] : 0.0;
    size_t roundings = p->in + (scales ? 2 : 1);
    for (size_t i = 0; i < p->in; i++) {
        double product = (double)x[i] * weight(it, index * p->in + i);
        sum += product;
        magnitude += fabs(product);
    }
    sum = shift + scale * sum;
    magnitude = fabs(shift) + fabs(scale) * magnitude;
    return kernels_activated(p->act, sum, it->data == KERNELS_INTEGERS ? 0 : roundings, magnitude);
}

static void check(struct kernels_run *run, bool half, size_t in, size_t out, enum kernels_data data,
                  size_t sample) {
    static const char *const acts[] = {"none", "relu", "relu6", "silu", "sigmoid"};
    size_t act = sample ? TLEE_ACT_RELU : kernels_below(&run->random, 5);
    struct tlee_linear p = {in, out, (enum tlee_activation)act};
    struct kernels_case it = {
        .data = data,
        .params = &p,
        .outputs = out,
        .units = out,
        .sample = sample,
        .work = sample && data == KERNELS_UNIFORM ? 2.0 * (double)in * (double)out : 0.0,
        .exact = true,
        .call = half ? call_half : call,
        .want = want};
    bool bias = kernels_below(&run->random, 2);
    kernels_fill(&run->random, data, kernels_floats(&it, X, in), in);
    if (half)
        kernels_fill_halves(&run->random, data, kernels_halves(&it, WEIGHT, in * out), in * out);
    else
        kernels_fill(&run->random, data, kernels_floats(&it, WEIGHT, in * out), in * out);
    if (bias)
        kernels_fill(&run->random, data, kernels_floats(&it, BIAS, out), out);
    /* Extremes are such that products of two stay finite; these are of three. */
    bool scale = half && data != KERNELS_EXTREMES && kernels_below(&run->random, 2);
    if (scale)
        kernels_fill(&run->random, data, kernels_floats(&it, SCALE, out), out);
    snprintf(it.shape, sizeof it.shape, "%zu -> %zu, %s%s, act %s", in, out, scale ? "scale, " : "",
             bias ? "bias" : "no bias", acts[act]);
    kernels_check(run, &it);
}

static void check_all(struct kernels_run *run, bool half) {
    static const size_t ins[] = {0,  1,  2,  3,  4,  5,  7,  8,  9,   11,  13,  15,  16,  17,
                                 23, 31, 32, 33, 47, 63, 64, 65, 127, 128, 129, 257, 1021};
    static const size_t outs[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33};
    for (size_t i = 0; i < sizeof ins / sizeof *ins; i++)
        for (size_t o = 0; o < sizeof outs / sizeof *outs; o += run->quick ? 3 : 1)
            for (int data = 0; data < KERNELS_DATA_KINDS; data++)
                check(run, half, ins[i], outs[o], (enum kernels_data)data, 0);
    /* Branches, feature MLP, classifiers, gates and VGG16's first layer, the last one cut short. */
    static const size_t layers[][2] = {{392, 512},  {1568, 2048}, {512, 4096}, {2048, 4096},
                                       {4096, 101}, {4096, 32},   {64, 1},     {2048, 51},
                                       {128, 1},    {25088, 24}};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        size_t out = run->quick && layers[i][1] > 50 ? 50 : layers[i][1];
        check(run, half, layers[i][0], out, KERNELS_UNIFORM, 40);
        check(run, half, layers[i][0], out, KERNELS_INTEGERS, 40);
    }
}

void kernels_linear(struct kernels_run *run) {
    check_all(run, false);
}

void kernels_linear_half(struct kernels_run *run) {
    check_all(run, true);
}
