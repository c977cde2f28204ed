/* SPDX-License-Identifier: MIT */
/*
 * Convolution as sums over runs of inputs. Outputs form strips: pieces of the whole map where each
 * output needs one pixel, else rows, whose pixels are evenly spaced in the input.
 */
#include "conv.h"

#include <string.h>

enum {
    STRIP_PIXELS = 56,           /* four tiles of 14 */
    MAP_FLOATS_MOST = 256 * 1024 /* an input that stays in a level-2 cache as a whole */
};

/* A 1x1 convolution reads each pixel at most once, for one output. */
static bool is_pointwise(const struct tlee_conv2d *p) {
    return p->kh == 1 && p->kw == 1 && p->ph == 0 && p->pw == 0;
}

/* Floats from one pixel to the next of the map that the kernel reads. */
static size_t pixel_floats(const struct tlee_conv *conv) {
    return conv->planar ? conv->p.c : conv->block;
}

static size_t plane_floats(const struct tlee_conv *conv) {
    return conv->copy_h * conv->copy_w * pixel_floats(conv);
}

bool tlee_conv_gemm_lay_out(struct tlee_conv *conv) {
    const struct tlee_conv2d *p = &conv->p;
    bool pointwise = is_pointwise(p) && !conv->planar, strided = p->sh > 1 || p->sw > 1;
    conv->method = TLEE_CONV_GEMM;
    conv->copied = conv->planar || p->ph || p->pw || (pointwise && strided);
    conv->copy_h = pointwise ? p->oh : p->h + 2 * p->ph;
    conv->copy_w = pointwise ? p->ow : p->w + 2 * p->pw;
    conv->run_count = conv->planar ? p->kh : conv->in_blocks * p->kh * p->kw;
    conv->run_length = conv->planar ? p->kw * p->c : conv->block;
    size_t planes = conv->planar ? 1 : conv->in_blocks, outputs = p->oh * p->ow;
    conv->strips_outside = plane_floats(conv) * planes > MAP_FLOATS_MOST;
    conv->strip = pointwise ? (conv->strips_outside ? STRIP_PIXELS : outputs) : p->ow;
    conv->strips = (outputs + conv->strip - 1) / conv->strip;
    conv->packed_floats = conv->run_count * conv->run_length * conv->out_blocks * conv->block;
    return true;
}

size_t tlee_conv_gemm_workspace(const struct tlee_conv *conv) {
    size_t planes = conv->planar ? 1 : conv->in_blocks;
    return conv->copied ? planes * plane_floats(conv) : 0;
}

void tlee_conv_runs(const struct tlee_conv *conv, size_t *runs) {
    const struct tlee_conv2d *p = &conv->p;
    if (conv->method == TLEE_CONV_WINOGRAD) {
        for (size_t b = 0; b < conv->in_blocks; b++)
            runs[b] = b * conv->group * conv->block;
        return;
    }
    size_t row = conv->copy_w * pixel_floats(conv);
    for (size_t run = 0; run < conv->run_count; run++) {
        size_t tap = conv->planar ? run * p->kw : run % (p->kh * p->kw);
        size_t plane = conv->planar ? 0 : run / (p->kh * p->kw);
        runs[run] = plane * plane_floats(conv) + tap / p->kw * row + tap % p->kw * conv->block;
    }
}

struct call {
    const struct tlee_conv *conv;
    tlee_gemm_fn *kernel;
    const float *x; /* as given */
    float *copy;    /* with a border, or compacted; in the workspace */
    const float *residual;
    float *y;
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
        float *to = call->copy + b * plane_floats(conv);
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
        float *to = call->copy + b * plane_floats(conv);
        for (size_t i = 0; i < p->oh; i++)
            for (size_t j = 0; j < p->ow; j++, to += block)
                memcpy(to, plane + (i * p->sh * p->w + j * p->sw) * block, block * sizeof *to);
    }
}

/* One strip times one panel; another panel of the chunk may follow. */
static void run_unit(const struct call *call, size_t strip, size_t panel, bool follows) {
    const struct tlee_conv *conv = call->conv;
    const struct tlee_conv2d *p = &conv->p;
    bool pointwise = is_pointwise(p) && !conv->planar;
    size_t outputs = p->oh * p->ow, first = strip * conv->strip, block = conv->block;
    size_t pixels = outputs - first < conv->strip ? outputs - first : conv->strip;
    size_t blocks = conv->out_blocks - 2 * panel < 2 ? 1 : 2;
    size_t place = (2 * panel * outputs + first) * block, pixel = pixel_floats(conv);
    size_t x_first = pointwise ? first * pixel : strip * p->sh * conv->copy_w * pixel;
    struct tlee_gemm g = {
        .x = (call->copy ? call->copy : call->x) + x_first,
        .x_pixel = pointwise ? pixel : p->sw * pixel,
        .runs = conv->runs,
        .run_count = conv->run_count,
        .run_length = conv->run_length,
        .weight = conv->weight + panel * conv->run_count * conv->run_length * 2 * block,
        .bias = conv->bias ? conv->bias + panel * 2 * block : NULL,
        .residual = call->residual ? call->residual + place : NULL,
        .y = call->y + place,
        .y_block = outputs * block,
        .act = p->act,
    };
    /* While a panel serves its strips, the next one comes from memory. */
    if (follows && blocks == 2) {
        g.next = g.weight + conv->run_count * conv->run_length * 2 * block;
        g.next_part = strip;
        g.next_parts = conv->strips;
    }
    call->kernel(&g, pixels, blocks * block);
}

static void gemm_task(void *context, size_t begin, size_t end) {
    const struct call *call = context;
    const struct tlee_conv *conv = call->conv;
    for (size_t unit = begin; unit < end; unit++) {
        if (conv->strips_outside)
            run_unit(call, unit / conv->panels, unit % conv->panels, false);
        else
            run_unit(call, unit % conv->strips, unit / conv->strips, unit + conv->strips < end);
    }
}

static void copy_input(const struct tlee_machine *machine, const struct call *call) {
    const struct tlee_conv *conv = call->conv;
    struct call shared = *call;
    if (conv->planar)
        tlee_threads_run(machine->threads, conv->copy_h, conv->copy_h / 8 + 1, interleave_task,
                         &shared);
    else
        tlee_threads_run(machine->threads, conv->in_blocks, 1,
                         is_pointwise(&conv->p) ? compact_task : border_task, &shared);
}

void tlee_conv_gemm_run(const struct tlee_machine *machine, const struct tlee_conv *conv,
                        const float *x, const float *residual, float *workspace, float *y) {
    struct call call = {
        conv, machine->ops->blocked.gemm, x, conv->copied ? workspace : NULL, residual, y};
    if (conv->copied)
        copy_input(machine, &call);
    /* All panels of a strip, or all strips of some panels, go to one thread, whose cache they
     * share; two chunks or more a thread, so that one which is held up can be helped. */
    size_t panels = (conv->panels + 2 * machine->thread_count - 1) / (2 * machine->thread_count);
    size_t grain = conv->strips_outside ? conv->panels : conv->strips * panels;
    tlee_threads_run(machine->threads, conv->strips * conv->panels, grain, gemm_task, &call);
}
