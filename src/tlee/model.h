/* SPDX-License-Identifier: MIT */
/* What a tlee_model is made of. Immutable once it is open. */
#ifndef TLEE_MODEL_H
#define TLEE_MODEL_H

#include "config.h"
#include "cost.h"
#include "network.h"
#include "prepared.h"

struct tlee_model {
    struct tlee_allocator allocator;
    char *description; /* of a random: model; cut into pieces that config points to */
    struct tlee_weights *weights;
    struct tlee_prepared prepared; /* what the file was prepared for */
    struct tlee_config config;     /* with the caller's mode and gate */
    struct tlee_network network;
    struct tlee_ops ops;
    unsigned cpu; /* TLEE_CPU_ bits in use */
    bool fold, exact;
    struct tlee_exit_cost costs[TLEE_EXITS_MAX];
    size_t arena_floats; /* a session's maps and vectors */
};

/* Number b of the index-th exit that the mode can take. */
size_t tlee_model_exit_number(const struct tlee_model *model, size_t index);

/* See tlee_model_info (fingerprint.c). */
uint64_t tlee_model_fingerprint(const struct tlee_model *model);

/* Bytes of a session of this model (session.c); 0 when they do not fit a size_t. */
size_t tlee_session_bytes(const struct tlee_model *model, unsigned threads);

#endif
