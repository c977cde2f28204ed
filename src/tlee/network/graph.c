/* SPDX-License-Identifier: MIT */
#include "graph.h"

#include <string.h>

struct tlee_block {
    struct tlee_block *next;
    void *memory;
};

void tlee_graph_init(struct tlee_graph *graph, const struct tlee_allocator *allocator) {
    *graph = (struct tlee_graph){.allocator = *allocator};
}

void tlee_graph_clear(struct tlee_graph *graph) {
    const struct tlee_allocator *allocator = &graph->allocator;
    while (graph->blocks) {
        struct tlee_block *next = graph->blocks->next;
        tlee_free_aligned(allocator, graph->blocks->memory);
        tlee_free(allocator, graph->blocks);
        graph->blocks = next;
    }
    tlee_free(allocator, graph->nodes);
    tlee_free(allocator, graph->values);
    *graph = (struct tlee_graph){.allocator = graph->allocator};
}

void *tlee_graph_alloc(struct tlee_graph *graph, size_t bytes) {
    struct tlee_block *block = tlee_alloc(&graph->allocator, sizeof *block);
    if (!block)
        return NULL;
    block->memory = tlee_alloc_aligned(&graph->allocator, bytes);
    if (!block->memory) {
        tlee_free(&graph->allocator, block);
        return NULL;
    }
    block->next = graph->blocks;
    graph->blocks = block;
    return block->memory;
}

enum {
    WEIGHTS_BLOCK_BYTES = 16 * TLEE_HUGE_PAGE /* of which only what is written takes memory */
};

float *tlee_graph_alloc_weights(struct tlee_graph *graph, size_t count) {
    const size_t unit = TLEE_ALIGNMENT / sizeof(float);
    size_t room = (count + unit - 1) / unit * unit, bytes;
    if (room < count || !tlee_size_mul(room, sizeof(float), &bytes))
        return NULL;
    if (room > graph->weights_left_count) {
        bytes = bytes > WEIGHTS_BLOCK_BYTES ? bytes : WEIGHTS_BLOCK_BYTES;
        float *block = tlee_graph_alloc(graph, bytes);
        if (!block)
            return NULL;
        graph->weights_left = block;
        graph->weights_left_count = bytes / sizeof *block;
    }
    float *place = graph->weights_left;
    graph->weights_left += room;
    graph->weights_left_count -= room;
    return place;
}

void tlee_graph_free(struct tlee_graph *graph, const void *memory) {
    for (struct tlee_block **link = &graph->blocks; *link; link = &(*link)->next) {
        struct tlee_block *block = *link;
        if (block->memory != memory)
            continue;
        *link = block->next;
        tlee_free_aligned(&graph->allocator, block->memory);
        tlee_free(&graph->allocator, block);
        return;
    }
}

/* An array twice as large with the same contents, or NULL; the old one is freed on success. */
static void *grow(struct tlee_graph *graph, void *old, size_t *capacity, size_t element_bytes) {
    size_t wanted = *capacity ? 2 * *capacity : 64;
    void *array = tlee_alloc(&graph->allocator, wanted * element_bytes);
    if (!array)
        return NULL;
    if (old)
        memcpy(array, old, *capacity * element_bytes);
    tlee_free(&graph->allocator, old);
    *capacity = wanted;
    return array;
}

struct tlee_node *tlee_graph_add_node(struct tlee_graph *graph) {
    if (graph->node_count == graph->node_capacity) {
        struct tlee_node *nodes =
            grow(graph, graph->nodes, &graph->node_capacity, sizeof *graph->nodes);
        if (!nodes)
            return NULL;
        graph->nodes = nodes;
    }
    struct tlee_node *node = &graph->nodes[graph->node_count++];
    *node = (struct tlee_node){
        .x = TLEE_NO_VALUE, .x2 = TLEE_NO_VALUE, .y = TLEE_NO_VALUE, .scale_by = TLEE_NO_VALUE};
    return node;
}

tlee_value_id tlee_graph_add_value(struct tlee_graph *graph, const struct tlee_value *value) {
    if (graph->value_count == graph->value_capacity) {
        struct tlee_value *values =
            grow(graph, graph->values, &graph->value_capacity, sizeof *graph->values);
        if (!values)
            return TLEE_NO_VALUE;
        graph->values = values;
    }
    graph->values[graph->value_count] = *value;
    return (tlee_value_id)graph->value_count++;
}

size_t tlee_graph_workspace(const struct tlee_graph *graph, unsigned threads) {
    size_t most = 0;
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct tlee_conv *conv = graph->nodes[n].conv;
        size_t floats = conv ? tlee_conv_workspace(conv, threads) : 0;
        most = floats > most ? floats : most;
    }
    return most;
}

const char *tlee_node_op_name(const struct tlee_node *node) {
    static const char *const activations[] = {"none", "relu", "relu6", "silu", "sigmoid"};
    static const char *const convolutions[] = {"conv2d", "conv2d+relu", "conv2d+relu6",
                                               "conv2d+silu", "conv2d+sigmoid"};
    static const char *const residuals[] = {"conv2d+add", "conv2d+add+relu", "conv2d+add+relu6",
                                            "conv2d+add+silu", "conv2d+add+sigmoid"};
    static const char *const linears[] = {"linear", "linear+relu", "linear+relu6", "linear+silu",
                                          "linear+sigmoid"};
    switch (node->op) {
    case TLEE_OP_CONV2D:
        return (node->x2 == TLEE_NO_VALUE ? convolutions : residuals)[node->p.conv.act];
    case TLEE_OP_BATCH_NORM:
        return "batch_norm";
    case TLEE_OP_ACTIVATION:
        return activations[node->p.act];
    case TLEE_OP_ADD:
        return "add";
    case TLEE_OP_MAXIMUM:
        return "maximum";
    case TLEE_OP_MEAN:
        return "mean";
    case TLEE_OP_EMA:
        return "ema";
    case TLEE_OP_MAX_POOL:
        return "max_pool";
    case TLEE_OP_MIXED_POOL:
        return "mixed_pool";
    case TLEE_OP_ADAPTIVE_AVG_POOL:
        return "adaptive_avg_pool";
    case TLEE_OP_SCALE_CHANNELS:
        return "scale_channels";
    case TLEE_OP_LINEAR:
        return linears[node->p.linear.act];
    case TLEE_OP_SOFTMAX:
        return "softmax";
    case TLEE_OP_REORDER:
        return "reorder";
    }
    return "?";
}
