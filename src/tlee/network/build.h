/* SPDX-License-Identifier: MIT */
/*
 * Building a graph layer by layer. The first error sticks: later calls do nothing, so that a
 * network reads as the list of its layers, and the error is looked at once at the end.
 *
 * Layers are named as in PyTorch; weights come from "<name>.weight", "<name>.bias" and, for
 * batch-norm, "<name>.running_mean" and "<name>.running_var". With folding, batch-norm goes into
 * the convolution or linear layer before it, and residual and activation into its store; without,
 * every op stands by itself.
 */
#ifndef TLEE_BUILD_H
#define TLEE_BUILD_H

#include "graph.h"
#include "weights.h"

struct tlee_build_options {
    const struct tlee_ops *ops;
    struct tlee_threads *threads; /* to prepare weights with; NULL: the caller alone */
    unsigned thread_count;        /* with the caller */
    bool fold;                    /* batch-norm, residual and activation go into the layer */
    bool exact;                   /* no transforms, no merged layers */
    struct tlee_tuning *tuning;   /* that says how convolutions are computed; NULL: none */
    unsigned cpu;                 /* TLEE_CPU_ bits of ops */
};

struct tlee_builder {
    struct tlee_graph *graph;
    struct tlee_weights *weights;
    struct tlee_build_options options;
    enum tlee_status status;
    struct tlee_error *error;
};

/* A printf-formatted name that lives as long as the graph; NULL after an error. */
const char *tlee_build_name(struct tlee_builder *builder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Records an error, unless there is one already. */
void tlee_build_fail(struct tlee_builder *builder, enum tlee_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void tlee_build_fail_memory(struct tlee_builder *builder);

/* Shape of a value; all zeros after an error. */
struct tlee_shape tlee_build_shape(const struct tlee_builder *builder, tlee_value_id value);

/* Channels in a block of a value's layout; 1 after an error. */
size_t tlee_build_block(const struct tlee_builder *builder, tlee_value_id value);

/* A new value of c x h x w elements; a pinned one keeps its place for the whole session. */
tlee_value_id tlee_build_value(struct tlee_builder *builder, size_t c, size_t h, size_t w,
                               bool pinned);

/* The same in blocks of channels. */
tlee_value_id tlee_build_map(struct tlee_builder *builder, size_t c, size_t h, size_t w,
                             size_t block);

/* x, or a copy of it in the plain layout where it has another. */
tlee_value_id tlee_build_plain(struct tlee_builder *builder, const char *name, tlee_value_id x);

/* A vector of `length` elements that is part of the pinned vector `parent`, from `offset` on. */
tlee_value_id tlee_build_view(struct tlee_builder *builder, tlee_value_id parent, size_t offset,
                              size_t length);

/* Appends a node; NULL after an error. */
struct tlee_node *tlee_build_node(struct tlee_builder *builder, enum tlee_op op, const char *name,
                                  tlee_value_id x, tlee_value_id y);

/* A node without weights on vectors of one length: y = op(x, x2). NULL after an error. */
struct tlee_node *tlee_build_elementwise(struct tlee_builder *builder, enum tlee_op op,
                                         const char *name, tlee_value_id x, tlee_value_id x2,
                                         tlee_value_id y);

/* Outputs of a window along one axis; 0 when it does not fit. */
size_t tlee_build_windows(size_t size, size_t kernel, size_t stride, size_t pad);

/* Size of an axis of "<layer>.weight": the file's own, or `published` for random: models. */
size_t tlee_build_dim(struct tlee_builder *builder, const char *layer, unsigned axis,
                      size_t published);

/* Convolution [batch-norm] [+ residual] [activation]; square kernel, equal strides and padding. */
struct tlee_conv_unit {
    const char *conv;     /* name */
    const char *norm;     /* name of the batch-norm, or NULL */
    const char *add;      /* name of the addition where it stands by itself; with a residual */
    const char *act_name; /* name of the activation where it stands by itself; with act */
    size_t oc;            /* output channels */
    size_t kernel, stride, pad;
    size_t groups; /* 0 stands for 1 */
    bool bias;
    bool inner;             /* only the layer that is built next reads the result */
    tlee_value_id residual; /* read only when `add` is given */
    const char *scale_name; /* name of the input's scaling where it stands by itself, or NULL */
    tlee_value_id scale;    /* a vector, with scale_name: its element c multiplies channel c of x */
    enum tlee_activation act;
};
tlee_value_id tlee_build_conv(struct tlee_builder *builder, tlee_value_id x,
                              const struct tlee_conv_unit *unit);

/* Linear with bias [batch-norm] [activation] on all elements of x as one vector. */
struct tlee_linear_unit {
    const char *linear;
    const char *norm;
    const char *act_name;
    size_t out;
    enum tlee_activation act;
    bool again;         /* the same weights serve an earlier layer, which counts them */
    tlee_value_id into; /* where the result goes, of `out` elements */
};
void tlee_build_linear(struct tlee_builder *builder, tlee_value_id x,
                       const struct tlee_linear_unit *unit);

/* The same for a 1x1 convolution on a vector, a 1x1 map: only the weight's dimensions differ. */
void tlee_build_pointwise(struct tlee_builder *builder, tlee_value_id x,
                          const struct tlee_linear_unit *unit);

/* Gives large linear layers that use their weights in the memory that a file was read into copies
 * in huge pages: at the end, when it is known which weights are in use. */
void tlee_build_linear_memory(struct tlee_builder *builder);

tlee_value_id tlee_build_max_pool(struct tlee_builder *builder, const char *name, tlee_value_id x,
                                  size_t kernel, size_t stride, size_t pad);

/* alpha * max + (1 - alpha) * average over kernel x kernel windows without overlap; alpha is the
 * one number of the tensor alpha_name. */
tlee_value_id tlee_build_mixed_pool(struct tlee_builder *builder, const char *name,
                                    const char *alpha_name, tlee_value_id x, size_t kernel);

/* Adaptive average pooling to side x side; x itself where it has that size. */
tlee_value_id tlee_build_adaptive_avg_pool(struct tlee_builder *builder, const char *name,
                                           tlee_value_id x, size_t side);

/* x with channel c multiplied by element c of the vector `scale`. */
tlee_value_id tlee_build_scale_channels(struct tlee_builder *builder, const char *name,
                                        tlee_value_id x, tlee_value_id scale);

/* Average of each channel, into a vector of c elements. */
void tlee_build_global_avg_pool(struct tlee_builder *builder, const char *name, tlee_value_id x,
                                tlee_value_id into);

#endif
