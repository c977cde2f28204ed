/* SPDX-License-Identifier: MIT */
/* The videos of a list through one model, several at once. */
#ifndef TLEE_EVAL_JOBS_H
#define TLEE_EVAL_JOBS_H

#include "records_file.h"

/* How the work ended. */
enum tlee_eval_end {
    TLEE_EVAL_DONE,
    TLEE_EVAL_STOPPED, /* by a signal (stop_signal.h) */
    TLEE_EVAL_FAULT    /* it has been said what is wrong */
};

struct tlee_eval {
    const struct tlee_cli_options *options;
    const tlee_model *model;
    struct tlee_model_info info;
    struct tlee_list list;
    struct tlee_identity of;
    struct tlee_records records;   /* known so far, in no order */
    struct tlee_records_file file; /* where they go; .fd = -1: nowhere */
};

/*
 * Recognises the videos list.videos[todo[0..count-1]] and adds a record of each. Answers depend
 * neither on the number of jobs nor on that of threads. A video that fails is named on standard
 * error and becomes a record like others.
 */
enum tlee_eval_end tlee_eval_jobs(struct tlee_eval *eval, const size_t *todo, size_t count);

#endif
