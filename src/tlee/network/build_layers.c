/* SPDX-License-Identifier: MIT */
/* Layers with weights: convolution, linear, batch-norm and what goes with them. */
#include "build.h"

#include "fold.h"

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

/* A value of the same shape. */
static tlee_value_id alike(struct tlee_builder *builder, tlee_value_id value) {
    struct tlee_shape shape = tlee_build_shape(builder, value);
    return tlee_build_value(builder, shape.c, shape.h, shape.w, false);
}

static struct tlee_batch_norm batch_norm(struct tlee_builder *builder, const char *name, size_t c) {
    return (struct tlee_batch_norm){
        .weight = vector(builder, name, "weight", c),
        .bias = vector(builder, name, "bias", c),
        .mean = vector(builder, name, "running_mean", c),
        .var = vector(builder, name, "running_var", c),
        .epsilon = epsilon,
    };
}

/* Where a layer's numbers come from. */
struct origin {
    const char *layer;
    const char *norm; /* batch-norm to fold in, or NULL */
    bool bias;
    bool again; /* an earlier node has counted them */
    unsigned ndim;
    size_t dims[4]; /* dims[0] rows, one an output channel */
};

/* Replaces node's weights by copies with the batch-norm folded in. */
static void fold(struct tlee_builder *builder, struct tlee_node *node, const struct origin *from,
                 size_t row_length) {
    size_t rows = from->dims[0];
    struct tlee_batch_norm norm = batch_norm(builder, from->norm, rows);
    float *weight = tlee_graph_alloc(builder->graph, rows * row_length * sizeof(float));
    float *bias = tlee_graph_alloc(builder->graph, rows * sizeof(float));
    const char *raw = tlee_build_name(builder, "%s.weight", from->layer);
    if (builder->status == TLEE_OK && (!weight || !bias))
        tlee_build_fail_memory(builder);
    if (builder->status != TLEE_OK)
        return;
    tlee_fold_batch_norm(&norm, rows, row_length, node->weight, node->bias, weight, bias);
    /* The raw weights are not needed any more: peak memory stays near the size of one copy. */
    tlee_weights_release(builder->weights, raw);
    node->weight = weight;
    node->bias = bias;
    node->parameters += 2 * rows;
}

static void take_weights(struct tlee_builder *builder, struct tlee_node *node,
                         const struct origin *from) {
    size_t rows = from->dims[0], row_length = 1;
    node->weight = tensor(builder, from->layer, "weight", from->ndim, from->dims);
    node->bias = from->bias ? vector(builder, from->layer, "bias", rows) : NULL;
    if (builder->status != TLEE_OK)
        return;
    for (unsigned i = 1; i < from->ndim; i++)
        row_length *= from->dims[i];
    size_t count = rows * row_length;
    if (!from->again) {
        node->parameters = count + (from->bias ? rows : 0);
        builder->graph->weight_bytes +=
            (count + (from->bias || from->norm ? rows : 0)) * sizeof(float);
    }
    if (from->norm)
        fold(builder, node, from, row_length);
}

/* The batch-norm of y as an op of its own. */
static tlee_value_id norm_node(struct tlee_builder *builder, const char *name, tlee_value_id x,
                               tlee_value_id into) {
    size_t c = tlee_build_shape(builder, x).c;
    struct tlee_batch_norm values = batch_norm(builder, name, c);
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

static void activation_node(struct tlee_builder *builder, enum tlee_activation act,
                            const char *name, tlee_value_id x, tlee_value_id into) {
    struct tlee_node *node = tlee_build_node(builder, TLEE_OP_ACTIVATION, name, x, into);
    if (node)
        node->p.act = act;
}

tlee_value_id tlee_build_conv(struct tlee_builder *builder, tlee_value_id x,
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
                            .groups = groups};
    if (builder->status == TLEE_OK && (!p.oh || !p.ow || p.c % groups || p.oc % groups))
        tlee_build_fail(builder, TLEE_ERR_SHAPE, "%s does not fit its input of %zu x %zu x %zu",
                        unit->conv, in.c, in.h, in.w);
    tlee_value_id y = tlee_build_value(builder, p.oc, p.oh, p.ow, false);
    struct tlee_node *node = tlee_build_node(builder, TLEE_OP_CONV2D, unit->conv, x, y);
    if (!node)
        return TLEE_NO_VALUE;
    struct origin from = {.layer = unit->conv,
                          .norm = builder->fold ? unit->norm : NULL,
                          .bias = unit->bias,
                          .ndim = 4,
                          .dims = {p.oc, p.c / groups, kernel, kernel}};
    node->p.conv = p;
    node->macs = (uint64_t)p.oc * p.oh * p.ow * (p.c / groups) * kernel * kernel;
    if (builder->fold) {
        node->p.conv.act = unit->act;
        node->x2 = unit->add ? unit->residual : TLEE_NO_VALUE;
    }
    take_weights(builder, node, &from);
    if (builder->fold)
        return y;
    if (unit->norm)
        y = norm_node(builder, unit->norm, y, alike(builder, y));
    if (unit->add) {
        tlee_value_id sum = alike(builder, y);
        tlee_build_elementwise(builder, TLEE_OP_ADD, unit->add, y, unit->residual, sum);
        y = sum;
    }
    if (unit->act != TLEE_ACT_NONE) {
        tlee_value_id active = alike(builder, y);
        activation_node(builder, unit->act, unit->act_name, y, active);
        y = active;
    }
    return y;
}

/* ndim: 2 for a linear layer, 4 for a 1x1 convolution, whose weights end in two axes of 1. */
static void vector_layer(struct tlee_builder *builder, tlee_value_id x,
                         const struct tlee_linear_unit *unit, unsigned ndim) {
    struct tlee_node *node = tlee_build_node(builder, TLEE_OP_LINEAR, unit->linear, x, unit->into);
    if (!node)
        return;
    size_t in = builder->graph->values[x].count;
    struct origin from = {.layer = unit->linear,
                          .norm = builder->fold ? unit->norm : NULL,
                          .bias = true,
                          .again = unit->again,
                          .ndim = ndim,
                          .dims = {unit->out, in, 1, 1}};
    node->p.linear = (struct tlee_linear){.in = in, .out = unit->out};
    node->macs = (uint64_t)unit->out * in;
    if (builder->fold)
        node->p.linear.act = unit->act;
    take_weights(builder, node, &from);
    if (builder->fold)
        return;
    if (unit->norm)
        norm_node(builder, unit->norm, unit->into, unit->into);
    if (unit->act != TLEE_ACT_NONE)
        activation_node(builder, unit->act, unit->act_name, unit->into, unit->into);
}

void tlee_build_linear(struct tlee_builder *builder, tlee_value_id x,
                       const struct tlee_linear_unit *unit) {
    vector_layer(builder, x, unit, 2);
}

void tlee_build_pointwise(struct tlee_builder *builder, tlee_value_id x,
                          const struct tlee_linear_unit *unit) {
    vector_layer(builder, x, unit, 4);
}
