/* SPDX-License-Identifier: MIT */
/* Convolutions, made ready for the kernels in use. */
#include "layer_weights.h"
#include "memory.h"
#include "tuning.h"

#include <assert.h>
#include <string.h>

/* A value of the same shape. */
static tlee_value_id alike(struct tlee_builder *builder, tlee_value_id value) {
    struct tlee_shape shape = tlee_build_shape(builder, value);
    return tlee_build_value(builder, shape.c, shape.h, shape.w, false);
}

/* The numbers of p that come from the unit and its input. */
static struct tlee_conv2d shape_of(struct tlee_builder *builder, tlee_value_id x,
                                   const struct tlee_conv_unit *unit) {
    struct tlee_shape in = tlee_build_shape(builder, x);
    size_t kernel = unit->kernel, groups = unit->groups ? unit->groups : 1;
    struct tlee_conv2d p = {.c = in.c,
                            .h = in.h,
                            .w = in.w,
                            .oc = unit->oc,
                            .oh = tlee_build_windows(in.h, kernel, unit->stride, unit->pad),
                            .ow = tlee_build_windows(in.w, kernel, unit->stride, unit->pad),
                            .kh = kernel,
                            .kw = kernel,
                            .sh = unit->stride,
                            .sw = unit->stride,
                            .ph = unit->pad,
                            .pw = unit->pad,
                            .groups = groups,
                            .act = builder->options.fold ? unit->act : TLEE_ACT_NONE};
    if (builder->status == TLEE_OK && (!p.oh || !p.ow || p.c % groups || p.oc % groups))
        tlee_build_fail(builder, TLEE_ERR_SHAPE, "%s does not fit its input of %zu x %zu x %zu",
                        unit->conv, in.c, in.h, in.w);
    return p;
}

/* How it is to be computed: as a prepared file has its weights, as the tuning says, or ANY. */
static enum tlee_conv_choice wanted(struct tlee_builder *builder, const struct tlee_conv2d *p,
                                    bool planar, bool residual, const char *layer) {
    const struct tlee_build_options *options = &builder->options;
    enum tlee_conv_choice choice = options->exact ? TLEE_CONV_BY_GEMM : TLEE_CONV_ANY;
    if (tlee_weights_is_prepared(builder->weights)) {
        const char *name = tlee_build_name(builder, "%s.weight", layer);
        const struct tlee_weights_entry *entry =
            name ? tlee_weights_find_prepared(builder->weights, name) : NULL;
        return entry ? (enum tlee_conv_choice)entry->layout : choice;
    }
    struct tlee_machine machine = {options->ops, options->threads, options->thread_count};
    if (options->tuning && !options->exact && !planar)
        builder->status = tlee_tuning_choose(options->tuning, &machine, options->cpu, p, residual,
                                             &choice, builder->error);
    return choice;
}

/* Whether the SIMD kernels compute it, and how. With every op by itself the C row does: it is the
 * definition. */
static bool choose(struct tlee_builder *builder, const struct tlee_conv2d *p, tlee_value_id x,
                   tlee_value_id residual, const char *layer, struct tlee_conv *conv) {
    const struct tlee_build_options *options = &builder->options;
    size_t block = options->ops->blocked.block;
    if (builder->status != TLEE_OK || !options->fold ||
        (p->groups > 1 && tlee_build_block(builder, x) != block) ||
        (residual != TLEE_NO_VALUE && tlee_build_block(builder, residual) != block))
        return false;
    bool planar = tlee_build_block(builder, x) == 1;
    enum tlee_conv_choice choice = wanted(builder, p, planar, residual != TLEE_NO_VALUE, layer);
    return tlee_conv_choose(p, &options->ops->blocked, planar, choice, conv);
}

/* A number for each output channel, those of padding included, and 0 for them; NULL after an
 * error. A vector of the graph's own is let go of. */
static float *padded(struct tlee_builder *builder, const struct tlee_conv *conv,
                     const float *numbers, bool own) {
    size_t channels = conv->out_blocks * conv->block;
    float *all = tlee_graph_alloc(builder->graph, channels * sizeof *all);
    if (!all) {
        tlee_build_fail_memory(builder);
        return NULL;
    }
    memset(all, 0, channels * sizeof *all);
    if (numbers)
        memcpy(all, numbers, conv->p.oc * sizeof *all);
    if (own)
        tlee_graph_free(builder->graph, numbers);
    return all;
}

/* Packs node's weights, as floats or as the half floats that they are. */
static void pack_weights(struct tlee_builder *builder, struct tlee_node *node,
                         const struct tlee_conv *conv) {
    size_t floats = node->half ? (conv->packed_floats + 1) / 2 : conv->packed_floats;
    float *packed = tlee_graph_alloc_weights(builder->graph, floats);
    if (!packed) {
        tlee_build_fail_memory(builder);
    } else if (node->half) {
        tlee_conv_pack_half(conv, node->half, builder->options.threads, (void *)packed);
        node->half = (void *)packed;
    } else {
        tlee_conv_pack(conv, node->weight, builder->options.threads, packed);
        node->weight = packed;
    }
}

/* Packs the numbers that node has, and lets go of what they were packed from. */
static void pack(struct tlee_builder *builder, struct tlee_node *node, const struct tlee_conv *conv,
                 const struct tlee_layer_origin *from) {
    const float *weight = node->weight;
    node->bias = padded(builder, conv, node->bias, from->norm != NULL);
    if (node->scale)
        node->scale = padded(builder, conv, node->scale, true);
    pack_weights(builder, node, conv);
    if (builder->status != TLEE_OK)
        return;
    if (node->raw)
        tlee_weights_release(builder->weights, node->raw);
    else
        tlee_graph_free(builder->graph, weight);
    node->raw = NULL;
    node->weight_count = conv->packed_floats;
    node->bias_count = conv->out_blocks * conv->block;
}

