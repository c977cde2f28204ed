/* SPDX-License-Identifier: MIT */
/*
 * Depthwise convolution, a band of rows of two blocks of channels at a time. The band's inputs are
 * put into a piece of workspace with a border of zeros: copied there, or, where a 1x1 convolution
 * comes before, made there by it, so that the widest maps of an inverted residual never go to
 * memory. What bands share at their edges is made twice.
 */
#include "conv.h"
#include "pieces.h"

#include <string.h>

enum {
    BAND_FLOATS_MOST = 64 * 1024, /* of inputs, which stay in a level-2 cache */
    NARROW = 12                   /* maps whose rows alone would leave most of a tile idle */
};

/* Rows of input that so many rows of output need. */
static size_t input_rows(const struct tlee_conv2d *p, size_t rows) {
    return (rows - 1) * p->sh + p->kh;
}

void tlee_conv_depthwise_lay_out(struct tlee_conv *conv) {
    const struct tlee_conv2d *p = &conv->p;
    conv->method = TLEE_CONV_DEPTHWISE;
    conv->copied = true;
    conv->copy_h = p->h + 2 * p->ph;
    conv->copy_w = p->w + 2 * p->pw;
    conv->run_count = 0;
    conv->run_length = 0;
    conv->places = p->oh;
    size_t row = conv->copy_w * 2 * conv->block, rows = BAND_FLOATS_MOST / row;
    size_t most = rows > p->kh ? (rows - p->kh) / p->sh + 1 : 1;
    conv->strip = tlee_share_of(p->oh, tlee_share_of(p->oh, most));
    conv->packed_floats = conv->out_blocks * conv->block * p->kh * p->kw;
}

/* A band's inputs with their border. */
static size_t band_floats(const struct tlee_conv *conv) {
    return input_rows(&conv->p, conv->strip) * conv->copy_w * 2 * conv->block;
}

/* A thread's room: a band's inputs with their border and, where needed, without it, and weights
 * that were widened from half floats. */
static size_t piece_floats(const struct tlee_conv *conv) {
    const struct tlee_conv *expand = conv->expand;
    return band_floats(conv) * (conv->p.w < NARROW ? 2 : 1) +
           (expand && expand->half ? tlee_conv_panel_floats(expand) : 0);
}

size_t tlee_conv_depthwise_workspace(const struct tlee_conv *conv, unsigned threads) {
    return threads * piece_floats(conv);
}

struct call {
    const struct tlee_conv *conv;
    const struct tlee_ops *ops;
    const float *x;
    float *y;
    float *workspace; /* in pieces */
    struct tlee_pieces pieces;
};

/* Inputs of two blocks, or the last one: rows `first` to first + rows - 1 of the map with its
 * border. */
struct band {
    size_t first, rows;
    size_t panel, blocks;
    float *inputs;  /* [block][row][pixel] */
    float *dense;   /* the same without the border */
    float *widened; /* the weights that make them, where these are kept as half floats */
};

/* Rows of the map itself in the band. */
static size_t map_begin(const struct tlee_conv2d *p, const struct band *band) {
    return band->first > p->ph ? band->first - p->ph : 0;
}

static size_t map_end(const struct tlee_conv2d *p, const struct band *band) {
    size_t end = band->first + band->rows;
    return end <= p->ph ? 0 : end - p->ph < p->h ? end - p->ph : p->h;
}

/* The 1x1 convolution's outputs for rows begin..end-1 of the map, y_block floats from block to
 * block; `part` of `parts` of the band. */
static void expand_rows(const struct call *call, const struct band *band, size_t begin, size_t end,
                        float *y, size_t y_block, size_t part, size_t parts) {
    const struct tlee_conv *expand = call->conv->expand;
    size_t block = expand->block, row = expand->p.w * block, pixels = (end - begin) * expand->p.w;
    size_t place = band->panel * tlee_conv_panel_floats(expand);
    struct tlee_gemm g = {
        .x = call->x + begin * row,
        .x_pixel = block,
        .runs = expand->runs,
        .run_count = expand->run_count,
        .run_length = expand->run_length,
        .weight = expand->half ? band->widened : expand->weight + place,
        .bias = expand->bias ? expand->bias + band->panel * 2 * block : NULL,
        .y = y,
        .y_block = y_block,
        .act = tlee_conv_store_activation(expand->p.act),
    };
    if (call->conv->strip == call->conv->places && 2 * (band->panel + 2) <= expand->out_blocks) {
        place += tlee_conv_panel_floats(expand);
        g.next_half = expand->half;
        g.next = expand->half ? (const void *)(expand->half + place) : expand->weight + place;
        g.next_part = part;
        g.next_parts = parts;
    }
    call->ops->blocked.gemm(&g, pixels, band->blocks * block);
    for (size_t b = 0; b < band->blocks; b++)
        tlee_conv_activate(call->ops, expand->p.act, y + b * y_block, pixels * block);
}

