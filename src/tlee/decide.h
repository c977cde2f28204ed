/* SPDX-License-Identifier: MIT */
/* The decision: early exits in time and in depth (spec section 6). */
#ifndef TLEE_DECIDE_H
#define TLEE_DECIDE_H

#include "tlee.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tlee_policy {
    bool early;    /* exits are taken at all; false in mode FULL */
    bool has_gate; /* somebody decides between the first and the last frame */
    size_t frames; /* T */
    struct tlee_thresholds at;
};

enum tlee_verdict {
    TLEE_GO_DEEPER,   /* on to the next exit of this frame, if it has one */
    TLEE_LEAVE_FRAME, /* frame exit: the frame is clear */
    TLEE_ANSWER       /* video exit: the video is clear */
};

/* True when the gate's word is needed at frame step t. */
bool tlee_gate_is_asked(const struct tlee_policy *policy, size_t t);

/* What follows from exit b at frame step t: its confidence, and the gate's value where it is
 * asked. At a frame's last exit GO_DEEPER and LEAVE_FRAME mean the same. */
enum tlee_verdict tlee_decide(const struct tlee_policy *policy, size_t t, size_t b,
                              float confidence, float gate);

/* The random gate's coin for exit b of frame t of a video: 0 <= coin < 1, uniform. */
float tlee_coin(uint64_t seed, uint64_t video, size_t t, size_t b);

#endif
