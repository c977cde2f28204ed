/* SPDX-License-Identifier: MIT */
#include "conv_case.h"

#include "half.h"
#include "layout.h"
#include "memory.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME = 61, /* canaries on each side: an odd number, so that nothing is aligned */
    MESSAGE_BYTES = 200
};

static const float canary = 1234.5f;
static const unsigned pool_threads[CONV_POOLS] = {1, 2, 3, 8};

/* Errors of an output of uniform data, against the root of the number of its products, which is
 * what such sums grow with. Rounding is magnified by the transforms (the constants of
 * winograd.h); these are some four times what the cases show. */
static const double winograd_bound[TLEE_WINOGRAD_SIZES] = {1e-5, 5e-5, 1e-4};

bool conv_open_pools(struct tlee_threads *pools[CONV_POOLS]) {
    struct tlee_allocator allocator = tlee_allocator_or_default(NULL);
    bool opened = true;
    for (size_t i = 0; i < CONV_POOLS; i++) {
        /* A worker that sleeps between runs comes too late for small ones. */
        bool spin = pool_threads[i] <= 2;
        enum tlee_status status =
            tlee_threads_create(pool_threads[i], spin, &allocator, &pools[i], NULL);
        opened &=
            CHECK(status == TLEE_OK, "%u threads: %s", pool_threads[i], tlee_status_name(status));
    }
    return opened;
}

void conv_close_pools(struct tlee_threads *pools[CONV_POOLS]) {
    for (size_t i = 0; i < CONV_POOLS; i++)
        tlee_threads_free(pools[i]);
}

/* `count` floats of NaN between canaries. */
static float *framed(size_t count) {
    float *memory = malloc((count + 2 * FRAME) * sizeof *memory);
    if (!memory) {
        perror("malloc");
        exit(1);
    }
    for (size_t i = 0; i < count + 2 * FRAME; i++)
        memory[i] = i < FRAME || i >= count + FRAME ? canary : NAN;
    return memory + FRAME;
}

static bool is_intact(const float *inside, size_t count) {
    for (size_t i = 0; i < FRAME; i++)
        if (inside[count + i] != canary || *(inside - 1 - i) != canary)
            return false;
    return true;
}

static void release(float *inside) {
    if (inside)
        free(inside - FRAME);
}

static float *filled(struct kernels_random *random, enum kernels_data data, size_t count) {
    float *values = framed(count);
    kernels_fill(random, data, values, count);
    return values;
}

/* Weights that half floats can stand for. */
static void fill_expansion(struct conv_case *it, struct kernels_random *random,
                           enum kernels_data data) {
    size_t c = it->expand.c, oc = it->expand.oc;
    it->expand_weight = framed(oc * c);
    it->expand_scale = framed(oc);
    it->expand_half = framed(oc * c / 2 + 1);
    uint16_t *halves = (void *)it->expand_half;
    kernels_fill_halves(random, data, halves, oc * c);
    for (size_t o = 0; o < oc; o++) {
        it->expand_scale[o] = (float)(1 + o % 2);
        for (size_t i = o * c; i < (o + 1) * c; i++)
            it->expand_weight[i] = tlee_half_to_float(halves[i]) * it->expand_scale[o];
    }
}

void conv_case_fill(struct conv_case *it, struct kernels_random *random, enum kernels_data data) {
    const struct tlee_conv2d *p = &it->p;
    const struct tlee_conv2d *first = it->expand.oc ? &it->expand : p;
    size_t outputs = p->oc * p->oh * p->ow, inputs = p->c * p->h * p->w;
    it->x = filled(random, data, first->c * first->h * first->w);
    it->weight = filled(random, data, p->oc * (p->c / p->groups) * p->kh * p->kw);
    it->bias = it->biased ? filled(random, data, p->oc) : NULL;
    it->x_scale = it->scales_x ? filled(random, data, p->c) : NULL;
    it->residual_map = it->residual ? filled(random, data, outputs) : NULL;
    it->want = framed(outputs);
    float *input = framed(inputs);
    memcpy(input, it->x, (it->expand.oc ? 0 : inputs) * sizeof *input);
    if (it->expand.oc) {
        fill_expansion(it, random, data);
        it->expand_bias = filled(random, data, first->oc);
        tlee_conv2d_f32_c(first, it->x, it->expand_weight, it->expand_bias, NULL, input, 0,
                          first->oc);
    }
    if (it->scales_x)
        tlee_scale_channels_f32_c(input, it->x_scale, p->h * p->w, 1, input, 0, p->c);
    tlee_conv2d_f32_c(p, input, it->weight, it->bias, it->residual_map, it->want, 0, p->oc);
    release(input);
}

