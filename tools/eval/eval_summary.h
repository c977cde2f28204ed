/* SPDX-License-Identifier: MIT */
/* What the records of a data set come to. */
#ifndef TLEE_EVAL_SUMMARY_H
#define TLEE_EVAL_SUMMARY_H

#include "records.h"

/* Means and fractions are of the videos that ran; NaN when there are none. */
struct tlee_eval_summary {
    const struct tlee_records *records; /* sorted by index */
    size_t ran, failed;
    double top1, top5;                 /* fractions */
    double gmac, gmac_paper;           /* means; the latter NaN where there are no figures */
    double frames;                     /* mean of frames seen */
    double ms, ms_p50, ms_p90, ms_p99; /* mean and percentiles by nearest rank */
    size_t *left_at;                   /* [frames][branches + 1]: videos that ended there */
    size_t *class_videos;              /* [classes] that ran */
    size_t *class_right;
};

/* Sums up in the order of index, so that the order of completion makes no difference. False without
 * memory. */
bool tlee_eval_summarise(struct tlee_eval_summary *summary, const struct tlee_records *records);
void tlee_eval_summary_free(struct tlee_eval_summary *summary);

/* model: has the names of classes; NULL: they have none. Write errors stay recorded in stdout. */
void tlee_eval_summary_text(const struct tlee_eval_summary *summary, const tlee_model *model);
void tlee_eval_summary_json(const struct tlee_eval_summary *summary, const tlee_model *model);

/* A line of names, then for each class how often it was taken for which, as comma-separated values
 * (RFC 4180). False without memory; write errors stay recorded in the stream. */
bool tlee_eval_confusion(const struct tlee_records *records, const tlee_model *model, FILE *out);

#endif
