/* SPDX-License-Identifier: MIT */
/* What there is to say about a video that was recognised, as text and as JSON. */
#ifndef TLEE_RUN_REPORT_H
#define TLEE_RUN_REPORT_H

#include "json.h"
#include "tlee.h"

#include <stdbool.h>

struct tlee_ranked {
    size_t label;
    float logit, confidence;
};

struct tlee_run_report {
    const tlee_model *model;
    const tlee_session *session; /* at the end of the video */
    struct tlee_model_info info;
    struct tlee_result result;
    bool sequential;
    uint64_t macs_full;          /* of the same video in mode full */
    double ms_total;             /* from opening the input to the decision */
    const size_t *source_frames; /* [t]: number of the frame in the video */
    struct tlee_ranked *ranking; /* all classes, likeliest first; ties by label */
};

/* top: classes to list; trace: the steps too. Write errors stay recorded in stdout. */
void tlee_run_report_text(const struct tlee_run_report *report, size_t top, bool trace);
void tlee_run_report_json(const struct tlee_run_report *report, size_t top, bool trace);

/* What the JSON form has up to the times, for an object that has more. */
void tlee_run_report_members(struct tlee_json *json, const struct tlee_run_report *report,
                             size_t top);

/* Fills ranking, which is freed by the caller; false when there is no memory for it. */
bool tlee_run_report_rank(struct tlee_run_report *report);

#endif
