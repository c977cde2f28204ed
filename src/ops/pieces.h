/* SPDX-License-Identifier: MIT */
/* Which of the equal pieces of a workspace, as many as threads, are in use by one. */
#ifndef TLEE_PIECES_H
#define TLEE_PIECES_H

#include "threads.h"

#include <stdatomic.h>

struct tlee_pieces {
    unsigned count;
    atomic_flag taken[TLEE_THREADS_MAX];
};

static inline void tlee_pieces_init(struct tlee_pieces *pieces, unsigned count) {
    pieces->count = count;
    for (unsigned i = 0; i < count; i++)
        atomic_flag_clear(&pieces->taken[i]);
}

/* The number of a piece that no other thread has; given back by tlee_pieces_give. */
static inline unsigned tlee_pieces_take(struct tlee_pieces *pieces) {
    unsigned piece = 0;
    while (atomic_flag_test_and_set(&pieces->taken[piece]))
        piece = (piece + 1) % pieces->count;
    return piece;
}

static inline void tlee_pieces_give(struct tlee_pieces *pieces, unsigned piece) {
    atomic_flag_clear(&pieces->taken[piece]);
}

#endif