void conv_case_free(struct conv_case *it) {
    release(it->x);
    release(it->weight);
    release(it->bias);
    release(it->x_scale);
    release(it->residual_map);
    release(it->expand_weight);
    release(it->expand_bias);
    release(it->expand_scale);
    release(it->expand_half);
    release(it->want);
}

/* What a run gets. */
struct operands {
    float *x, *weight, *bias, *x_scale, *residual;
    uint16_t *half_source, *half; /* in place of the weights */
    size_t *runs;
    struct tlee_conv expand;
    float *expand_weight, *expand_bias, *expand_scale;
    size_t *expand_runs;
    size_t outputs; /* with padding */
};

static float *in_blocks(const float *map, size_t c, size_t hw, size_t block) {
    float *blocks = framed(tlee_padded_channels(c, block) * hw);
    tlee_to_blocks(map, c, hw, block, blocks);
    return blocks;
}

static size_t *runs_of(const struct tlee_conv *conv) {
    size_t *runs = malloc((conv->run_count + 1) * sizeof *runs);
    if (!runs) {
        perror("malloc");
        exit(1);
    }
    tlee_conv_runs(conv, runs);
    return runs;
}

/* The convolution before, which conv is to compute as well. */
static void prepare_expansion(const struct conv_case *it, const struct tlee_blocked *kernels,
                              struct tlee_conv *conv, struct operands *with) {
    struct tlee_conv *expand = &with->expand;
    CHECK(tlee_conv_choose(&it->expand, kernels, false, TLEE_CONV_BY_GEMM, expand) &&
              tlee_conv_can_expand(conv, expand),
          "%zu channels to %zu are not expanded to", it->expand.c, it->expand.oc);
    expand->runs = with->expand_runs = runs_of(expand);
    with->expand_weight = framed(expand->packed_floats);
    expand->bias = with->expand_bias = in_blocks(it->expand_bias, it->expand.oc, 1, expand->block);
    if (tlee_conv_keeps_half(expand)) {
        with->expand_scale = in_blocks(it->expand_scale, it->expand.oc, 1, expand->block);
        expand->half = (void *)with->expand_weight;
        expand->scale = with->expand_scale;
        tlee_conv_pack_half(expand, (void *)it->expand_half, NULL, (void *)with->expand_weight);
    } else {
        expand->weight = with->expand_weight;
        tlee_conv_pack(expand, it->expand_weight, NULL, with->expand_weight);
    }
    conv->expand = expand;
}

static void prepare(const struct conv_case *it, struct tlee_conv *conv, struct operands *with) {
    const struct tlee_conv2d *p = &it->p;
    const struct tlee_conv2d *first = it->expand.oc ? &it->expand : p;
    size_t hw = p->oh * p->ow;
    *with = (struct operands){.outputs = conv->out_blocks * conv->block * hw};
    with->x = in_blocks(it->x, first->c, first->h * first->w, it->planar ? 1 : conv->block);
    with->x_scale = it->x_scale;
    with->bias = it->bias ? in_blocks(it->bias, p->oc, 1, conv->block) : NULL;
    with->residual = it->residual_map ? in_blocks(it->residual_map, p->oc, hw, conv->block) : NULL;
    with->weight = framed(conv->packed_floats);
    conv->runs = with->runs = runs_of(conv);
    conv->weight = with->weight;
    conv->bias = with->bias;
}

static void release_operands(struct operands *with) {
    release(with->x);
    release(with->weight);
    release(with->bias);
    release(with->residual);
    release(with->expand_weight);
    release(with->expand_bias);
    release(with->expand_scale);
    free(with->runs);
    free(with->expand_runs);
}

