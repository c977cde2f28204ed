/* SPDX-License-Identifier: MIT */
/*
 * The network as a list of ops on numbered values: the one source of truth for execution, memory,
 * cost and audit.
 */
#ifndef TLEE_GRAPH_H
#define TLEE_GRAPH_H

#include "conv.h"
#include "ops.h"
#include "tensor.h"

enum tlee_op {
    TLEE_OP_CONV2D,
    TLEE_OP_BATCH_NORM,
    TLEE_OP_ACTIVATION,
    TLEE_OP_ADD,
    TLEE_OP_MAXIMUM,
    TLEE_OP_MEAN,
    TLEE_OP_EMA,
    TLEE_OP_MAX_POOL,
    TLEE_OP_MIXED_POOL,
    TLEE_OP_ADAPTIVE_AVG_POOL,
    TLEE_OP_SCALE_CHANNELS,
    TLEE_OP_LINEAR,
    TLEE_OP_SOFTMAX,
    TLEE_OP_REORDER /* blocks of channels to the plain layout; no op of the method */
};

/* A tensor of the network, by number. */
typedef unsigned tlee_value_id;
#define TLEE_NO_VALUE ((tlee_value_id)-1)

struct tlee_value {
    struct tlee_shape shape;
    size_t block;         /* channels in a block (layout.h); 1: the plain layout */
    size_t count;         /* elements, channels of padding included */
    tlee_value_id parent; /* a view lies in its parent's memory; TLEE_NO_VALUE otherwise */
    size_t parent_offset; /* of a view, in elements */
    bool pinned;          /* keeps its place for the whole session (features, logits) */
    size_t offset;        /* in the session's arena, in elements; set by the plan */
};

/* One op: y = op(x, x2). Weights belong to the graph or to the weights it was built from. */
struct tlee_node {
    enum tlee_op op;
    const char *name; /* as in PyTorch */
    tlee_value_id x;
    tlee_value_id x2; /* second operand, or a convolution's residual; TLEE_NO_VALUE */
    tlee_value_id y;
    tlee_value_id scale_by; /* of a convolution: factors of its input channels; TLEE_NO_VALUE */
    union {
        struct tlee_conv2d conv;
        struct tlee_linear linear;
        struct tlee_pool2d pool;
        enum tlee_activation act; /* TLEE_OP_ACTIVATION */
    } p;
    struct tlee_conv *conv;     /* a convolution made ready for SIMD kernels; NULL: by conv2d */
    bool inner;                 /* only the next node reads y */
    bool in_next;               /* computed piece by piece within the next node, its only reader */
    const float *weight, *bias; /* convolution, linear, batch-norm */
    const uint16_t *half;       /* of a convolution or linear layer in place of weight, or NULL */
    const float *scale;         /* of the outputs, with half, or NULL */
    const char *raw;            /* the tensor that weight or half is, where it lies; or NULL */
    unsigned weight_ndim;       /* of its tensor */
    size_t weight_count;        /* of a convolution or linear layer, as its kernel reads them */
    size_t bias_count;          /* 0: it has none */
    const float *mean, *var;    /* batch-norm */
    double epsilon;             /* batch-norm */
    float alpha;                /* mixed pool */
    float beta, one_minus_beta; /* exponential average */
    uint64_t macs;
    uint64_t parameters; /* learned numbers, those folded into the op included */
};

/* A run of nodes with a meaning of its own, [begin, end). */
struct tlee_part {
    char label[16]; /* "stage 0", "branch 0", "feature", ... */
    size_t begin, end;
};

/* Memory that the graph owns, in a list. */
struct tlee_block;

struct tlee_graph {
    struct tlee_allocator allocator;
    struct tlee_node *nodes;
    size_t node_count, node_capacity;
    struct tlee_value *values;
    size_t value_count, value_capacity;
    struct tlee_block *blocks; /* names and prepared weights */
    float *weights_left;       /* the rest of the last block for weights */
    size_t weights_left_count;
    uint64_t weight_bytes; /* of the weights that the nodes use */
    int64_t packing_bytes; /* of them, what packing, transforms and merging added */
    uint64_t half_bytes;   /* of them, in half precision */
};

void tlee_graph_init(struct tlee_graph *graph, const struct tlee_allocator *allocator);

/* Accepts a graph that is all zeros. */
void tlee_graph_clear(struct tlee_graph *graph);

/* Memory of the graph's own, aligned to TLEE_ALIGNMENT, contents undefined; NULL when there is
 * none. */
void *tlee_graph_alloc(struct tlee_graph *graph, size_t bytes);

/* The same for weights, which lie side by side in large blocks: they are read in this order. */
float *tlee_graph_alloc_weights(struct tlee_graph *graph, size_t count);

/* Gives what tlee_graph_alloc returned back, before the graph is cleared. */
void tlee_graph_free(struct tlee_graph *graph, const void *memory);

/* Appends; NULL, or TLEE_NO_VALUE, when memory runs out. */
struct tlee_node *tlee_graph_add_node(struct tlee_graph *graph);
tlee_value_id tlee_graph_add_value(struct tlee_graph *graph, const struct tlee_value *value);

/* The largest workspace that a convolution takes with so many threads, in floats. */
size_t tlee_graph_workspace(const struct tlee_graph *graph, unsigned threads);

/* Constant name of a node's op with what is fused into it, "conv2d+add+relu". */
const char *tlee_node_op_name(const struct tlee_node *node);

#endif
