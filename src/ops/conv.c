/* SPDX-License-Identifier: MIT */
/* Which method computes a convolution fastest. */
#include "conv.h"

#include "layout.h"
#include "memory.h"

/* An element that is transformed costs as much as so many multiply-adds, arithmetic and traffic
 * together. */
enum {
    TRANSFORM = 10
};

/* Weights that serve few outputs are most of a network's, and come from memory hardly faster than
 * they are used: half the bytes pay for the widening. ResNet-50's layers on 7x7 maps take 9.98 ms
 * so and 10.01 with the same weights as floats, in 27 MiB less (Xeon, AVX-512, one thread; 2 MiB of
 * level-2 cache, where a widened panel stays; two threads 5.29 and 5.18 ms). */
enum {
    HALF_OUTPUTS_MOST = 64
};

/* Costs in multiply-adds at full speed: each weight serves all outputs, or tiles, and comes from
 * memory once. */
static double gemm_cost(const struct tlee_conv *conv, double weight_cost) {
    const struct tlee_conv2d *p = &conv->p;
    double outputs = (double)(p->oh * p->ow), weights = (double)conv->packed_floats;
    return weights * (outputs + weight_cost);
}

static double winograd_cost(const struct tlee_conv *conv, double weight_cost) {
    double tiles = (double)conv->tile_count, weights = (double)conv->packed_floats;
    size_t n = tlee_winograd_n(conv->size);
    double elements = tiles * (double)(n * n * (conv->in_blocks + conv->out_blocks) * conv->block);
    return weights * (tiles + weight_cost) + TRANSFORM * elements;
}

/* No sum or product of sizes may overflow later on. */
static bool is_sane(const struct tlee_conv2d *p) {
    size_t map = 0, weights = 0, h = p->h + 2 * p->ph, w = p->w + 2 * p->pw;
    const size_t most = ((size_t)-1) / 1024; /* room for padding, transforms and bytes */
    if (!tlee_size_mul(h, w, &map) || !tlee_size_mul(map, p->c + p->oc, &map) || map > most)
        return false;
    return tlee_size_mul(p->kh * p->kw, p->c, &weights) &&
           tlee_size_mul(weights, p->oc, &weights) && weights <= most;
}

bool tlee_conv_choose(const struct tlee_conv2d *p, const struct tlee_blocked *kernels, bool planar,
                      enum tlee_conv_choice wanted, struct tlee_conv *conv) {
    if (kernels->block == 1 || p->groups != 1 || p->act > TLEE_ACT_RELU6 || !is_sane(p))
        return false;
    size_t block = kernels->block;
    *conv = (struct tlee_conv){
        .p = *p,
        .block = block,
        .planar = planar,
        .in_blocks = planar ? 0 : tlee_padded_channels(p->c, block) / block,
        .out_blocks = tlee_padded_channels(p->oc, block) / block,
    };
    conv->panels = (conv->out_blocks + 1) / 2;
    tlee_conv_gemm_lay_out(conv);
    conv->cost = gemm_cost(conv, kernels->weight_cost);
    bool transforms = !planar && p->kh == 3 && p->kw == 3 && p->sh == 1 && p->sw == 1;
    bool found = wanted == TLEE_CONV_ANY || wanted == TLEE_CONV_BY_GEMM;
    for (int size = 0; transforms && size < TLEE_WINOGRAD_SIZES; size++) {
        struct tlee_conv other = *conv;
        if (wanted != TLEE_CONV_ANY && (int)wanted != TLEE_CONV_BY_WINOGRAD2 + size)
            continue;
        tlee_conv_winograd_lay_out(&other, (enum tlee_winograd_size)size);
        other.cost = winograd_cost(&other, kernels->weight_cost);
        if (!found || other.cost < conv->cost)
            *conv = other;
        found = true;
    }
    return found;
}

enum tlee_conv_choice tlee_conv_choice_of(const struct tlee_conv *conv) {
    return conv->method == TLEE_CONV_WINOGRAD
               ? (enum tlee_conv_choice)(TLEE_CONV_BY_WINOGRAD2 + (int)conv->size)
               : TLEE_CONV_BY_GEMM;
}

const char *tlee_conv_choice_name(enum tlee_conv_choice choice) {
    static const char *const names[] = {"any", "gemm", "winograd2", "winograd4", "winograd6"};
    return names[choice];
}

bool tlee_conv_keeps_half(const struct tlee_conv *conv) {
    return conv->method == TLEE_CONV_GEMM && !conv->planar && !conv->strips_outside &&
           conv->p.oh * conv->p.ow <= HALF_OUTPUTS_MOST;
}

size_t tlee_conv_workspace(const struct tlee_conv *conv, unsigned threads) {
    return conv->method == TLEE_CONV_WINOGRAD ? tlee_conv_winograd_workspace(conv, threads)
                                              : tlee_conv_gemm_workspace(conv, threads);
}

void tlee_conv_run(const struct tlee_machine *machine, const struct tlee_conv *conv, const float *x,
                   const float *residual, float *workspace, float *y) {
    if (conv->method == TLEE_CONV_WINOGRAD)
        tlee_conv_winograd_run(machine, conv, x, residual, workspace, y);
    else
        tlee_conv_gemm_run(machine, conv, x, residual, workspace, y);
}
