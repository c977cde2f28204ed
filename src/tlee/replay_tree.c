/* SPDX-License-Identifier: MIT */
#include "replay_tree.h"

#include "memory.h"

#include <string.h>

enum {
    FIRST_ROOM = 64
};
_Static_assert(sizeof(struct tlee_replay_node) == 20, "as tlee_replay.h says");

bool tlee_replay_tree_begin(struct tlee_replay_tree *tree, size_t bytes,
                            const struct tlee_allocator *allocator) {
    size_t most = bytes / sizeof *tree->nodes;
    tree->allocator = *allocator;
    tree->most = most < FIRST_ROOM ? FIRST_ROOM : most < UINT32_MAX ? most : UINT32_MAX;
    tree->room = FIRST_ROOM;
    tree->nodes = tlee_alloc(allocator, tree->room * sizeof *tree->nodes);
    if (!tree->nodes)
        return false;
    tlee_replay_tree_forget(tree);
    return true;
}

void tlee_replay_tree_end(struct tlee_replay_tree *tree) {
    tlee_free(&tree->allocator, tree->nodes);
}

void tlee_replay_tree_forget(struct tlee_replay_tree *tree) {
    tree->used = 1;
    tree->nodes[TLEE_NO_NODE] = (struct tlee_replay_node){0};
}

uint32_t tlee_replay_tree_find(const struct tlee_replay_tree *tree, uint32_t at, bool next) {
    const struct tlee_replay_node *node = &tree->nodes[at];
    return next ? node->next : node->deeper;
}

/* Room for one node more, if there may be; without memory the tree stays as it is. */
static bool grow(struct tlee_replay_tree *tree) {
    if (tree->used < tree->room)
        return true;
    size_t room = tree->room < tree->most / 2 ? 2 * tree->room : tree->most;
    if (room <= tree->used)
        return false;
    struct tlee_replay_node *nodes = tlee_alloc(&tree->allocator, room * sizeof *nodes);
    if (!nodes) {
        tree->most = tree->room;
        return false;
    }
    memcpy(nodes, tree->nodes, tree->used * sizeof *nodes);
    tlee_free(&tree->allocator, tree->nodes);
    tree->nodes = nodes;
    tree->room = room;
    return true;
}

uint32_t tlee_replay_tree_keep(struct tlee_replay_tree *tree, uint32_t at, bool next,
                               const struct tlee_judgement *said) {
    if (!grow(tree))
        return TLEE_NO_NODE;
    uint32_t index = (uint32_t)tree->used++;
    tree->nodes[index] = (struct tlee_replay_node){.said = *said};
    if (next)
        tree->nodes[at].next = index;
    else
        tree->nodes[at].deeper = index;
    return index;
}
