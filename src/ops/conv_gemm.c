/* SPDX-License-Identifier: MIT */
/*
 * Convolution as sums over runs of inputs. Outputs form strips: pieces of the whole map where each
 * output needs one pixel of the input, else rows, whose pixels are evenly spaced in it.
 */
#include "conv.h"

#include "pieces.h"

enum {
    STRIP_PIXELS = 56,              /* four tiles of 14 */
    MAP_FLOATS_MOST = 256 * 1024,   /* an input that stays in a level-2 cache as a whole */
    LIGHT_FLOATS_MOST = 256 * 1024, /* weights that stay in one */
    NEAR_FLOATS_MOST = 6 * 1024,    /* weights that stay in a level-1 cache, beside inputs */
    SHARE_PIXELS_LEAST = 96 /* that a weight from memory must serve, to come as fast as needed */
};

/* A 1x1 convolution reads each pixel at most once, for one output. */
static bool is_pointwise(const struct tlee_conv2d *p) {
    return p->kh == 1 && p->kw == 1 && p->ph == 0 && p->pw == 0;
}

/* Places are rows; else pixels of a map that is read in the order of the outputs. */
static bool has_rows(const struct tlee_conv *conv) {
    return conv->planar || !is_pointwise(&conv->p);
}

/* Floats from one pixel to the next of the map that the kernel reads. */
static size_t pixel_floats(const struct tlee_conv *conv) {
    return conv->planar ? conv->p.c : conv->block;
}

size_t tlee_conv_plane_floats(const struct tlee_conv *conv) {
    return conv->copy_h * conv->copy_w * pixel_floats(conv);
}

void tlee_conv_gemm_lay_out(struct tlee_conv *conv) {
    const struct tlee_conv2d *p = &conv->p;
    bool pointwise = !has_rows(conv), strided = p->sh > 1 || p->sw > 1;
    conv->method = TLEE_CONV_GEMM;
    conv->copied = conv->planar || p->ph || p->pw || (pointwise && strided);
    conv->copy_h = pointwise ? p->oh : p->h + 2 * p->ph;
    conv->copy_w = pointwise ? p->ow : p->w + 2 * p->pw;
    conv->run_count = conv->planar ? p->kh : conv->in_blocks * p->kh * p->kw;
    conv->run_length = conv->planar ? p->kw * p->c : conv->block;
    size_t planes = conv->planar ? 1 : conv->in_blocks, outputs = p->oh * p->ow;
    conv->strips_outside = tlee_conv_plane_floats(conv) * planes > MAP_FLOATS_MOST;
    conv->places = pointwise ? outputs : p->oh;
    conv->strip = pointwise ? (conv->strips_outside ? STRIP_PIXELS : outputs) : 1;
    conv->packed_floats = conv->run_count * conv->run_length * conv->out_blocks * conv->block;
}

/* The input's copy, or that of the weights, comes first, then for each thread room for half
 * weights, widened. */
static size_t copy_floats(const struct tlee_conv *conv) {
    size_t planes = conv->planar ? 1 : conv->in_blocks;
    if (conv->scales_weights)
        return conv->packed_floats;
    return conv->copied ? planes * tlee_conv_plane_floats(conv) : 0;
}

size_t tlee_conv_panel_floats(const struct tlee_conv *conv) {
    return conv->run_count * conv->run_length * 2 * conv->block;
}

size_t tlee_conv_gemm_workspace(const struct tlee_conv *conv, unsigned threads) {
    return copy_floats(conv) + (conv->half ? threads * tlee_conv_panel_floats(conv) : 0);
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
        runs[run] =
            plane * tlee_conv_plane_floats(conv) + tap / p->kw * row + tap % p->kw * conv->block;
    }
}

struct call {
    const struct tlee_conv *conv;
    const struct tlee_ops *ops;
    const float *x;      /* as given, or its copy */
    const float *weight; /* packed, the inputs' factors in it or not; NULL: halves */
    const float *residual;
    float *y;
    float *widened; /* the threads' room for half weights, or NULL */
    struct tlee_pieces pieces;
};

/* A part of the outputs. */
struct area {
    size_t begin, end;             /* places */
    size_t panel_begin, panel_end; /* channels */
    float *widened;                /* the thread's room for half weights, or NULL */
};

/* Of a panel, from its run `begin` on. */
static size_t weights_place(const struct tlee_conv *conv, size_t panel, size_t begin) {
    size_t blocks = conv->out_blocks - 2 * panel < 2 ? 1 : 2;
    return panel * tlee_conv_panel_floats(conv) + begin * conv->run_length * blocks * conv->block;
}

/* The strip from place `first` on, of one panel, over the runs begin..end-1. What the runs before
 * have summed up lies in y, and is added last. */
