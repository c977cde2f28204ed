/* SPDX-License-Identifier: MIT */
/* A workspace in as many equal pieces as there are threads, so that each task has one to itself. */
#ifndef TLEE_PIECES_H
#define TLEE_PIECES_H

#include "threads.h"

#include <stdatomic.h>

struct tlee_pieces {
    float *workspace;
    size_t floats; /* of a piece */
    unsigned count;
    atomic_flag taken[TLEE_THREADS_MAX];
};

/* workspace: count * floats. */
void tlee_pieces_init(struct tlee_pieces *pieces, float *workspace, size_t floats, unsigned count);

/* The number of a piece that nobody else has until it is given back. */
size_t tlee_pieces_take(struct tlee_pieces *pieces);
void tlee_pieces_give_back(struct tlee_pieces *pieces, size_t piece);

#endif
