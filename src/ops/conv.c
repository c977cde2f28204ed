/* SPDX-License-Identifier: MIT */
/* Which method computes a convolution fastest. */
#include "conv.h"

#include "layout.h"
#include "memory.h"

#include <assert.h>

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

/* No size in bytes may overflow later on, for which there must be room for transforms: up to 64 / 9
 * times the weights, and as many times the inputs. */
static bool is_sane(const struct tlee_conv2d *p, size_t block) {
    const size_t most = ((size_t)-1) / 64;
    if (p->c > most || p->oc > most || p->h > most || p->w > most)
        return false;
    size_t map = 0, weights = 0, h = p->h + 2 * p->ph, w = p->w + 2 * p->pw;
    size_t c = tlee_padded_channels(p->c, block), oc = tlee_padded_channels(p->oc, block);
    if (!tlee_size_mul(h, w, &map) || !tlee_size_mul(map, c + oc, &map) || map > most)
        return false;
    size_t inputs = p->groups > 1 ? 1 : c;
    return tlee_size_mul(p->kh * p->kw, inputs, &weights) && tlee_size_mul(weights, oc, &weights) &&
           weights <= most;
}

/* One filter a channel, square, none of whose windows lies in the border alone. */
static bool is_depthwise(const struct tlee_conv2d *p) {
    return p->groups > 1 && p->groups == p->c && p->c == p->oc && p->kh == p->kw &&
           p->sh == p->sw && p->ph < p->kh && p->pw < p->kw;
}

bool tlee_conv_choose(const struct tlee_conv2d *p, const struct tlee_blocked *kernels, bool planar,
                      enum tlee_conv_choice wanted, struct tlee_conv *conv) {
    bool depthwise = is_depthwise(p) && !planar;
    if (kernels->block == 1 || (p->groups != 1 && !depthwise) || p->act > TLEE_ACT_SILU ||
        !is_sane(p, kernels->block))
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
    if (depthwise) {
        tlee_conv_depthwise_lay_out(conv);
        return wanted == TLEE_CONV_ANY || wanted == TLEE_CONV_BY_GEMM;
    }
    tlee_conv_gemm_lay_out(conv);
    conv->cost = gemm_cost(conv, kernels->weight_cost);
    bool transforms = !planar && p->kh == 3 && p->kw == 3 && p->sh == 1 && p->sw == 1 &&
                      p->act == tlee_conv_store_activation(p->act);
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

const char *tlee_conv_method_name(const struct tlee_conv *conv) {
    return conv->method == TLEE_CONV_DEPTHWISE ? "depthwise"
                                               : tlee_conv_choice_name(tlee_conv_choice_of(conv));
}

bool tlee_conv_can_expand(const struct tlee_conv *conv, const struct tlee_conv *expand) {
    return conv->method == TLEE_CONV_DEPTHWISE && expand->method == TLEE_CONV_GEMM &&
           expand->p.kh == 1 && expand->p.kw == 1 && !expand->copied && !expand->scales_weights &&
           expand->p.oc == conv->p.c;
}

bool tlee_conv_take_scale(struct tlee_conv *conv) {
    const struct tlee_conv2d *p = &conv->p;
    if (conv->method != TLEE_CONV_GEMM || p->kh > 1 || p->kw > 1 || conv->copied)
        return false;
    conv->scales_weights = conv->packed_floats < p->h * p->w * conv->in_blocks * conv->block;
    conv->scales_x = conv->copied = !conv->scales_weights;
    return true;
}

enum tlee_activation tlee_conv_store_activation(enum tlee_activation act) {
    return act == TLEE_ACT_SILU ? TLEE_ACT_NONE : act;
}

void tlee_conv_activate(const struct tlee_ops *ops, enum tlee_activation act, float *y,
                        size_t count) {
    if (act == TLEE_ACT_SILU)
        ops->silu(y, y, count);
}

bool tlee_conv_keeps_half(const struct tlee_conv *conv) {
    return conv->method == TLEE_CONV_GEMM && !conv->planar && !conv->strips_outside &&
           !conv->scales_weights && conv->p.oh * conv->p.ow <= HALF_OUTPUTS_MOST;
}

size_t tlee_conv_workspace(const struct tlee_conv *conv, unsigned threads) {
    switch (conv->method) {
    case TLEE_CONV_WINOGRAD:
        return tlee_conv_winograd_workspace(conv, threads);
    case TLEE_CONV_DEPTHWISE:
        return tlee_conv_depthwise_workspace(conv, threads);
    case TLEE_CONV_GEMM:
        break;
    }
    return tlee_conv_gemm_workspace(conv, threads);
}

void tlee_conv_run(const struct tlee_machine *machine, const struct tlee_conv *conv, const float *x,
                   const float *x_scale, const float *residual, float *workspace, float *y) {
    switch (conv->method) {
    case TLEE_CONV_WINOGRAD:
        tlee_conv_winograd_run(machine, conv, x, residual, workspace, y);
        break;
    case TLEE_CONV_DEPTHWISE:
        assert(!residual);
        tlee_conv_depthwise_run(machine, conv, x, workspace, y);
        break;
    case TLEE_CONV_GEMM:
        tlee_conv_gemm_run(machine, conv, x, x_scale, residual, workspace, y);
        break;
    }
}
