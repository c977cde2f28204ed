/* SPDX-License-Identifier: MIT */
#include "build.h"

#include "layout.h"
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void tlee_build_fail_memory(struct tlee_builder *builder) {
    tlee_build_fail(builder, TLEE_ERR_NOMEM, "out of memory for the network");
}

void tlee_build_fail(struct tlee_builder *builder, enum tlee_status status, const char *format,
                     ...) {
    if (builder->status != TLEE_OK)
        return;
    char text[TLEE_ERROR_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    builder->status = tlee_fail(builder->error, status, -1, "%s", text);
}

const char *tlee_build_name(struct tlee_builder *builder, const char *format, ...) {
    if (builder->status != TLEE_OK)
        return NULL;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t bytes = strlen(text) + 1;
    char *name = tlee_graph_alloc(builder->graph, bytes);
    if (!name) {
        tlee_build_fail_memory(builder);
        return NULL;
    }
    memcpy(name, text, bytes);
    return name;
}

struct tlee_shape tlee_build_shape(const struct tlee_builder *builder, tlee_value_id value) {
    if (builder->status != TLEE_OK)
        return (struct tlee_shape){0};
    return builder->graph->values[value].shape;
}

size_t tlee_build_block(const struct tlee_builder *builder, tlee_value_id value) {
    return builder->status == TLEE_OK ? builder->graph->values[value].block : 1;
}

static tlee_value_id new_value(struct tlee_builder *builder, size_t c, size_t h, size_t w,
                               size_t block, bool pinned) {
    if (builder->status != TLEE_OK)
        return TLEE_NO_VALUE;
    struct tlee_value value = {
        .shape = {1, c, h, w}, .block = block, .parent = TLEE_NO_VALUE, .pinned = pinned};
    struct tlee_shape padded = {1, tlee_padded_channels(c, block), h, w};
    if (c > SIZE_MAX - block || !tlee_shape_count(&padded, &value.count)) {
        tlee_build_fail(builder, TLEE_ERR_SHAPE, "a map of %zu x %zu x %zu is too large", c, h, w);
        return TLEE_NO_VALUE;
    }
    tlee_value_id id = tlee_graph_add_value(builder->graph, &value);
    if (id == TLEE_NO_VALUE)
        tlee_build_fail_memory(builder);
    return id;
}

tlee_value_id tlee_build_value(struct tlee_builder *builder, size_t c, size_t h, size_t w,
                               bool pinned) {
    return new_value(builder, c, h, w, 1, pinned);
}

tlee_value_id tlee_build_map(struct tlee_builder *builder, size_t c, size_t h, size_t w,
                             size_t block) {
    return new_value(builder, c, h, w, block, false);
}

tlee_value_id tlee_build_plain(struct tlee_builder *builder, const char *name, tlee_value_id x) {
    if (builder->status != TLEE_OK)
        return x;
    struct tlee_shape shape = builder->graph->values[x].shape;
    if (builder->graph->values[x].block == 1 || shape.h * shape.w == 1)
        return x;
    tlee_value_id y = tlee_build_value(builder, shape.c, shape.h, shape.w, false);
    tlee_build_node(builder, TLEE_OP_REORDER, name, x, y);
    return y;
}

tlee_value_id tlee_build_view(struct tlee_builder *builder, tlee_value_id parent, size_t offset,
                              size_t length) {
    tlee_value_id id = tlee_build_value(builder, length, 1, 1, true);
    if (builder->status == TLEE_OK) {
        builder->graph->values[id].parent = parent;
        builder->graph->values[id].parent_offset = offset;
    }
    return id;
}

size_t tlee_build_dim(struct tlee_builder *builder, const char *layer, unsigned axis,
                      size_t published) {
    const char *name = tlee_build_name(builder, "%s.weight", layer);
    size_t size = published;
    if (builder->status == TLEE_OK)
        builder->status = tlee_weights_dim(builder->weights, name, axis, &size, builder->error);
    return builder->status == TLEE_OK ? size : 0;
}

struct tlee_node *tlee_build_node(struct tlee_builder *builder, enum tlee_op op, const char *name,
                                  tlee_value_id x, tlee_value_id y) {
    if (builder->status != TLEE_OK)
        return NULL;
    struct tlee_node *node = tlee_graph_add_node(builder->graph);
    if (!node) {
        tlee_build_fail_memory(builder);
        return NULL;
    }
    node->op = op;
    node->name = name;
    node->x = x;
    node->y = y;
    return node;
}

struct tlee_node *tlee_build_elementwise(struct tlee_builder *builder, enum tlee_op op,
                                         const char *name, tlee_value_id x, tlee_value_id x2,
                                         tlee_value_id y) {
    struct tlee_node *node = tlee_build_node(builder, op, name, x, y);
    if (node)
        node->x2 = x2;
    return node;
}

size_t tlee_build_windows(size_t size, size_t kernel, size_t stride, size_t pad) {
    return size + 2 * pad < kernel ? 0 : (size + 2 * pad - kernel) / stride + 1;
}
