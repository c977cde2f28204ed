/* SPDX-License-Identifier: MIT */
/* Weights in the order in which the kernels read them. */
#include "conv.h"

#include <string.h>

struct pack_call {
    const struct tlee_conv *conv;
    const float *weight; /* oc * c * kh * kw */
    float *packed;
    const uint16_t *half_weight; /* in their place */
    uint16_t *half_packed;
};

/* Output channels of a panel, those of padding included. */
static size_t panel_channels(const struct tlee_conv *conv, size_t panel) {
    size_t blocks = conv->out_blocks - 2 * panel;
    return (blocks < 2 ? blocks : 2) * conv->block;
}

/* Floats of the panels before this one: all but the last are two blocks wide. */
static size_t panel_place(const struct tlee_conv *conv, size_t panel) {
    return panel * (conv->packed_floats / conv->out_blocks) * 2;
}

/* Where the filter from input channel ic to output channel o begins. */
static size_t filter_place(const struct tlee_conv2d *p, size_t o, size_t ic) {
    return (o * p->c + ic) * p->kh * p->kw;
}

/* The weights of one tap from input channel ic to `channels` outputs, from `first` on; zeros for
 * channels of padding. */
static void pack_row(const struct pack_call *call, size_t first, size_t channels, size_t ic,
                     size_t tap, size_t to) {
    const struct tlee_conv2d *p = &call->conv->p;
    size_t filled = ic >= p->c || first >= p->oc ? 0 : p->oc - first;
    filled = filled < channels ? filled : channels;
    for (size_t o = 0; o < channels; o++) {
        size_t from = o < filled ? filter_place(p, first + o, ic) + tap : 0;
        if (call->half_packed)
            call->half_packed[to + o] = o < filled ? call->half_weight[from] : 0;
        else
            call->packed[to + o] = o < filled ? call->weight[from] : 0.0F;
    }
}

/* [run][input of the run][output channel] */
static void pack_gemm(const struct pack_call *call, size_t panel) {
    const struct tlee_conv *conv = call->conv;
    const struct tlee_conv2d *p = &conv->p;
    size_t channels = panel_channels(conv, panel), first = panel * 2 * conv->block;
    size_t to = panel_place(conv, panel), taps = p->kh * p->kw;
    for (size_t run = 0; run < conv->run_count; run++)
        for (size_t k = 0; k < conv->run_length; k++, to += channels)
            if (conv->planar)
                pack_row(call, first, channels, k % p->c, run * p->kw + k / p->c, to);
            else
                pack_row(call, first, channels, run / taps * conv->block + k, run % taps, to);
}

/* [frequency][input channel][output channel] */
static void pack_winograd(const struct pack_call *call, size_t panel) {
    const struct tlee_conv *conv = call->conv;
    size_t n = tlee_winograd_n(conv->size), inputs = conv->in_blocks * conv->block;
    size_t channels = panel_channels(conv, panel), first = panel * 2 * conv->block;
    float *to = call->packed + panel_place(conv, panel);
    for (size_t ic = 0; ic < inputs; ic++)
        for (size_t o = 0; o < channels; o++) {
            float transformed[64] = {0};
            if (first + o < conv->p.oc && ic < conv->p.c)
                tlee_winograd_filter(
                    conv->size, call->weight + filter_place(&conv->p, first + o, ic), transformed);
            for (size_t f = 0; f < n * n; f++)
                to[(f * inputs + ic) * channels + o] = transformed[f];
        }
}

/* [block][tap][channel] */
static void pack_depthwise(const struct pack_call *call, size_t panel) {
    const struct tlee_conv *conv = call->conv;
    size_t taps = conv->p.kh * conv->p.kw, channels = panel_channels(conv, panel);
    float *to = call->packed + panel_place(conv, panel);
    for (size_t i = 0; i < channels * taps; i++) {
        size_t o = i / (taps * conv->block) * conv->block + i % conv->block;
        size_t c = panel * 2 * conv->block + o, tap = i / conv->block % taps;
        to[i] = c < conv->p.oc ? call->weight[c * taps + tap] : 0.0F;
    }
}

static void pack_task(void *context, size_t begin, size_t end) {
    const struct pack_call *call = context;
    for (size_t panel = begin; panel < end; panel++)
        if (call->conv->method == TLEE_CONV_WINOGRAD)
            pack_winograd(call, panel);
        else if (call->conv->method == TLEE_CONV_DEPTHWISE)
            pack_depthwise(call, panel);
        else
            pack_gemm(call, panel);
}

void tlee_conv_pack(const struct tlee_conv *conv, const float *weight, struct tlee_threads *threads,
                    float *packed) {
    struct pack_call call = {.conv = conv, .weight = weight, .packed = packed};
    tlee_threads_run(threads, conv->panels, 1, pack_task, &call);
}

void tlee_conv_pack_half(const struct tlee_conv *conv, const uint16_t *weight,
                         struct tlee_threads *threads, uint16_t *packed) {
    struct pack_call call = {.conv = conv, .half_weight = weight, .half_packed = packed};
    tlee_threads_run(threads, conv->panels, 1, pack_task, &call);
}
