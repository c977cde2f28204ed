/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include "status.h"

#include <stdlib.h>

/* Life of a value in node numbers, both ends included, and the room it takes in elements. */
struct life {
    size_t first, last;
    size_t size;
    tlee_value_id value;
};

/* Uses of a view are uses of what it lies in. */
static tlee_value_id owner(const struct tlee_graph *graph, tlee_value_id value) {
    while (graph->values[value].parent != TLEE_NO_VALUE)
        value = graph->values[value].parent;
    return value;
}

static void use(const struct tlee_graph *graph, struct life *lives, tlee_value_id value,
                size_t node) {
    if (value == TLEE_NO_VALUE)
        return;
    struct life *life = &lives[owner(graph, value)];
    life->last = node > life->last ? node : life->last;
}

static void find_lives(const struct tlee_graph *graph, struct life *lives) {
    const size_t unit = TLEE_ALIGNMENT / sizeof(float);
    for (size_t v = 0; v < graph->value_count; v++) {
        const struct tlee_value *value = &graph->values[v];
        lives[v] = (struct life){.value = (tlee_value_id)v};
        lives[v].size = (value->count + unit - 1) / unit * unit;
        if (value->pinned)
            lives[v].last = graph->node_count;
    }
    for (size_t n = graph->node_count; n-- > 0;) {
        const struct tlee_node *node = &graph->nodes[n];
        if (node->in_next) { /* what it writes takes no room, what it reads is read by the next */
            lives[node->y].size = 0;
            use(graph, lives, node->x, n + 1);
            continue;
        }
        tlee_value_id written = owner(graph, node->y);
        if (!graph->values[written].pinned)
            lives[written].first = n; /* at the end of the loop: its first writer */
        use(graph, lives, node->y, n);
        use(graph, lives, node->x, n);
        use(graph, lives, node->x2, n);
        use(graph, lives, node->scale_by, n);
    }
}

static bool overlap(const struct life *a, const struct life *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* Large values first: the small ones then fill the gaps. Ties in the order of the network, so that
 * a plan is a function of the graph alone. */
static int larger_first(const void *left, const void *right) {
    const struct life *a = *(struct life *const *)left, *b = *(struct life *const *)right;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return a->value < b->value ? -1 : a->value > b->value;
}

/* The lowest offset at which `life` meets no placed value that lives at the same time. */
static size_t lowest_place(const struct tlee_graph *graph, struct life *const *order, size_t placed,
                           const struct life *life) {
    size_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < placed; i++) {
            const struct life *other = order[i];
            size_t start = graph->values[other->value].offset;
            if (overlap(life, other) && offset < start + other->size &&
                start < offset + life->size) {
                offset = start + other->size;
                moved = true;
            }
        }
    }
    return offset;
}

static bool place_all(struct tlee_graph *graph, struct life *lives, struct life **order,
                      size_t *floats) {
    size_t count = 0, total = 0;
    for (size_t v = 0; v < graph->value_count; v++)
        if (graph->values[v].parent == TLEE_NO_VALUE)
            order[count++] = &lives[v];
    qsort(order, count, sizeof *order, larger_first);
    for (size_t i = 0; i < count; i++) {
        size_t offset = lowest_place(graph, order, i, order[i]), end, bytes;
        if (!tlee_size_add(offset, order[i]->size, &end) ||
            !tlee_size_mul(end, 2 * sizeof(float), &bytes))
            return false;
        graph->values[order[i]->value].offset = offset;
        total = end > total ? end : total;
    }
    for (size_t v = 0; v < graph->value_count; v++) {
        struct tlee_value *value = &graph->values[v];
        size_t inside = 0;
        for (tlee_value_id at = (tlee_value_id)v; graph->values[at].parent != TLEE_NO_VALUE;
             at = graph->values[at].parent)
            inside += graph->values[at].parent_offset;
        if (value->parent != TLEE_NO_VALUE)
            value->offset = graph->values[owner(graph, (tlee_value_id)v)].offset + inside;
    }
    *floats = total;
    return true;
}

enum tlee_status tlee_plan(struct tlee_graph *graph, size_t *floats, struct tlee_error *error) {
    enum tlee_status status = TLEE_OK;
    struct life *lives = tlee_alloc(&graph->allocator, graph->value_count * sizeof *lives);
    struct life **order = tlee_alloc(&graph->allocator, graph->value_count * sizeof *order);
    if (!lives || !order) {
        status = tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for the plan");
    } else {
        find_lives(graph, lives);
        if (!place_all(graph, lives, order, floats))
            status =
                tlee_fail(error, TLEE_ERR_NOMEM, -1, "the network's maps do not fit in memory");
    }
    tlee_free(&graph->allocator, order);
    tlee_free(&graph->allocator, lives);
    return status;
}
