/* SPDX-License-Identifier: MIT */
/*
 * 3x3 convolution in the transform domain, a group of tiles at a time: all inputs of the group are
 * transformed; then for each panel of output channels come the products of all frequencies and
 * their transform back. With weights that stay in a cache each thread takes groups of its own.
 * Larger ones are read once, for all tiles: then the threads share the group, and its panels.
 */
#include "conv.h"

#include "pieces.h"

enum {
    GROUP_FLOATS_MOST = 256 * 1024,  /* transformed inputs of a group: they stay in a cache */
    LIGHT_FLOATS_MOST = 256 * 1024,  /* weights that stay in one */
    WEIGHT_FLOATS_MOST = 640 * 1024, /* weights that each thread may read for itself */
    GROUP_TILES_LEAST = 12           /* fewer would leave most of the registers idle */
};

static size_t frequencies(const struct tlee_conv *conv) {
    size_t n = tlee_winograd_n(conv->size);
    return n * n;
}

void tlee_conv_winograd_lay_out(struct tlee_conv *conv, enum tlee_winograd_size size) {
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
    conv->packed_floats = tile_floats * conv->out_blocks * conv->block;
}

/* Transformed inputs of a group, and the products of one of its panels. */
static size_t input_floats(const struct tlee_conv *conv) {
    return conv->group * frequencies(conv) * conv->in_blocks * conv->block;
}

static size_t product_floats(const struct tlee_conv *conv) {
    return conv->group * frequencies(conv) * 2 * conv->block;
}

/* Groups that the threads take whole; 0: they share each group. The sums are the same either way.
 * With light weights there are two groups a thread, so that one which is held up can be helped. */
static size_t own_groups(const struct tlee_conv *conv, unsigned threads) {
    size_t groups = (conv->tile_count + conv->group - 1) / conv->group;
    size_t wanted = (conv->packed_floats <= LIGHT_FLOATS_MOST ? 2 : 1) * (size_t)threads;
    if (threads > 1 && groups < wanted)
        groups = wanted;
    if (threads > 1 &&
        (conv->packed_floats > WEIGHT_FLOATS_MOST || conv->tile_count / groups < GROUP_TILES_LEAST))
        return 0;
    return groups;
}

size_t tlee_conv_winograd_workspace(const struct tlee_conv *conv, unsigned threads) {
    if (own_groups(conv, threads))
        return threads * (input_floats(conv) + product_floats(conv));
    return input_floats(conv) + threads * product_floats(conv);
}

struct call {
    const struct tlee_conv *conv;
    const struct tlee_blocked *kernels;
    const float *x, *residual;
    float *y;
    size_t groups; /* that threads take whole */
    float *workspace;
    unsigned threads;
    struct tlee_pieces pieces; /* of the workspace */
};

struct group {
    size_t begin, end; /* tiles */
    float *inputs;     /* transformed: [frequency][block of channels][tile] */
    float *products;   /* [frequency][block of the panel][tile] */
};

/* Transforms tiles begin..end-1 of the group, counted within it. */
static void transform(const struct call *call, const struct group *group, size_t begin,
                      size_t end) {
    const struct tlee_conv *conv = call->conv;
    size_t plane = conv->p.h * conv->p.w * conv->block, tiles = conv->group * conv->block;
    for (size_t b = 0; b < conv->in_blocks; b++)
        call->kernels->winograd_input[conv->size](
            &conv->tiles, call->x + b * plane, group->begin + begin, group->begin + end,
            group->inputs + b * tiles + begin * conv->block, conv->in_blocks * tiles);
}

/* The products of a panel of `blocks` blocks, the first of the chunk or not; another may follow. */
static void multiply(const struct call *call, const struct group *group, size_t panel,
                     size_t blocks, bool first, bool follows) {
    const struct tlee_conv *conv = call->conv;
    size_t tiles = conv->group * conv->block, inputs = conv->in_blocks * conv->block;
    size_t channels = blocks * conv->block;
    const float *weight = conv->weight + panel * frequencies(conv) * inputs * 2 * conv->block;
    for (size_t f = 0; f < frequencies(conv); f++) {
        struct tlee_gemm g = {
            .x = group->inputs + f * conv->in_blocks * tiles,
            .x_pixel = conv->block,
            .runs = conv->runs,
            .run_count = conv->run_count,
            .run_length = conv->run_length,
            .weight = weight + f * inputs * channels,
            .y = group->products + f * 2 * tiles,
            .y_block = tiles,
            .next_parts = 1,
            .far = first && !call->groups, /* other threads have transformed a part */
        };
        if (f + 1 < frequencies(conv) || follows)
            g.next = g.weight + inputs * channels;
        call->kernels->gemm(&g, group->end - group->begin, channels);
    }
}

