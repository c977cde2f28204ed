/* SPDX-License-Identifier: MIT */
/*
 * What happens at one exit, piece by piece (spec sections 5 and 6), on the maps of a session and at
 * its frame step t: for recognising (recognise.c), recording (record.c) and replaying (replay.c).
 * index counts the exits that the model's mode can take.
 */
#ifndef TLEE_EXIT_STEPS_H
#define TLEE_EXIT_STEPS_H

#include "session.h"

/* Shows the observer the frame that lies in network->input. */
void tlee_exit_show_input(struct tlee_session *session);

/* The backbone from the exit before, or the frame, up to this exit. */
void tlee_exit_run_stage(struct tlee_session *session, size_t index);

/* Branch and feature MLP, as far as the exit has them: leaves the feature, before reuse, in
 * network->z. */
void tlee_exit_run_feature(struct tlee_session *session, size_t index);

/* Merges the feature with the one before, from the second frame on. */
void tlee_exit_reuse(struct tlee_session *session);

/* Reuse, and the scores of the running feature. */
void tlee_exit_score(struct tlee_session *session);

/* The likeliest class and how sure that is, at the temperature of exit b. NUMERIC when a score is
 * not finite, or the confidence. */
enum tlee_status tlee_exit_judge(struct tlee_session *session, size_t b, double temperature,
                                 size_t *top1, float *confidence, struct tlee_error *error);

/* What the model's gate says of the running feature and the one before it; NUMERIC when that is not
 * finite. Not for the random gate. */
enum tlee_status tlee_exit_ask_gate(struct tlee_session *session, size_t b, float *gate,
                                    struct tlee_error *error);

/* The running feature becomes the one before. */
void tlee_exit_carry(struct tlee_session *session);

/* Takes down the exit that was judged as a step of the video, with its scores. */
struct tlee_step *tlee_exit_note(struct tlee_session *session, size_t b, size_t top1,
                                 float confidence);

#endif
