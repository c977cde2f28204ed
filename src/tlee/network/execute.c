/* SPDX-License-Identifier: MIT */
#include "execute.h"

#include "clock.h"
#include "layout.h"

float *tlee_run_value(const struct tlee_run *run, tlee_value_id value) {
    return value == TLEE_NO_VALUE ? NULL : run->arena + run->graph->values[value].offset;
}

static tlee_unary_fn *activation(const struct tlee_ops *ops, enum tlee_activation act) {
    switch (act) {
    case TLEE_ACT_RELU6:
        return ops->relu6;
    case TLEE_ACT_SILU:
        return ops->silu;
    case TLEE_ACT_SIGMOID:
        return ops->sigmoid;
    case TLEE_ACT_RELU:
    case TLEE_ACT_NONE: /* never built as an op of its own */
        break;
    }
    return ops->relu;
}

static void run_node(const struct tlee_run *run, const struct tlee_node *node) {
    const struct tlee_machine *machine = &run->machine;
    const struct tlee_ops *ops = machine->ops;
    const struct tlee_value *x_value = &run->graph->values[node->x];
    bool expands = node->conv && node->conv->expand; /* what the node before reads */
    const float *x = tlee_run_value(run, expands ? node[-1].x : node->x),
                *x2 = tlee_run_value(run, node->x2);
    float *y = tlee_run_value(run, node->y);
    size_t count = x_value->count;
    switch (node->op) {
    case TLEE_OP_CONV2D:
        if (node->conv)
            tlee_conv_run(machine, node->conv, x, tlee_run_value(run, node->scale_by), x2,
                          run->workspace, y);
        else
            tlee_run_conv2d(machine, &node->p.conv, x, node->weight, node->bias, x2, y);
        break;
    case TLEE_OP_BATCH_NORM:
        tlee_run_batch_norm(machine, x, node->weight, node->bias, node->mean, node->var,
                            node->epsilon, x_value->shape.c, x_value->shape.h * x_value->shape.w,
                            y);
        break;
    case TLEE_OP_ACTIVATION:
        tlee_run_unary(machine, activation(ops, node->p.act), x, y, count);
        break;
    case TLEE_OP_ADD:
        tlee_run_binary(machine, ops->add, x, x2, y, count);
        break;
    case TLEE_OP_MAXIMUM:
        tlee_run_binary(machine, ops->maximum, x, x2, y, count);
        break;
    case TLEE_OP_MEAN:
        tlee_run_binary(machine, ops->mean, x, x2, y, count);
        break;
    case TLEE_OP_EMA:
        ops->ema(x, x2, node->beta, node->one_minus_beta, y, count);
        break;
    case TLEE_OP_MAX_POOL:
        tlee_run_pool(machine, ops->max_pool, &node->p.pool, x, y);
        break;
    case TLEE_OP_MIXED_POOL:
        tlee_run_mixed_pool(machine, &node->p.pool, node->alpha, x, y);
        break;
    case TLEE_OP_ADAPTIVE_AVG_POOL:
        tlee_run_pool(machine, ops->adaptive_avg_pool, &node->p.pool, x, y);
        break;
    case TLEE_OP_SCALE_CHANNELS:
        tlee_run_scale_channels(machine, x, x2, x_value->shape.c,
                                x_value->shape.h * x_value->shape.w, y);
        break;
    case TLEE_OP_LINEAR:
        if (node->half)
            tlee_run_linear_half(machine, &node->p.linear, x, node->half, node->scale, node->bias,
                                 y);
        else
            tlee_run_linear(machine, &node->p.linear, x, node->weight, node->bias, y);
        break;
    case TLEE_OP_SOFTMAX:
        ops->softmax(x, y, count);
        break;
    case TLEE_OP_REORDER:
        tlee_from_blocks(x, x_value->shape.c, x_value->shape.h * x_value->shape.w, x_value->block,
                         y);
        break;
    }
}

/* Whether the node's result has one axis in PyTorch. What follows a layer has that layer's axes. */
static bool is_vector(const struct tlee_node *node) {
    while (node->op == TLEE_OP_BATCH_NORM || node->op == TLEE_OP_ACTIVATION)
        node--;
    switch (node->op) {
    case TLEE_OP_LINEAR:
        return node->weight_ndim == 2;
    case TLEE_OP_MAXIMUM:
    case TLEE_OP_MEAN:
    case TLEE_OP_EMA:
    case TLEE_OP_SOFTMAX:
        return true;
    default:
        return false;
    }
}

/* Shows what the node computed, in the plain layout. */
static void show(const struct tlee_run *run, const struct tlee_part *part,
                 const struct tlee_node *node) {
    const struct tlee_value *y = &run->graph->values[node->y];
    const struct tlee_shape *shape = &y->shape;
    const float *data = tlee_run_value(run, node->y);
    if (y->block > 1) {
        tlee_from_blocks(data, shape->c, shape->h * shape->w, y->block, run->observed);
        data = run->observed;
    }
    run->observer(run->observer_cookie,
                  &(struct tlee_observed){.part = part->label,
                                          .name = node->name,
                                          .op = tlee_node_op_name(node),
                                          .frame = run->frame,
                                          .exit = run->exit,
                                          .data = data,
                                          .shape = {shape->c, shape->h, shape->w},
                                          .vector = is_vector(node)});
}

void tlee_run_part(const struct tlee_run *run, const struct tlee_part *part) {
    for (size_t n = part->begin; n < part->end; n++) {
        const struct tlee_node *node = &run->graph->nodes[n];
        uint64_t start = run->layer_ns ? tlee_clock_ns() : 0;
        if (node->in_next)
            continue;
        run_node(run, node);
        if (run->layer_ns)
            run->layer_ns[n] += tlee_clock_ns() - start;
        if (run->observer && node->op != TLEE_OP_REORDER)
            show(run, part, node);
    }
}
