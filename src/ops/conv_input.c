/* SPDX-License-Identifier: MIT */
/*
 * Inputs as the kernels of conv_gemm.c read them: with a border, without the pixels that are
 * stepped over, or with squeeze-and-excitation's factors. These may go into the weights instead,
 * when there are fewer of them.
 */
#include "conv.h"

#include <assert.h>
#include <string.h>

enum {
    BLOCK_MOST = 16 /* channels, of any instruction set */
};

struct call {
    const struct tlee_conv *conv;
    const struct tlee_ops *ops;
    const float *x, *x_scale;
    float *copy;
};

/* Rows begin..end-1 of the plain map with its border, the channels of a pixel side by side. */
static void interleave_task(void *context, size_t begin, size_t end) {
    const struct call *call = context;
    const struct tlee_conv2d *p = &call->conv->p;
    size_t row_floats = call->conv->copy_w * p->c;
    for (size_t i = begin; i < end; i++) {
        float *row = call->copy + i * row_floats;
        if (i < p->ph || i >= p->h + p->ph) {
            memset(row, 0, row_floats * sizeof *row);
            continue;
        }
        memset(row, 0, p->pw * p->c * sizeof *row);
        memset(row + (p->pw + p->w) * p->c, 0, p->pw * p->c * sizeof *row);
        for (size_t c = 0; c < p->c; c++) {
            const float *from = call->x + (c * p->h + i - p->ph) * p->w;
            for (size_t j = 0; j < p->w; j++)
                row[(p->pw + j) * p->c + c] = from[j];
        }
    }
}

/* Blocks of channels begin..end-1 with a border of zeros. */
static void border_task(void *context, size_t begin, size_t end) {
    const struct call *call = context;
    const struct tlee_conv *conv = call->conv;
    const struct tlee_conv2d *p = &conv->p;
    size_t row = conv->copy_w * conv->block, side = p->pw * conv->block,
           middle = p->w * conv->block;
    for (size_t b = begin; b < end; b++) {
        const float *from = call->x + b * p->h * middle;
        float *to = call->copy + b * tlee_conv_plane_floats(conv);
        memset(to, 0, p->ph * row * sizeof *to);
        memset(to + (p->ph + p->h) * row, 0, p->ph * row * sizeof *to);
        for (size_t i = 0; i < p->h; i++, from += middle) {
            float *at = to + (p->ph + i) * row;
            memset(at, 0, side * sizeof *at);
            memcpy(at + side, from, middle * sizeof *at);
            memset(at + side + middle, 0, side * sizeof *at);
        }
    }
}

/* Of blocks begin..end-1 the pixels that a 1x1 convolution reads. */
static void compact_task(void *context, size_t begin, size_t end) {
    const struct call *call = context;
    const struct tlee_conv *conv = call->conv;
    const struct tlee_conv2d *p = &conv->p;
    size_t block = conv->block;
    for (size_t b = begin; b < end; b++) {
        const float *plane = call->x + b * p->h * p->w * block;
        float *to = call->copy + b * tlee_conv_plane_floats(conv);
        for (size_t i = 0; i < p->oh; i++)
            for (size_t j = 0; j < p->ow; j++, to += block)
                memcpy(to, plane + (i * p->sh * p->w + j * p->sw) * block, block * sizeof *to);
    }
}

/* Blocks begin..end-1, each channel multiplied by its factor. */
static void scale_task(void *context, size_t begin, size_t end) {
    const struct call *call = context;
    const struct tlee_conv *conv = call->conv;
    size_t plane = tlee_conv_plane_floats(conv), block = conv->block;
    for (size_t b = begin; b < end; b++) {
        float scale[BLOCK_MOST] = {0}; /* of channels of padding */
        size_t left = conv->p.c - b * block, count = left < block ? left : block;
        assert(block <= BLOCK_MOST);
        memcpy(scale, call->x_scale + b * block, count * sizeof *scale);
        call->ops->scale_channels(call->x + b * plane, scale, plane / block, block,
                                  call->copy + b * plane, 0, 1);
    }
}

void tlee_conv_copy_input(const struct tlee_machine *machine, const struct tlee_conv *conv,
                          const float *x, const float *x_scale, float *copy) {
    struct call call = {conv, machine->ops, x, x_scale, copy};
    bool border = conv->p.kh > 1 || conv->p.kw > 1 || conv->p.ph || conv->p.pw;
    tlee_task_fn *task = x_scale ? scale_task : border ? border_task : compact_task;
    if (conv->planar)
        tlee_threads_run(machine->threads, conv->copy_h, conv->copy_h / 8 + 1, interleave_task,
                         &call);
    else
        tlee_threads_run(machine->threads, conv->in_blocks, 1, task, &call);
}

/* Runs begin..end-1 of weights, counted over all panels: those of each input channel multiplied by
 * its factor. */
static void scale_weights_task(void *context, size_t begin, size_t end) {
    const struct call *call = context;
    const struct tlee_conv *conv = call->conv;
    size_t block = conv->block, runs = conv->in_blocks;
    for (size_t i = begin; i < end; i++) {
        size_t panel = i / runs, b = i % runs;
        size_t channels = (conv->out_blocks - 2 * panel < 2 ? 1 : 2) * block;
        size_t place = panel * runs * block * 2 * block + b * block * channels;
        size_t left = conv->p.c - b * block, count = left < block ? left : block;
        float *to = call->copy + place;
        call->ops->scale_channels(conv->weight + place, call->x_scale + b * block, channels, 1, to,
                                  0, count);
        memset(to + count * channels, 0, (block - count) * channels * sizeof *to);
    }
}

void tlee_conv_scale_weights(const struct tlee_machine *machine, const struct tlee_conv *conv,
                             const float *x_scale, float *scaled) {
    struct call call = {conv, machine->ops, NULL, x_scale, scaled};
    size_t runs = conv->panels * conv->in_blocks;
    tlee_threads_run(machine->threads, runs, runs / (2 * machine->thread_count) + 1,
                     scale_weights_task, &call);
}
