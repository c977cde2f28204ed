/* SPDX-License-Identifier: MIT */
/* What the engine did with a video against the records of a golden file. */
#ifndef GOLDEN_CHECK_H
#define GOLDEN_CHECK_H

#include "golden_file.h"
#include "golden_seen.h"
#include "tlee.h"

/* The largest errors met, and the bound on them. */
struct golden_worst {
    double bound, tensor, logit, confidence, gate;
};

/* Walks the records of one video up to its result. */
void golden_check_video(struct golden_file *file, const tlee_session *session,
                        const struct golden_seen *seen, size_t classes, struct golden_worst *worst);

#endif
