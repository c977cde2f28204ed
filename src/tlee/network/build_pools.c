/* SPDX-License-Identifier: MIT */
/* Pooling layers. */
#include "build.h"
#include "layout.h"

/* A pooling node with square windows; NULL after an error. */
static struct tlee_node *pool_node(struct tlee_builder *builder, enum tlee_op op, const char *name,
                                   tlee_value_id x, size_t kernel, size_t stride, size_t pad) {
    struct tlee_shape in = tlee_build_shape(builder, x);
    size_t block = tlee_build_block(builder, x);
    struct tlee_pool2d p = {.c = tlee_padded_channels(in.c, block),
                            .h = in.h,
                            .w = in.w,
                            .oh = tlee_build_windows(in.h, kernel, stride, pad),
                            .ow = tlee_build_windows(in.w, kernel, stride, pad),
                            .kh = kernel,
                            .kw = kernel,
                            .sh = stride,
                            .sw = stride,
                            .ph = pad,
                            .pw = pad,
                            .block = block};
    if (builder->status == TLEE_OK && (!p.oh || !p.ow))
        tlee_build_fail(builder, TLEE_ERR_SHAPE, "%s does not fit its input of %zu x %zu x %zu",
                        name, in.c, in.h, in.w);
    tlee_value_id y = tlee_build_map(builder, in.c, p.oh, p.ow, block);
    struct tlee_node *node = tlee_build_node(builder, op, name, x, y);
    if (node)
        node->p.pool = p;
    return node;
}

tlee_value_id tlee_build_max_pool(struct tlee_builder *builder, const char *name, tlee_value_id x,
                                  size_t kernel, size_t stride, size_t pad) {
    const struct tlee_node *node =
        pool_node(builder, TLEE_OP_MAX_POOL, name, x, kernel, stride, pad);
    return node ? node->y : TLEE_NO_VALUE;
}

tlee_value_id tlee_build_mixed_pool(struct tlee_builder *builder, const char *name,
                                    const char *alpha_name, tlee_value_id x, size_t kernel) {
    struct tlee_node *node = pool_node(builder, TLEE_OP_MIXED_POOL, name, x, kernel, kernel, 0);
    if (!node)
        return TLEE_NO_VALUE;
    const float *alpha = NULL;
    size_t one = 1;
    builder->status =
        tlee_weights_get(builder->weights, alpha_name, 1, &one, &alpha, builder->error);
    if (builder->status != TLEE_OK)
        return TLEE_NO_VALUE;
    node->alpha = *alpha;
    node->parameters = 1;
    return node->y;
}

tlee_value_id tlee_build_adaptive_avg_pool(struct tlee_builder *builder, const char *name,
                                           tlee_value_id x, size_t side) {
    struct tlee_shape in = tlee_build_shape(builder, x);
    size_t block = tlee_build_block(builder, x);
    if (in.h == side && in.w == side)
        return x;
    tlee_value_id y = tlee_build_map(builder, in.c, side, side, block);
    struct tlee_node *node = tlee_build_node(builder, TLEE_OP_ADAPTIVE_AVG_POOL, name, x, y);
    if (node)
        node->p.pool = (struct tlee_pool2d){.c = tlee_padded_channels(in.c, block),
                                            .h = in.h,
                                            .w = in.w,
                                            .oh = side,
                                            .ow = side,
                                            .block = block};
    return y;
}

tlee_value_id tlee_build_scale_channels(struct tlee_builder *builder, const char *name,
                                        tlee_value_id x, tlee_value_id scale) {
    x = tlee_build_plain(builder, name, x);
    struct tlee_shape shape = tlee_build_shape(builder, x);
    tlee_value_id y = tlee_build_value(builder, shape.c, shape.h, shape.w, false);
    tlee_build_elementwise(builder, TLEE_OP_SCALE_CHANNELS, name, x, scale, y);
    return y;
}

void tlee_build_global_avg_pool(struct tlee_builder *builder, const char *name, tlee_value_id x,
                                tlee_value_id into) {
    struct tlee_shape in = tlee_build_shape(builder, x);
    /* A vector has no room for channels of padding. */
    if (builder->status == TLEE_OK && in.c % tlee_build_block(builder, x))
        x = tlee_build_plain(builder, name, x);
    struct tlee_node *node = tlee_build_node(builder, TLEE_OP_ADAPTIVE_AVG_POOL, name, x, into);
    if (node)
        node->p.pool = (struct tlee_pool2d){.c = in.c,
                                            .h = in.h,
                                            .w = in.w,
                                            .oh = 1,
                                            .ow = 1,
                                            .block = tlee_build_block(builder, x)};
}