/* A new y; empty the message unless something outside was touched. */
static float *run(const struct conv_case *it, const struct tlee_conv *conv,
                  const struct tlee_machine *machine, const struct operands *with, char *message) {
    size_t floats = tlee_conv_workspace(conv, machine->thread_count);
    float *workspace = framed(floats), *y = framed(with->outputs);
    const float *residual = with->residual;
    if (it->residual == CONV_RESIDUAL_IS_Y) {
        memcpy(y, residual, with->outputs * sizeof *y);
        residual = y;
    }
    if (conv->half)
        tlee_conv_pack_half(conv, with->half_source, machine->threads, with->half);
    else
        tlee_conv_pack(conv, it->weight, machine->threads, with->weight);
    tlee_conv_run(machine, conv, with->x, with->x_scale, residual, workspace, y);
    if (!is_intact(with->weight, conv->packed_floats) ||
        (conv->half && !is_intact((void *)with->half, conv->packed_floats / 2)))
        snprintf(message, MESSAGE_BYTES, "packing wrote beyond the weights");
    else if (!is_intact(workspace, floats))
        snprintf(message, MESSAGE_BYTES, "wrote outside the workspace of %zu floats", floats);
    else if (!is_intact(y, with->outputs))
        snprintf(message, MESSAGE_BYTES, "wrote outside y");
    release(workspace);
    return y;
}

/* Outputs against the C row's; channels of padding must be zeros, as the next op takes them. */
static void compare(const struct conv_case *it, const struct tlee_conv *conv, const float *y,
                    struct conv_met *met, char *message) {
    const struct tlee_conv2d *p = &it->p;
    size_t hw = p->oh * p->ow, block = conv->block;
    bool transformed = conv->method == TLEE_CONV_WINOGRAD;
    double root = sqrt((double)(9 * p->c + 2)), bound = it->fractions ? 1e-5 : 0;
    if (transformed)
        bound = winograd_bound[conv->size];
    for (size_t i = 0; i < conv->out_blocks * block * hw; i++) {
        size_t o = i / block / hw * block + i % block, place = i / block % hw;
        double want = o < p->oc ? (double)it->want[o * hw + place] : 0.0;
        double off = fabs((double)y[i] - want) / root;
        if (!(off <= (o < p->oc ? bound : 0.0))) {
            snprintf(message, MESSAGE_BYTES, "channel %zu at %zu, %zu is %.9g, not %.9g", o,
                     place / p->ow, place % p->ow, (double)y[i], want);
            return;
        }
        if (transformed && off > met->worst[conv->size])
            met->worst[conv->size] = off;
    }
}

static void note(const struct tlee_conv *conv, struct conv_met *met) {
    met->cases++;
    if (conv->method == TLEE_CONV_DEPTHWISE) {
        met->depthwise++;
        met->bands += conv->strip < conv->places;
        met->expanded += conv->expand != NULL;
        met->expanded_half += conv->expand && conv->expand->half;
        return;
    }
    if (conv->method == TLEE_CONV_WINOGRAD) {
        size_t alone = tlee_conv_workspace(conv, 1);
        /* Threads with groups of their own have all of the workspace for themselves. */
        bool own = tlee_conv_workspace(conv, 3) == 3 * alone;
        met->own_groups += own;
        met->shared_groups += !own;
        met->many_groups += !own && conv->group < conv->tile_count;
        return;
    }
    met->scaled += conv->scales_x;
    met->scaled_weights += conv->scales_weights;
    met->copied += conv->copied;
    met->uncopied += !conv->copied;
    met->strips_outside += conv->strips_outside;
    met->whole_strips += !conv->strips_outside;
}

static void say(const struct conv_case *it, const struct tlee_conv *conv, unsigned level,
                unsigned threads, const char *message) {
    static const char *const residuals[] = {"no residual", "a residual", "y as residual"};
    const struct tlee_conv2d *p = &it->p;
    char method[32] = "GEMM";
    if (conv->method == TLEE_CONV_WINOGRAD)
        snprintf(method, sizeof method, "F%zu", tlee_winograd_m(conv->size));
    if (conv->method == TLEE_CONV_DEPTHWISE)
        snprintf(method, sizeof method, "depthwise, from %zu", it->expand.c);
    CHECK(!*message,
          "%s, %s, %u threads: %zu x %zu x %zu%s -> %zu x %zu x %zu, window %zu x %zu, stride %zu "
          "x %zu, pad %zu x %zu, activation %d, %s, %s: %s",
          tlee_cpu_name(level), method, threads, p->c, p->h, p->w, it->planar ? " (plain)" : "",
          p->oc, p->oh, p->ow, p->kh, p->kw, p->sh, p->sw, p->ph, p->pw, (int)p->act,
          it->biased ? "bias" : "no bias", residuals[it->residual], message);
}