static void run_strip(const struct call *call, const struct area *area, size_t first, size_t panel,
                      size_t begin, size_t end) {
    const struct tlee_conv *conv = call->conv;
    const struct tlee_conv2d *p = &conv->p;
    bool rows = has_rows(conv);
    size_t outputs = p->oh * p->ow, block = conv->block, pixel = pixel_floats(conv);
    size_t left = area->end - first, count = left < conv->strip ? left : conv->strip;
    size_t blocks = conv->out_blocks - 2 * panel < 2 ? 1 : 2;
    size_t place = (2 * panel * outputs + first * (rows ? p->ow : 1)) * block;
    size_t weights = weights_place(conv, panel, begin);
    struct tlee_gemm g = {
        .x = call->x + first * (rows ? p->sh * conv->copy_w : 1) * pixel,
        .x_pixel = rows ? p->sw * pixel : pixel,
        .runs = conv->runs + begin,
        .run_count = end - begin,
        .run_length = conv->run_length,
        .weight = area->widened ? area->widened : call->weight + weights,
        .bias = conv->bias && !begin ? conv->bias + panel * 2 * block : NULL,
        .residual = call->residual ? call->residual + place : NULL,
        .y = call->y + place,
        .y_block = outputs * block,
        .act = end == conv->run_count ? tlee_conv_store_activation(p->act) : TLEE_ACT_NONE,
        .far = panel == area->panel_begin && !rows && !conv->strips_outside,
    };
    if (begin)
        g.residual = g.y;
    /* While a panel serves its strips, the next one comes from memory. */
    if (!conv->strips_outside && blocks == 2 &&
        (end < conv->run_count || panel + 1 < conv->panels)) {
        size_t next = weights + (end - begin) * conv->run_length * blocks * block;
        g.next_half = area->widened;
        g.next = area->widened ? (const void *)(conv->half + next) : call->weight + next;
        g.next_part = (first - area->begin) / conv->strip;
        g.next_parts = (area->end - area->begin + conv->strip - 1) / conv->strip;
    }
    size_t pixels = rows ? count * p->ow : count;
    call->ops->blocked.gemm(&g, pixels, blocks * block);
    for (size_t b = 0; b < blocks && end == conv->run_count; b++)
        tlee_conv_activate(call->ops, p->act, g.y + b * g.y_block, pixels * block);
}

static void widen(const struct call *call, float *widened, size_t panel, size_t begin, size_t end) {
    const struct tlee_conv *conv = call->conv;
    size_t blocks = conv->out_blocks - 2 * panel < 2 ? 1 : 2;
    call->ops->blocked.widen(conv->half + weights_place(conv, panel, begin),
                             conv->scale ? conv->scale + panel * 2 * conv->block : NULL,
                             (end - begin) * conv->run_length, blocks * conv->block, widened);
}

/* All strips of a panel, over as many runs at a time as have weights that stay in the nearest
 * cache. Where a residual is to be added last there is no place to put sums aside. Pieces sum in
 * another order than one pass, so the map decides on them, not the area, which threads change. */
static void run_panel(const struct call *call, const struct area *area, size_t panel) {
    const struct tlee_conv *conv = call->conv;
    size_t runs = NEAR_FLOATS_MOST / (conv->run_length * 2 * conv->block) + 1;
    if (call->residual || conv->places <= conv->strip || runs > conv->run_count)
        runs = conv->run_count;
    for (size_t begin = 0; begin < conv->run_count; begin += runs) {
        size_t end = conv->run_count - begin < runs ? conv->run_count : begin + runs;
        if (area->widened)
            widen(call, area->widened, panel, begin, end);
        for (size_t first = area->begin; first < area->end; first += conv->strip)
            run_strip(call, area, first, panel, begin, end);
    }
}

static void run_area(const struct call *call, const struct area *area) {
    const struct tlee_conv *conv = call->conv;
    if (!conv->strips_outside) {
        for (size_t panel = area->panel_begin; panel < area->panel_end; panel++)
            run_panel(call, area, panel);
        return;
    }
    for (size_t first = area->begin; first < area->end; first += conv->strip)
        for (size_t panel = area->panel_begin; panel < area->panel_end; panel++)
            run_strip(call, area, first, panel, 0, conv->run_count);
}

static void run_task(struct call *call, struct area area) {
    if (!call->widened) {
        run_area(call, &area);
        return;
    }
    unsigned piece = tlee_pieces_take(&call->pieces);
    area.widened = call->widened + piece * tlee_conv_panel_floats(call->conv);
    run_area(call, &area);
    tlee_pieces_give(&call->pieces, piece);
}

static void places_task(void *context, size_t begin, size_t end) {
    struct call *call = context;
    run_task(call, (struct area){begin, end, 0, call->conv->panels, NULL});
}

static void panels_task(void *context, size_t begin, size_t end) {
    struct call *call = context;
    run_task(call, (struct area){0, call->conv->places, begin, end, NULL});
}

/*
 * Places to hand out at a time; 0: panels are handed out instead. Maps that stay with the thread
 * that made their places need not travel between cores, but then each thread reads all weights,
 * which must not take longer than the products.
 */
static size_t places_grain(const struct tlee_conv *conv, unsigned threads) {
    bool rows = has_rows(conv), light = conv->packed_floats <= LIGHT_FLOATS_MOST;
    if (conv->p.oh * conv->p.ow / threads < SHARE_PIXELS_LEAST ||
        (rows && (!light || conv->places < 4 * threads)))
        return 0;
    return tlee_share_of(conv->places, light ? 2 * threads : threads);
}

void tlee_conv_gemm_run(const struct tlee_machine *machine, const struct tlee_conv *conv,
                        const float *x, const float *x_scale, const float *residual,
                        float *workspace, float *y) {
    unsigned threads = machine->thread_count;
    struct call call;
    call.conv = conv;
    call.ops = machine->ops;
    call.x = conv->copied ? workspace : x;
    call.weight = conv->scales_weights ? workspace : conv->weight;
    call.residual = residual;
    call.y = y;
    call.widened = conv->half ? workspace + copy_floats(conv) : NULL;
    tlee_pieces_init(&call.pieces, threads);
    if (conv->copied)
        tlee_conv_copy_input(machine, conv, x, x_scale, workspace);
    if (conv->scales_weights)
        tlee_conv_scale_weights(machine, conv, x_scale, workspace);
    size_t grain = places_grain(conv, threads);
    if (grain)
        tlee_threads_run(machine->threads, conv->places, grain, places_task, &call);
    else
        tlee_threads_run(machine->threads, conv->panels, tlee_share_of(conv->panels, 2 * threads),
                         panels_task, &call);
}
