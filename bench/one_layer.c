/* SPDX-License-Identifier: MIT */
/*
 * Computes one convolution so many times, perhaps never, for counting instructions: all operands
 * are zero, which costs no instructions here and makes none less there. Prints the method.
 *     one_layer c|neon C SIDE OC WINDOW STRIDE RESIDUAL TIMES
 */
#include "conv.h"
#include "tlee_base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float *zeros(size_t count) {
    float *made = calloc(count + 1, sizeof *made);
    if (!made) {
        perror("calloc");
        exit(1);
    }
    return made;
}

static void run_prepared(const struct tlee_machine *machine, struct tlee_conv *conv, const float *x,
                         const float *bias, const float *residual, float *y, size_t times) {
    static size_t runs[1 << 16];
    if (conv->run_count > sizeof runs / sizeof *runs)
        exit(1);
    tlee_conv_runs(conv, runs);
    conv->runs = runs;
    conv->weight = zeros(conv->packed_floats);
    conv->bias = bias;
    float *workspace = zeros(tlee_conv_workspace(conv, 1));
    for (size_t i = 0; i < times; i++)
        tlee_conv_run(machine, conv, x, NULL, residual, workspace, y);
}

int main(int argc, char **argv) {
    size_t n[7];
    if (argc != 9)
        return 2;
    for (int i = 0; i < 7; i++)
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
    struct tlee_ops ops;
    tlee_ops_init(&ops, strcmp(argv[1], "c") == 0 ? TLEE_CPU_C : TLEE_CPU_NEON);
    struct tlee_machine machine = {.ops = &ops, .thread_count = 1};
    /* With room for the padding of a last block. */
    float *x = zeros((p.c + 16) * p.h * p.w), *y = zeros((p.oc + 16) * out * out);
    float *bias = zeros(p.oc + 16), *residual = n[5] ? zeros((p.oc + 16) * out * out) : NULL;
    struct tlee_conv conv;
    if (tlee_conv_choose(&p, &ops.blocked, p.c == 3, TLEE_CONV_ANY, &conv)) {
        if (conv.method == TLEE_CONV_WINOGRAD)
            printf("F%zu\n", tlee_winograd_m(conv.size));
        else
            printf("direct\n");
        run_prepared(&machine, &conv, x, bias, residual, y, n[6]);
        return 0;
    }
    printf("plain\n");
    float *weight = zeros(p.oc * p.c * window * window);
    for (size_t i = 0; i < n[6]; i++)
        ops.conv2d(&p, x, weight, bias, residual, y, 0, p.oc);
    return 0;
}
