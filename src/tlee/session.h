/* SPDX-License-Identifier: MIT */
/* What a tlee_session is made of: one block of memory, laid out by one function. */
#ifndef TLEE_SESSION_H
#define TLEE_SESSION_H

#include "arena.h"
#include "decide.h"
#include "execute.h"
#include "model.h"
#include "tlee_replay.h"

enum tlee_session_state {
    TLEE_SESSION_IDLE,    /* no video was begun, or it failed */
    TLEE_SESSION_RUNNING, /* takes frames */
    TLEE_SESSION_DECIDED  /* has an answer */
};

struct tlee_session {
    const struct tlee_model *model;
    struct tlee_allocator allocator;
    void *block; /* maps, workspace, steps and logits */
    struct tlee_arena arena;
    struct tlee_threads *threads; /* NULL with one thread */
    struct tlee_run run;
    struct tlee_policy policy;
    uint64_t seed;
    struct tlee_recording *recording; /* that videos are recorded in; NULL: they are recognised */

    /* The video that is under way. */
    enum tlee_session_state state;
    uint64_t video;
    size_t t;                /* frame step of the next push */
    struct tlee_step *steps; /* room for frames * exits */
    float *logits;           /* classes for each step */
    size_t step_count;
    uint64_t macs;
    uint32_t ended[TLEE_EXITS_MAX]; /* frames that ended at each exit */
    uint64_t ns;                    /* spent in pushes */
    uint64_t mark;                  /* clock at the step before, or at the push */
};

#endif
