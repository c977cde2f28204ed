/* SPDX-License-Identifier: MIT */
/* Keeps what a session shows of one video: the last map of each stage, and each exit's feature. */
#ifndef GOLDEN_SEEN_H
#define GOLDEN_SEEN_H

#include "tlee.h"

enum {
    GOLDEN_EXITS_MAX = 16 * 4 /* frames and exits of the longest video */
};

struct golden_map {
    float *data; /* c * h * w, owned */
    size_t c, h, w;
};

/* What the observer saw, an entry for each exit that was evaluated. */
struct golden_seen {
    struct golden_map stage; /* the last map of a stage so far */
    struct golden_map stages[GOLDEN_EXITS_MAX], features[GOLDEN_EXITS_MAX];
    size_t exits;
};

/* A tlee_observer; cookie is a struct golden_seen that began as zeros. */
void golden_observe(void *cookie, const struct tlee_observed *op);

/* Frees what was kept. */
void golden_forget(struct golden_seen *seen);

#endif
