/* SPDX-License-Identifier: MIT */
/* Which frames of a video are looked at, and in which order (spec section 2). */
#ifndef TLEE_SAMPLING_H
#define TLEE_SAMPLING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The numbers, from 1, of the frames_t frames (2 or more) taken out of count_n (1 or more), in
 * ascending order: for k = 0..T-1, 1 + k * (N / (T - 1)) in double precision, clipped to 0..N-1 and
 * cut to an integer; a 0 becomes frame 1. numbers: size_t[frames_t]. Some may be equal; the first
 * is always 1.
 */
void tlee_sample_frames(size_t count_n, size_t frames_t, size_t *numbers);

/* The published processing order for that many frames: position k holds the 0-based index of the
 * sampled frame that is processed k-th. NULL where there is none. Constant. */
const size_t *tlee_default_order(size_t frames);

/* True when order[0..count-1] holds each of 0..count-1 once. */
bool tlee_is_permutation(const size_t *order, size_t count);

#endif
