/* SPDX-License-Identifier: MIT */
/* Where the numbers of a layer come from. */
#include "layer_weights.h"

#include "fold.h"
#include "memory.h"

/* Every batch-norm of the published networks (spec section 3). */
static const double epsilon = 1e-5;

/* The values of "<layer>.<suffix>"; NULL after an error. */
static const float *tensor(struct tlee_builder *builder, const char *layer, const char *suffix,
                           unsigned ndim, const size_t *dims) {
    const char *name = tlee_build_name(builder, "%s.%s", layer, suffix);
    const float *data = NULL;
    if (builder->status == TLEE_OK)
        builder->status =
            tlee_weights_get(builder->weights, name, ndim, dims, &data, builder->error);
    return builder->status == TLEE_OK ? data : NULL;
}

static const float *vector(struct tlee_builder *builder, const char *layer, const char *suffix,
                           size_t length) {
    return tensor(builder, layer, suffix, 1, &length);
}

struct tlee_batch_norm tlee_layer_norm(struct tlee_builder *builder, const char *name, size_t c) {
    return (struct tlee_batch_norm){
        .weight = vector(builder, name, "weight", c),
        .bias = vector(builder, name, "bias", c),
        .mean = vector(builder, name, "running_mean", c),
        .var = vector(builder, name, "running_var", c),
        .epsilon = epsilon,
    };
}

/* Weights of a layer that are stored in half precision; NULL where they are not. */
static const uint16_t *half_weights(struct tlee_builder *builder,
                                    const struct tlee_layer_origin *from) {
    const char *name = tlee_build_name(builder, "%s.weight", from->layer);
    const uint16_t *data = NULL;
    if (builder->status == TLEE_OK)
        builder->status = tlee_weights_get_half(builder->weights, name, from->ndim, from->dims,
                                                &data, builder->error);
    return data;
}

/* A vector of the graph's own; NULL after an error. */
static float *own_vector(struct tlee_builder *builder, size_t length) {
    float *data = tlee_graph_alloc(builder->graph, length * sizeof *data);
    if (!data && builder->status == TLEE_OK)
        tlee_build_fail_memory(builder);
    return builder->status == TLEE_OK ? data : NULL;
}

/* Gives node's half weights the batch-norm's factor, and the bias with the batch-norm in it. The
 * weights stay what the file says: with the factor in them they would be rounded to half precision
 * again. Linear layers multiply sums by it, convolutions weights as they widen them. */
static void fold_beside(struct tlee_builder *builder, struct tlee_node *node,
                        const struct tlee_layer_origin *from) {
    size_t rows = from->dims[0];
    struct tlee_batch_norm norm = tlee_layer_norm(builder, from->norm, rows);
    float *scale = own_vector(builder, rows), *bias = own_vector(builder, rows);
    if (builder->status != TLEE_OK)
        return;
    tlee_fold_beside(&norm, rows, node->bias, scale, bias);
    node->scale = scale;
    node->bias = bias;
}

/* Replaces node's weights by copies with the batch-norm folded in. */
static void fold(struct tlee_builder *builder, struct tlee_node *node,
                 const struct tlee_layer_origin *from, size_t row_length) {
    size_t rows = from->dims[0];
    struct tlee_batch_norm norm = tlee_layer_norm(builder, from->norm, rows);
    float *weight = own_vector(builder, rows * row_length);
    float *bias = own_vector(builder, rows);
    if (builder->status != TLEE_OK)
        return;
    tlee_fold_batch_norm(&norm, rows, row_length, node->weight, node->bias, weight, bias);
    /* The raw weights are not needed any more: peak memory stays near the size of one copy. */
    tlee_weights_release(builder->weights, node->raw);
    node->raw = NULL;
    node->weight = weight;
    node->bias = bias;
}

_Static_assert((int)TLEE_LAYOUT_PREPARED == (int)TLEE_CONV_BY_GEMM &&
                   (int)TLEE_LAYOUT_WINOGRAD2 == (int)TLEE_CONV_BY_WINOGRAD2 &&
                   (int)TLEE_LAYOUTS == (int)TLEE_CONV_CHOICES,
               "a way of computing convolutions has a layout of its own");

