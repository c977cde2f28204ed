/* SPDX-License-Identifier: MIT */
/* Recording: all exits of all frames. */
#ifndef TLEE_RECORD_H
#define TLEE_RECORD_H

#include "session.h"

/* A new video for the session's recording. */
void tlee_record_begin(struct tlee_session *session);

/* The frame that lies in network->input, through all exits. */
enum tlee_status tlee_record_frame(struct tlee_session *session, struct tlee_error *error);

#endif