void conv_case_check(const struct conv_case *it, const struct tlee_conv *conv, unsigned level,
                     struct tlee_threads *const pools[CONV_POOLS], struct conv_met *met) {
    struct tlee_ops ops;
    struct tlee_conv ready = *conv;
    struct operands with;
    float *first = NULL;
    tlee_ops_init(&ops, level);
    prepare(it, &ready, &with);
    if (it->expand.oc)
        prepare_expansion(it, &ops.blocked, &ready, &with);
    note(&ready, met);
    for (size_t i = 0; i < CONV_POOLS; i++) {
        struct tlee_machine machine = {&ops, pools[i], pool_threads[i]};
        char message[MESSAGE_BYTES] = "";
        float *y = run(it, &ready, &machine, &with, message);
        if (!first)
            compare(it, &ready, y, met, message);
        else if (memcmp(y, first, with.outputs * sizeof *y) != 0)
            snprintf(message, sizeof message, "other bits than with one thread");
        say(it, &ready, level, pool_threads[i], message);
        if (first)
            release(y);
        else
            first = y;
    }
    release(first);
    release_operands(&with);
}

/* Halves in with, and their products with the scale as the case's weights. */
static void fill_halves(struct conv_case *it, const struct tlee_conv *conv,
                        struct kernels_random *random, const float *scale, struct operands *with) {
    size_t row = it->p.c * it->p.kh * it->p.kw, count = it->p.oc * row;
    with->half = (void *)framed(conv->packed_floats / 2);
    with->half_source = (void *)framed(count / 2 + 1);
    it->weight = framed(count);
    kernels_fill_halves(random, KERNELS_UNIFORM, with->half_source, count);
    /* No denormals: emulators may flush those of halves too, processors do not (kernels_widen.c).
     */
    for (size_t i = 0; i < count; i++)
        with->half_source[i] |= with->half_source[i] & 0x7c00 ? 0 : 0x0400;
    for (size_t i = 0; i < count; i++)
        it->weight[i] = tlee_half_to_float(with->half_source[i]) * (scale ? scale[i / row] : 1.0F);
}

void conv_case_check_half(const struct conv_case *given, const struct tlee_conv *conv,
                          unsigned level, struct kernels_random *random,
                          struct tlee_threads *const pools[CONV_POOLS], struct conv_met *met) {
    struct tlee_ops ops;
    struct conv_case it = *given;
    struct tlee_conv wide = *conv;
    struct operands with;
    char message[MESSAGE_BYTES] = "";
    size_t channels = conv->out_blocks * conv->block;
    float *scale = kernels_below(random, 4) ? filled(random, KERNELS_UNIFORM, channels) : NULL;
    tlee_ops_init(&ops, level);
    prepare(&it, &wide, &with);
    fill_halves(&it, conv, random, scale, &with);
    met->half_copied += conv->copied;
    met->half_uncopied += !conv->copied;
    struct tlee_conv half = wide;
    half.half = with.half;
    half.scale = scale;
    half.weight = NULL;
    float *want = run(&it, &wide, &(struct tlee_machine){&ops, NULL, 1}, &with, message);
    for (size_t i = 0; i < CONV_POOLS; i++) {
        struct tlee_machine machine = {&ops, pools[i], pool_threads[i]};
        float *y = run(&it, &half, &machine, &with, message);
        if (!*message && memcmp(y, want, with.outputs * sizeof *y) != 0)
            snprintf(message, sizeof message, "other bits with half weights");
        say(&it, conv, level, pool_threads[i], message);
        release(y);
    }
    release(want);
    release(scale);
    release(it.weight);
    release((void *)with.half);
    release((void *)with.half_source);
    release_operands(&with);
}
