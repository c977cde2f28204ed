/* SPDX-License-Identifier: MIT */
/*
 * What the exits of a recording said, by the path that led to them: a tree with a node for each
 * exit of each frame that was reached in another way. It is bounded; what has no room is not kept.
 */
#ifndef TLEE_REPLAY_TREE_H
#define TLEE_REPLAY_TREE_H

#include "tlee_base.h"

#include <stdbool.h>

enum {
    TLEE_NO_NODE = 0 /* and where the tree begins */
};

/* What an exit said. */
struct tlee_judgement {
    float confidence, gate;
    uint32_t top1;
};

struct tlee_replay_node {
    struct tlee_judgement said;
    uint32_t deeper, next; /* nodes of the next exit of this frame, and of the next frame's first */
};

/* Zeroed and then begun. The first node stands for no exit; those of the first frame follow it. */
struct tlee_replay_tree {
    struct tlee_allocator allocator;
    struct tlee_replay_node *nodes;
    size_t used, room, most;
};

/* An empty tree of at most `bytes` bytes, or a few nodes. False without memory. */
bool tlee_replay_tree_begin(struct tlee_replay_tree *tree, size_t bytes,
                            const struct tlee_allocator *allocator);
void tlee_replay_tree_end(struct tlee_replay_tree *tree);

/* Leaves it empty. */
void tlee_replay_tree_forget(struct tlee_replay_tree *tree);

/* The node after `at`, on the next frame or deeper in this one; TLEE_NO_NODE when there is none. */
uint32_t tlee_replay_tree_find(const struct tlee_replay_tree *tree, uint32_t at, bool next);

/* Adds that node, if there is room: otherwise TLEE_NO_NODE. */
uint32_t tlee_replay_tree_keep(struct tlee_replay_tree *tree, uint32_t at, bool next,
                               const struct tlee_judgement *said);

#endif
