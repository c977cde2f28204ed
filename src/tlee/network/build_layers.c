/* SPDX-License-Identifier: MIT */
/* Linear layers; batch-norm and activations as ops of their own. */
#include "layer_weights.h"

#include "memory.h"

#include <string.h>

tlee_value_id tlee_layer_norm_node(struct tlee_builder *builder, const char *name, tlee_value_id x,
                                   tlee_value_id into) {
    size_t c = tlee_build_shape(builder, x).c;
    struct tlee_batch_norm values = tlee_layer_norm(builder, name, c);
    struct tlee_node *node = tlee_build_node(builder, TLEE_OP_BATCH_NORM, name, x, into);
    if (node) {
        node->weight = values.weight;
        node->bias = values.bias;
        node->mean = values.mean;
        node->var = values.var;
        node->epsilon = values.epsilon;
        node->parameters = 2 * c;
        builder->graph->weight_bytes += 4 * c * sizeof(float);
    }
    return into;
}

void tlee_layer_activation_node(struct tlee_builder *builder, enum tlee_activation act,
                                const char *name, tlee_value_id x, tlee_value_id into) {
    struct tlee_node *node = tlee_build_node(builder, TLEE_OP_ACTIVATION, name, x, into);
    if (node)
        node->p.act = act;
}

/* ndim: 2 for a linear layer, 4 for a 1x1 convolution, whose weights end in two axes of 1. */
static void vector_layer(struct tlee_builder *builder, tlee_value_id x,
                         const struct tlee_linear_unit *unit, unsigned ndim) {
    x = tlee_build_plain(builder, unit->linear, x);
    struct tlee_node *node = tlee_build_node(builder, TLEE_OP_LINEAR, unit->linear, x, unit->into);
    if (!node)
        return;
    struct tlee_shape shape = tlee_build_shape(builder, x);
    size_t in = shape.c * shape.h * shape.w; /* without channels of padding */
    struct tlee_layer_origin from = {.layer = unit->linear,
                                     .norm = builder->options.fold ? unit->norm : NULL,
                                     .bias = true,
                                     .half = builder->options.ops->linear_half_is_fast,
                                     .again = unit->again,
                                     .ndim = ndim,
                                     .dims = {unit->out, in, 1, 1}};
    node->p.linear = (struct tlee_linear){.in = in, .out = unit->out};
    node->macs = (uint64_t)unit->out * in;
    if (builder->options.fold)
        node->p.linear.act = unit->act;
    tlee_layer_take_weights(builder, node, &from);
    if (builder->options.fold)
        return;
    if (unit->norm)
        tlee_layer_norm_node(builder, unit->norm, unit->into, unit->into);
    if (unit->act != TLEE_ACT_NONE)
        tlee_layer_activation_node(builder, unit->act, unit->act_name, unit->into, unit->into);
}

void tlee_build_linear(struct tlee_builder *builder, tlee_value_id x,
                       const struct tlee_linear_unit *unit) {
    vector_layer(builder, x, unit, 2);
}

void tlee_build_pointwise(struct tlee_builder *builder, tlee_value_id x,
                          const struct tlee_linear_unit *unit) {
    vector_layer(builder, x, unit, 4);
}

/* Moves the weights of node, and of the later ones that use the same. */
static void move_weights(struct tlee_builder *builder, struct tlee_node *node, size_t bytes) {
    struct tlee_graph *graph = builder->graph;
    const struct tlee_node *end = graph->nodes + graph->node_count;
    const void *from = node->half ? (const void *)node->half : node->weight;
    float *to = tlee_graph_alloc_weights(graph, (bytes + sizeof *to - 1) / sizeof *to);
    if (!to) {
        tlee_build_fail_memory(builder);
        return;
    }
    memcpy(to, from, bytes);
    tlee_weights_release(builder->weights, node->raw);
    for (; node < end; node++)
        if (node->op == TLEE_OP_LINEAR && (node->half == from || node->weight == from)) {
            node->weight = node->half ? NULL : to;
            node->half = node->half ? (const void *)to : NULL;
            node->raw = NULL;
        }
}

void tlee_build_linear_memory(struct tlee_builder *builder) {
    if (!tlee_weights_is_read(builder->weights) || tlee_weights_is_prepared(builder->weights))
        return;
    for (size_t n = 0; n < builder->graph->node_count && builder->status == TLEE_OK; n++) {
        struct tlee_node *node = &builder->graph->nodes[n];
        size_t bytes = node->weight_count * (node->half ? sizeof *node->half : sizeof(float));
        if (node->op == TLEE_OP_LINEAR && node->raw && bytes >= TLEE_HUGE_PAGE)
            move_weights(builder, node, bytes);
    }
}