/* The products of a panel to outputs. */
static void transform_back(const struct call *call, const struct group *group, size_t panel,
                           size_t blocks) {
    const struct tlee_conv *conv = call->conv;
    size_t tiles = conv->group * conv->block, plane = conv->p.oh * conv->p.ow * conv->block;
    for (size_t i = 0; i < blocks; i++) {
        size_t b = 2 * panel + i;
        call->kernels->winograd_output[conv->size](
            &conv->tiles, group->products + i * tiles, 2 * tiles, group->begin, group->end,
            conv->bias ? conv->bias + b * conv->block : NULL,
            call->residual ? call->residual + b * plane : NULL, conv->p.act, call->y + b * plane);
    }
}

static void run_panels(const struct call *call, const struct group *group, size_t begin,
                       size_t end) {
    const struct tlee_conv *conv = call->conv;
    for (size_t panel = begin; panel < end; panel++) {
        size_t blocks = conv->out_blocks - 2 * panel < 2 ? 1 : 2;
        bool follows = panel + 1 < end && conv->out_blocks - 2 * panel >= 4;
        multiply(call, group, panel, blocks, panel == begin, follows);
        transform_back(call, group, panel, blocks);
    }
}

/* Whole groups. */
static void group_task(void *context, size_t begin, size_t end) {
    struct call *call = context;
    const struct tlee_conv *conv = call->conv;
    unsigned piece = tlee_pieces_take(&call->pieces);
    float *place = call->workspace + piece * (input_floats(conv) + product_floats(conv));
    for (size_t i = begin; i < end; i++) {
        struct group group = {.begin = conv->tile_count * i / call->groups,
                              .end = conv->tile_count * (i + 1) / call->groups,
                              .inputs = place,
                              .products = place + input_floats(conv)};
        transform(call, &group, 0, group.end - group.begin);
        run_panels(call, &group, 0, conv->panels);
    }
    tlee_pieces_give(&call->pieces, piece);
}

/* A group that all threads work on, and the call that it belongs to. */
struct shared_group {
    struct call *call;
    struct group group;
};

static void transform_task(void *context, size_t begin, size_t end) {
    const struct shared_group *shared = context;
    transform(shared->call, &shared->group, begin, end);
}

static void panel_task(void *context, size_t begin, size_t end) {
    const struct shared_group *shared = context;
    struct group group = shared->group;
    unsigned piece = tlee_pieces_take(&shared->call->pieces);
    group.products += piece * product_floats(shared->call->conv);
    run_panels(shared->call, &group, begin, end);
    tlee_pieces_give(&shared->call->pieces, piece);
}

void tlee_conv_winograd_run(const struct tlee_machine *machine, const struct tlee_conv *conv,
                            const float *x, const float *residual, float *workspace, float *y) {
    struct call call = {
        .conv = conv,
        .kernels = &machine->ops->blocked,
        .x = x,
        .residual = residual,
        .y = y,
        .groups = own_groups(conv, machine->thread_count),
        .workspace = workspace,
        .threads = machine->thread_count,
    };
    tlee_pieces_init(&call.pieces, call.threads);
    if (call.groups) {
        tlee_threads_run(machine->threads, call.groups, 1, group_task, &call);
        return;
    }
    size_t panels = (conv->panels + 2 * call.threads - 1) / (2 * call.threads);
    struct shared_group shared = {&call, {.inputs = workspace}};
    shared.group.products = workspace + input_floats(conv);
    for (size_t begin = 0; begin < conv->tile_count; begin += conv->group) {
        size_t left = conv->tile_count - begin;
        shared.group.begin = begin;
        shared.group.end = begin + (left < conv->group ? left : conv->group);
        size_t count = shared.group.end - begin;
        tlee_threads_run(machine->threads, count, count / call.threads + 1, transform_task,
                         &shared);
        tlee_threads_run(machine->threads, conv->panels, panels, panel_task, &shared);
    }
}
