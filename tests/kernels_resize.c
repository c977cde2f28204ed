/* SPDX-License-Identifier: MIT */
/* Resize cases. */
#include "kernels.h"

#include <math.h>
#include <stdio.h>

struct resize {
    struct tlee_resize p;
    size_t row_bytes;
};

static void call(const struct kernels_case *it, kernels_fn *fn, const void *const *in, float *y,
                 size_t begin, size_t end) {
    const struct resize *resize = it->params;
    ((tlee_resize_fn *)fn)(&resize->p, in[0], resize->row_bytes, y, begin, end);
}

static size_t row(const struct kernels_case *it, size_t index) {
    const struct tlee_resize *p = &((const struct resize *)it->params)->p;
    return index / p->side % p->side;
}

/* Where on an axis of `in` pixels output pixel `at` of `out` lies. */
static double source(size_t at, size_t in, size_t out) {
    float scale = (float)in / (float)out; /* its rounding belongs to the definition */
    double place = (double)scale * ((double)at + 0.5) - 0.5;
    return place < 0.0 ? 0.0 : place;
}

static double pixel(const struct kernels_case *it, size_t y, size_t x, size_t channel) {
    const struct resize *resize = it->params;
    const uint8_t *rgb = it->input[0].values;
    size_t last_y = resize->p.in_h - 1, last_x = resize->p.in_w - 1;
    y = y < last_y ? y : last_y;
    x = x < last_x ? x : last_x;
    return (double)rgb[y * resize->row_bytes + 3 * x + channel] / 255.0;
}

/* Roundings: pixel / 255, weight, its complement, product and sum along both axes, mean, std. The
 * complement's error does not shrink with the weight, so the largest pixel sets the scale. */
static struct kernels_want want(const struct kernels_case *it, size_t index) {
    const struct tlee_resize *p = &((const struct resize *)it->params)->p;
    size_t channel = index / (p->side * p->side), col = index % p->side;
    double y = source(p->crop_y + row(it, index), p->in_h, p->out_h);
    double x = source(p->crop_x + col, p->in_w, p->out_w);
    size_t y0 = (size_t)y, x0 = (size_t)x;
    double wy = y - floor(y), wx = x - floor(x);
    double pixels[4], largest = 0.0;
    for (size_t i = 0; i < 4; i++) {
        pixels[i] = pixel(it, y0 + i / 2, x0 + i % 2, channel);
        largest = fmax(largest, pixels[i]);
    }
    double blend = (1.0 - wy) * ((1.0 - wx) * pixels[0] + wx * pixels[1]) +
                   wy * ((1.0 - wx) * pixels[2] + wx * pixels[3]);
    double mean = (double)p->mean[channel], std = (double)p->std[channel];
    return kernels_sum((blend - mean) / std, 10, (largest + fabs(mean)) / fabs(std));
}

/* gap: bytes between rows */
static void check(struct kernels_run *run, struct tlee_resize p, size_t gap, size_t sample) {
    struct resize resize = {p, 3 * p.in_w + gap};
    struct kernels_case it = {.data = KERNELS_UNIFORM,
                              .params = &resize,
                              .outputs = 3 * p.side * p.side,
                              .units = p.side,
                              .sample = sample,
                              .same_bits = true,
                              .call = call,
                              .want = want,
                              .unit = row};
    if (sample && gap == 0) /* a blend of four, a difference and a quotient for each output */
        it.work = 8.0 * (double)it.outputs;
    size_t count = (p.in_h - 1) * resize.row_bytes + 3 * p.in_w; /* no gap after the last row */
    bool extremes = kernels_below(&run->random, 4) == 0;
    uint8_t *rgb = kernels_bytes(&it, 0, count);
    for (size_t i = 0; i < count; i++) {
        uint8_t value = (uint8_t)kernels_next(&run->random);
        rgb[i] = extremes ? (uint8_t)(value & 1 ? 255 : 0) : value;
    }
    snprintf(it.shape, sizeof it.shape,
             "%zux%zu (rows %zu bytes) -> %zux%zu, %zu square at %zu,%zu", p.in_w, p.in_h,
             resize.row_bytes, p.out_w, p.out_h, p.side, p.crop_x, p.crop_y);
    kernels_check(run, &it);
}

void kernels_resize(struct kernels_run *run) {
    /* in w, h; out w, h; side */
    static const size_t sizes[][5] = {
        {320, 240, 298, 224, 224}, {240, 320, 224, 298, 224}, {1920, 1080, 398, 224, 224},
        {340, 256, 340, 256, 224}, {171, 128, 299, 224, 224}, {224, 224, 224, 224, 224},
        {300, 224, 300, 224, 224}, {226, 225, 225, 224, 224}, {1, 1, 1, 1, 1},
        {1, 1, 5, 7, 5},           {2, 2, 9, 9, 9},           {3, 1, 8, 4, 4},
        {1, 9, 3, 3, 2},           {7, 5, 7, 5, 5},           {16, 17, 33, 31, 31},
        {65, 64, 16, 15, 15},      {100, 3, 50, 2, 1},        {33, 47, 40, 56, 39},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t *s = sizes[i];
        struct tlee_resize p = {.in_w = s[0],
                                .in_h = s[1],
                                .out_w = s[2],
                                .out_h = s[3],
                                .side = s[4],
                                .mean = {0.43216f, 0.394666f, 0.37645f},
                                .std = {0.22803f, 0.22145f, 0.216989f}};
        size_t sample = s[4] < 100 ? 0 : run->quick ? 2000 : 20000;
        p.crop_x = (p.out_w - p.side) / 2;
        p.crop_y = (p.out_h - p.side) / 2;
        check(run, p, 0, sample);
        p.crop_x = p.out_w - p.side;
        p.crop_y = p.out_h - p.side;
        check(run, p, 13, sample);
        for (size_t c = 0; c < 3; c++) {
            p.mean[c] = 0.0f;
            p.std[c] = c == 1 ? -0.5f : 1.0f;
        }
        p.crop_x = p.crop_y = 0;
        check(run, p, 1, sample);
    }
}
