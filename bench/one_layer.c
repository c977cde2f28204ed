/* SPDX-License-Identifier: MIT */
/*
 * Runs one convolution so many times, perhaps never, on zeros: for counting instructions.
 *     one_layer c|neon C SIDE OC WINDOW STRIDE TIMES
 */
#include "ops.h"
#include "tlee_base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float *zeros(size_t count) {
    float *made = calloc(count, sizeof *made);
    if (!made) {
        perror("calloc");
        exit(1);
    }
    return made;
}

static void run_c(const struct tlee_conv2d *p, const float *x, const float *weight,
                  const float *bias, const float *residual, float *y, size_t times) {
    for (size_t i = 0; i < times; i++)
        tlee_conv2d_f32_c(p, x, weight, bias, residual, y, 0, p->oc);
}

int main(int argc, char **argv) {
    if (argc != 8)
        return 2;
    size_t n[6];
    for (int i = 0; i < 6; i++)
        n[i] = strtoul(argv[i + 2], NULL, 10);
    size_t window = n[3], stride = n[4], out = (n[1] + window / 2 * 2 - window) / stride + 1;
    struct tlee_conv2d p = {.c = n[0],
                            .h = n[1],
                            .w = n[1],
                            .oc = n[2],
                            .oh = out,
                            .ow = out,
                            .kh = window,
                            .kw = window,
                            .sh = stride,
                            .sw = stride,
                            .ph = window / 2,
                            .pw = window / 2,
                            .groups = 1,
                            .act = TLEE_ACT_RELU};
    float *x = zeros(p.c * p.h * p.w), *weight = zeros(p.oc * p.c * window * window);
    float *bias = zeros(p.oc), *y = zeros(p.oc * out * out);
    if (strcmp(argv[1], "c") == 0)
        run_c(&p, x, weight, bias, NULL, y, n[5]);
    return 0;
}