/* Counts what packing has added. */
static void count_bytes(struct tlee_graph *graph, const struct tlee_node *node,
                        const struct tlee_conv *conv) {
    const struct tlee_conv2d *p = &conv->p;
    int64_t plain = (int64_t)(p->oc * (p->c / p->groups) * p->kh * p->kw);
    int64_t element_bytes = node->half ? sizeof *node->half : sizeof *node->weight;
    int64_t weights = ((int64_t)conv->packed_floats - plain) * element_bytes;
    int64_t vector = (int64_t)((conv->out_blocks * conv->block - conv->p.oc) * sizeof(float));
    int64_t added = weights + vector * (node->scale ? 2 : 1);
    graph->packing_bytes += added;
    graph->weight_bytes += (uint64_t)added;
    graph->half_bytes += node->half ? (uint64_t)weights : 0;
}

/* Gives node the convolution chosen, with weights as its kernels read them. */
static void make_ready(struct tlee_builder *builder, struct tlee_node *node,
                       const struct tlee_conv *chosen, const struct tlee_layer_origin *from) {
    struct tlee_graph *graph = builder->graph;
    if (builder->status != TLEE_OK)
        return;
    struct tlee_conv *conv = tlee_graph_alloc(graph, sizeof *conv);
    size_t *runs = tlee_graph_alloc(graph, chosen->run_count * sizeof *runs);
    if (!conv || !runs) {
        tlee_build_fail_memory(builder);
        return;
    }
    *conv = *chosen;
    tlee_conv_runs(conv, runs);
    if (!tlee_weights_is_prepared(builder->weights))
        pack(builder, node, conv, from);
    count_bytes(graph, node, conv);
    conv->runs = runs;
    conv->weight = node->weight;
    conv->half = node->half;
    conv->scale = node->scale;
    conv->bias = node->bias;
    node->conv = conv;
}

/* Lets a depthwise convolution make its inputs itself, where the layer before can be part of it. */
static void take_in_expansion(struct tlee_builder *builder, struct tlee_node *node) {
    struct tlee_node *before = node - 1;
    if (builder->status != TLEE_OK || node == builder->graph->nodes || !before->inner ||
        !before->conv || !tlee_conv_can_expand(node->conv, before->conv))
        return;
    assert(before->y == node->x && before->x2 == TLEE_NO_VALUE);
    node->conv->expand = before->conv;
    before->in_next = true;
}

/* What follows a convolution where every op stands by itself. */
static tlee_value_id following_ops(struct tlee_builder *builder, const struct tlee_conv_unit *unit,
                                   tlee_value_id y) {
    if (unit->norm)
        y = tlee_layer_norm_node(builder, unit->norm, y, alike(builder, y));
    if (unit->add) {
        tlee_value_id sum = alike(builder, y);
        tlee_build_elementwise(builder, TLEE_OP_ADD, unit->add, y, unit->residual, sum);
        y = sum;
    }
    if (unit->act != TLEE_ACT_NONE) {
        tlee_value_id active = alike(builder, y);
        tlee_layer_activation_node(builder, unit->act, unit->act_name, y, active);
        y = active;
    }
    return y;
}

tlee_value_id tlee_build_conv(struct tlee_builder *builder, tlee_value_id x,
                              const struct tlee_conv_unit *unit) {
    bool fold = builder->options.fold;
    struct tlee_conv2d p = shape_of(builder, x, unit);
    struct tlee_conv conv;
    tlee_value_id residual = fold && unit->add ? unit->residual : TLEE_NO_VALUE;
    bool ready = choose(builder, &p, x, residual, unit->conv, &conv);
    bool scales = ready && unit->scale_name && tlee_conv_take_scale(&conv);
    if (unit->scale_name && !scales) {
        x = tlee_build_scale_channels(builder, unit->scale_name, x, unit->scale);
        ready = choose(builder, &p, x, residual, unit->conv, &conv);
    }
    if (!ready) {
        x = tlee_build_plain(builder, unit->conv, x);
        if (residual != TLEE_NO_VALUE)
            residual = tlee_build_plain(builder, unit->add, residual);
    }
    tlee_value_id y = tlee_build_map(builder, p.oc, p.oh, p.ow, ready ? conv.block : 1);
    struct tlee_node *node = tlee_build_node(builder, TLEE_OP_CONV2D, unit->conv, x, y);
    if (!node)
        return TLEE_NO_VALUE;
    struct tlee_layer_origin from = {.layer = unit->conv,
                                     .norm = fold ? unit->norm : NULL,
                                     .bias = unit->bias,
                                     .half = ready && tlee_conv_keeps_half(&conv),
                                     .ndim = 4,
                                     .dims = {p.oc, p.c / p.groups, p.kh, p.kw},
                                     .conv = ready ? &conv : NULL};
    node->p.conv = p;
    node->inner = unit->inner && fold;
    node->x2 = residual;
    node->scale_by = scales ? unit->scale : TLEE_NO_VALUE;
    node->macs = (uint64_t)p.oc * p.oh * p.ow * (p.c / p.groups) * p.kh * p.kw;
    tlee_layer_take_weights(builder, node, &from);
    if (ready)
        make_ready(builder, node, &conv, &from);
    if (ready)
        take_in_expansion(builder, node);
    return fold ? y : following_ops(builder, unit, y);
}
