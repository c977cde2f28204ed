/* SPDX-License-Identifier: MIT */
/* The weights of a layer, with its batch-norm folded in where that is wanted. */
#ifndef TLEE_LAYER_WEIGHTS_H
#define TLEE_LAYER_WEIGHTS_H

#include "build.h"
#include "fold.h"

/* Where a layer's numbers come from. */
struct tlee_layer_origin {
    const char *layer;
    const char *norm; /* batch-norm to fold in, or NULL */
    bool bias;
    bool half;  /* weights stored in half precision stay so, rather than being widened */
    bool again; /* an earlier node has counted them */
    unsigned ndim;
    size_t dims[4];               /* dims[0] rows, one an output channel */
    const struct tlee_conv *conv; /* that packs them; NULL: they are used as they are */
};

/* Sets weight (or half), bias, their counts and parameters of node. With a batch-norm, weight and
 * bias become copies of the graph's own; half stays, and scale holds the batch-norm's factor. From
 * a prepared file they are what the kernels read: folded and packed. */
void tlee_layer_take_weights(struct tlee_builder *builder, struct tlee_node *node,
                             const struct tlee_layer_origin *from);

/* TLEE_LAYOUT_ of a layer's weights in a prepared file; conv is NULL where nothing packs them. */
uint32_t tlee_layer_layout(const struct tlee_conv *conv);

/* The stored values of a batch-norm of c channels. */
struct tlee_batch_norm tlee_layer_norm(struct tlee_builder *builder, const char *name, size_t c);

/* The batch-norm of x as an op of its own, into a value of the same shape; returns it. */
tlee_value_id tlee_layer_norm_node(struct tlee_builder *builder, const char *name, tlee_value_id x,
                                   tlee_value_id into);

/* An activation as an op of its own. */
void tlee_layer_activation_node(struct tlee_builder *builder, enum tlee_activation act,
                                const char *name, tlee_value_id x, tlee_value_id into);

#endif