uint32_t tlee_layer_layout(const struct tlee_conv *conv) {
    return conv ? (uint32_t)tlee_conv_choice_of(conv) : TLEE_LAYOUT_PREPARED;
}

/* Sets node's weights to the tensors of a prepared file, which must have the very sizes that the
 * kernels read. */
static void take_prepared(struct tlee_builder *builder, struct tlee_node *node,
                          const struct tlee_layer_origin *from) {
    const char *weight_name = tlee_build_name(builder, "%s.weight", from->layer);
    const char *bias_name = tlee_build_name(builder, "%s.bias", from->layer);
    const void *weight = NULL, *bias = NULL, *scale = NULL;
    const struct tlee_weights_entry *entry = NULL;
    if (builder->status == TLEE_OK)
        entry = tlee_weights_find_prepared(builder->weights, weight_name);
    bool half = from->half && entry && entry->dtype == TLEE_F16;
    if (builder->status == TLEE_OK)
        builder->status = tlee_weights_get_prepared(
            builder->weights, weight_name, from->ndim, from->dims, tlee_layer_layout(from->conv),
            half ? TLEE_F16 : TLEE_F32, node->weight_count, &weight, builder->error);
    if (builder->status == TLEE_OK && node->bias_count)
        builder->status = tlee_weights_get_prepared(
            builder->weights, bias_name, 1, &node->bias_count, TLEE_LAYOUT_PREPARED, TLEE_F32,
            node->bias_count, &bias, builder->error);
    const char *scale_name = tlee_build_name(builder, "%s.scale", from->layer);
    if (builder->status == TLEE_OK && half && from->norm)
        builder->status = tlee_weights_get_prepared(
            builder->weights, scale_name, 1, &node->bias_count, TLEE_LAYOUT_PREPARED, TLEE_F32,
            node->bias_count, &scale, builder->error);
    node->weight = half ? NULL : weight;
    node->half = half ? weight : NULL;
    node->scale = scale;
    node->bias = bias;
}

void tlee_layer_take_weights(struct tlee_builder *builder, struct tlee_node *node,
                             const struct tlee_layer_origin *from) {
    bool prepared = tlee_weights_is_prepared(builder->weights);
    size_t rows = from->dims[0], count = 1;
    for (unsigned i = 0; i < from->ndim; i++)
        if (!tlee_size_mul(count, from->dims[i], &count))
            tlee_build_fail(builder, TLEE_ERR_SHAPE, "%s is too large", from->layer);
    node->weight_ndim = from->ndim;
    node->weight_count = count;
    node->bias_count = from->bias || from->norm ? rows : 0;
    size_t bias_count = node->bias_count;
    if (prepared && from->conv) {
        node->weight_count = from->conv->packed_floats;
        node->bias_count = from->conv->out_blocks * from->conv->block;
    }
    if (prepared) {
        take_prepared(builder, node, from);
    } else {
        node->half = from->half ? half_weights(builder, from) : NULL;
        node->weight =
            node->half ? NULL : tensor(builder, from->layer, "weight", from->ndim, from->dims);
        node->raw = tlee_build_name(builder, "%s.weight", from->layer);
        node->bias = from->bias ? vector(builder, from->layer, "bias", rows) : NULL;
    }
    if (builder->status != TLEE_OK)
        return;
    if (!from->again) {
        node->parameters = count + (from->bias ? rows : 0);
        builder->graph->weight_bytes +=
            (uint64_t)count * (node->half ? sizeof *node->half : sizeof *node->weight) +
            bias_count * sizeof *node->bias;
        builder->graph->half_bytes += node->half ? (uint64_t)count * sizeof *node->half : 0;
    }
    if (node->half && from->norm)
        builder->graph->weight_bytes += rows * sizeof *node->scale;
    if (from->norm)
        node->parameters += 2 * rows;
    if (from->norm && !prepared && node->half)
        fold_beside(builder, node, from);
    else if (from->norm && !prepared)
        fold(builder, node, from, count / rows);
}
