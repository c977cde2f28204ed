/* SPDX-License-Identifier: MIT */
/* Cases of the widening of packed half weights: exact, and rounded once with a scale. */
#include "half.h"
#include "kernels.h"

#include <stdio.h>

enum {
    HALVES,
    SCALE
};

/* Range: rows. */
static void call(const struct kernels_case *it, kernels_fn *fn, const void *const *in, float *y,
                 size_t begin, size_t end) {
    size_t channels = *(const size_t *)it->params;
    ((tlee_widen_fn *)fn)((const uint16_t *)in[HALVES] + begin * channels, in[SCALE], end - begin,
                          channels, y + begin * channels);
}

static struct kernels_want want(const struct kernels_case *it, size_t index) {
    size_t channels = *(const size_t *)it->params;
    const uint16_t *halves = it->input[HALVES].values;
    const float *scale = it->input[SCALE].values;
    double value = (double)tlee_half_to_float(halves[index]);
    return kernels_sum(scale ? value * (double)scale[index % channels] : value, 0, 0);
}

static void check(struct kernels_run *run, size_t rows, size_t channels, bool scale,
                  enum kernels_data data) {
    struct kernels_case it = {.data = data,
                              .params = &channels,
                              .outputs = rows * channels,
                              .units = rows,
                              .same_bits = true,
                              .call = call,
                              .want = want};
    kernels_fill_halves(&run->random, data, kernels_halves(&it, HALVES, rows * channels),
                        rows * channels);
    /* Products of extremes may be denormals, which 32-bit NEON takes for zeros. */
    scale = scale && data != KERNELS_EXTREMES;
    if (scale)
        kernels_fill(&run->random, data, kernels_floats(&it, SCALE, channels), channels);
    snprintf(it.shape, sizeof it.shape, "%zu rows of %zu%s", rows, channels,
             scale ? ", scaled" : "");
    kernels_check(run, &it);
}

void kernels_widen(struct kernels_run *run) {
    static const size_t rows[] = {0, 1, 2, 3, 4, 7, 8, 9, 16, 27, 144};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t blocks = 1; blocks <= 2; blocks++)
            for (int data = 0; data < KERNELS_DATA_KINDS; data++)
                for (int scale = 0; scale < 2; scale++)
                    check(run, rows[i], blocks * run->blocked->block, scale,
                          (enum kernels_data)data);
}