/* Rows of the map as the 1x1 convolution before leaves them, or as they are. */
static void fill_rows(const struct call *call, const struct band *band) {
    const struct tlee_conv *conv = call->conv;
    const struct tlee_conv2d *p = &conv->p;
    size_t begin = map_begin(p, band), end = map_end(p, band), count = end - begin;
    size_t row = p->w * conv->block, plane = p->h * row, bordered = conv->copy_w * conv->block;
    const float *from = call->x + band->panel * 2 * plane + begin * row;
    float *to = band->inputs + (begin + p->ph - band->first) * bordered + p->pw * conv->block;
    if (conv->expand && p->w >= NARROW) {
        for (size_t i = 0; i < count; i++)
            expand_rows(call, band, begin + i, begin + i + 1, to + i * bordered,
                        band->rows * bordered, i, count);
        return;
    }
    if (conv->expand) {
        from = band->dense;
        plane = count * row;
        expand_rows(call, band, begin, end, band->dense, plane, 0, 1);
    }
    for (size_t b = 0; b < band->blocks; b++)
        for (size_t i = 0; i < count; i++)
            memcpy(to + (b * band->rows + i) * bordered, from + b * plane + i * row,
                   row * sizeof *to);
}

static void fill_border(const struct call *call, const struct band *band) {
    const struct tlee_conv *conv = call->conv;
    const struct tlee_conv2d *p = &conv->p;
    size_t row = conv->copy_w * conv->block, side = p->pw * conv->block;
    size_t begin = map_begin(p, band), end = map_end(p, band);
    for (size_t i = 0; i < band->blocks * band->rows; i++) {
        size_t place = band->first + i % band->rows;
        float *at = band->inputs + i * row;
        if (place < begin + p->ph || place >= end + p->ph) {
            memset(at, 0, row * sizeof *at);
        } else {
            memset(at, 0, side * sizeof *at);
            memset(at + row - side, 0, side * sizeof *at);
        }
    }
}

static void widen(const struct call *call, const struct band *band) {
    const struct tlee_conv *expand = call->conv->expand;
    const float *scale = expand->scale;
    call->ops->blocked.widen(expand->half + band->panel * tlee_conv_panel_floats(expand),
                             scale ? scale + band->panel * 2 * expand->block : NULL,
                             expand->run_count * expand->run_length, band->blocks * expand->block,
                             band->widened);
}

/* Output rows of a band, of two blocks or the last one. */
static void run_band(const struct call *call, size_t index, float *workspace) {
    const struct tlee_conv *conv = call->conv;
    const struct tlee_conv2d *p = &conv->p;
    size_t first = index / conv->panels * conv->strip, left = p->oh - first;
    size_t rows = left < conv->strip ? left : conv->strip, block = conv->block;
    struct band band = {.first = first * p->sh,
                        .rows = input_rows(p, rows),
                        .panel = index % conv->panels,
                        .inputs = workspace,
                        .dense = workspace + band_floats(conv)};
    band.widened = band.dense + (p->w < NARROW ? band_floats(conv) : 0);
    band.blocks = conv->out_blocks - 2 * band.panel < 2 ? 1 : 2;
    if (conv->expand && conv->expand->half)
        widen(call, &band);
    fill_border(call, &band);
    fill_rows(call, &band);
    for (size_t i = 0; i < band.blocks; i++) {
        size_t b = 2 * band.panel + i;
        float *y = call->y + (b * p->oh + first) * p->ow * block;
        struct tlee_depthwise d = {
            .x = band.inputs + i * band.rows * conv->copy_w * block,
            .x_row = conv->copy_w * block,
            .kernel = p->kh,
            .stride = p->sh,
            .weight = conv->weight + b * p->kh * p->kw * block,
            .bias = conv->bias ? conv->bias + b * block : NULL,
            .y = y,
            .y_row = p->ow * block,
            .act = tlee_conv_store_activation(p->act),
        };
        call->ops->blocked.depthwise(&d, rows, p->ow);
        tlee_conv_activate(call->ops, p->act, y, rows * p->ow * block);
    }
}

static void bands_task(void *context, size_t begin, size_t end) {
    struct call *call = context;
    unsigned piece = tlee_pieces_take(&call->pieces);
    for (size_t i = begin; i < end; i++)
        run_band(call, i, call->workspace + piece * piece_floats(call->conv));
    tlee_pieces_give(&call->pieces, piece);
}

void tlee_conv_depthwise_run(const struct tlee_machine *machine, const struct tlee_conv *conv,
                             const float *x, float *workspace, float *y) {
    struct call call = {.conv = conv, .ops = machine->ops, .x = x, .y = y, .workspace = workspace};
    size_t units = tlee_share_of(conv->places, conv->strip) * conv->panels;
    tlee_pieces_init(&call.pieces, machine->thread_count);
    tlee_threads_run(machine->threads, units, 1, bands_task, &call);
}
