/* SPDX-License-Identifier: MIT */
/*
 * 3x3 convolution in the transform domain, a group of tiles at a time: all inputs of the group are
 * transformed; then for each panel of output channels come the products of all frequencies, which
 * stay in the thread's cache, and their transform back.
 */
#include "conv.h"

#include <stdatomic.h>

enum {
    GROUP_FLOATS_MOST = 256 * 1024 /* transformed inputs of a group: they stay in a level-2 cache */
};

static size_t frequencies(const struct tlee_conv *conv) {
    size_t n = tlee_winograd_n(conv->size);
    return n * n;
}

bool tlee_conv_winograd_lay_out(struct tlee_conv *conv, enum tlee_winograd_size size) {
    const struct tlee_conv2d *p = &conv->p;
    size_t m = tlee_winograd_m(size), inputs = conv->in_blocks * conv->block;
    conv->method = TLEE_CONV_WINOGRAD;
    conv->size = size;
    conv->run_count = conv->in_blocks;
    conv->run_length = conv->block;
    conv->tiles = (struct tlee_winograd){.h = p->h,
                                         .w = p->w,
                                         .oh = p->oh,
                                         .ow = p->ow,
                                         .ph = p->ph,
                                         .pw = p->pw,
                                         .tiles_w = (p->ow + m - 1) / m};
    conv->tile_count = (p->oh + m - 1) / m * conv->tiles.tiles_w;
    size_t tile_floats = frequencies(conv) * inputs;
    size_t groups = conv->tile_count * tile_floats / GROUP_FLOATS_MOST + 1;
    conv->group = (conv->tile_count + groups - 1) / groups;
    conv->shared_floats = conv->group * tile_floats;
    conv->thread_floats = conv->group * frequencies(conv) * 2 * conv->block;
    conv->packed_floats = tile_floats * conv->out_blocks * conv->block;
    return true;
}

struct call {
    const struct tlee_conv *conv;
    const struct tlee_blocked *kernels;
    const float *x, *residual;
    float *y;
    size_t begin, end; /* tiles of the group */
    float *inputs;     /* transformed: [frequency][block of channels][tile] */
    float *products;   /* a piece for each thread: [frequency][block of the panel][tile] */
    unsigned threads;
    atomic_flag taken[TLEE_THREADS_MAX]; /* pieces in use */
};

static void input_task(void *context, size_t begin, size_t end) {
    struct call *call = context;
    const struct tlee_conv *conv = call->conv;
    size_t plane = conv->p.h * conv->p.w * conv->block, tiles = conv->group * conv->block;
    for (size_t b = begin; b < end; b++)
        call->kernels->winograd_input[conv->size](&conv->tiles, call->x + b * plane, call->begin,
                                                  call->end, call->inputs + b * tiles,
                                                  conv->in_blocks * tiles);
}

static void multiply(const struct call *call, size_t panel, size_t blocks, float *products) {
    const struct tlee_conv *conv = call->conv;
    size_t tiles = conv->group * conv->block, inputs = conv->in_blocks * conv->block;
    size_t channels = blocks * conv->block;
    const float *weight = conv->weight + panel * frequencies(conv) * inputs * 2 * conv->block;
    for (size_t f = 0; f < frequencies(conv); f++) {
        struct tlee_gemm g = {
            .x = call->inputs + f * conv->in_blocks * tiles,
            .x_pixel = conv->block,
            .runs = conv->runs,
            .run_count = conv->run_count,
            .run_length = conv->run_length,
            .weight = weight + f * inputs * channels,
            .y = products + f * 2 * tiles,
            .y_block = tiles,
            .next_parts = 1,
        };
        if (f + 1 < frequencies(conv) || panel + 1 < conv->panels)
            g.next = g.weight + inputs * channels;
        call->kernels->gemm(&g, call->end - call->begin, channels);
    }
}

static void output(const struct call *call, size_t panel, size_t blocks, const float *products) {
    const struct tlee_conv *conv = call->conv;
    size_t tiles = conv->group * conv->block, plane = conv->p.oh * conv->p.ow * conv->block;
    for (size_t i = 0; i < blocks; i++) {
        size_t b = 2 * panel + i;
        call->kernels->winograd_output[conv->size](
            &conv->tiles, products + i * tiles, 2 * tiles, call->begin, call->end,
            conv->bias ? conv->bias + b * conv->block : NULL,
            call->residual ? call->residual + b * plane : NULL, conv->p.act, call->y + b * plane);
    }
}

/* A piece of workspace that no other thread uses; there are as many as threads. */
static size_t take_piece(struct call *call) {
    size_t piece = 0;
    while (atomic_flag_test_and_set(&call->taken[piece]))
        piece = (piece + 1) % call->threads;
    return piece;
}

static void panel_task(void *context, size_t begin, size_t end) {
    struct call *call = context;
    const struct tlee_conv *conv = call->conv;
    size_t piece = take_piece(call);
    float *products = call->products + piece * conv->thread_floats;
    for (size_t panel = begin; panel < end; panel++) {
        size_t blocks = conv->out_blocks - 2 * panel < 2 ? 1 : 2;
        multiply(call, panel, blocks, products);
        output(call, panel, blocks, products);
    }
    atomic_flag_clear(&call->taken[piece]);
}

void tlee_conv_winograd_run(const struct tlee_machine *machine, const struct tlee_conv *conv,
                            const float *x, const float *residual, float *workspace, float *y) {
    struct call call = {
        .conv = conv,
        .kernels = &machine->ops->blocked,
        .x = x,
        .residual = residual,
        .y = y,
        .inputs = workspace,
        .products = workspace + conv->shared_floats,
        .threads = machine->thread_count,
    };
    for (size_t i = 0; i < call.threads; i++)
        atomic_flag_clear(&call.taken[i]);
    for (; call.begin < conv->tile_count; call.begin = call.end) {
        call.end = call.begin + conv->group;
        if (call.end > conv->tile_count)
            call.end = conv->tile_count;
        tlee_threads_run(machine->threads, conv->in_blocks, 1, input_task, &call);
        tlee_threads_run(machine->threads, conv->panels, 1, panel_task, &call);
    }
}
