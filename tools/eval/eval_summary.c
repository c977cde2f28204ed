/* SPDX-License-Identifier: MIT */
#include "eval_summary.h"

#include <math.h>
#include <stdlib.h>

/* Sums, which become means. */
static void add(struct tlee_eval_summary *summary, const struct tlee_record *record) {
    const struct tlee_records *records = summary->records;
    summary->ran++;
    summary->top1 += record->truth_rank == 0;
    summary->top5 += record->truth_rank < 5;
    summary->gmac += record->gmac;
    summary->gmac_paper += record->gmac_paper;
    summary->frames += (double)(record->frame + 1);
    summary->ms += record->ms;
    summary->left_at[record->frame * (records->branches + 1) + record->exit]++;
    summary->class_videos[record->truth]++;
    summary->class_right[record->truth] += record->truth_rank == 0;
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The smallest of the sorted values that at least that share is not above. */
static double percentile(const double *values, size_t count, size_t percent) {
    size_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;
    return count ? values[rank - 1] : (double)NAN;
}

static void divide(struct tlee_eval_summary *summary) {
    double *const sums[] = {&summary->top1,       &summary->top5,   &summary->gmac,
                            &summary->gmac_paper, &summary->frames, &summary->ms};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        *sums[i] = summary->ran ? *sums[i] / (double)summary->ran : (double)NAN;
}

bool tlee_eval_summarise(struct tlee_eval_summary *summary, const struct tlee_records *records) {
    *summary = (struct tlee_eval_summary){.records = records};
    double *times = calloc(records->count + 1, sizeof *times);
    summary->left_at = calloc(records->frames * (records->branches + 1), sizeof *summary->left_at);
    summary->class_videos = calloc(records->classes, sizeof *summary->class_videos);
    summary->class_right = calloc(records->classes, sizeof *summary->class_right);
    bool good = times && summary->left_at && summary->class_videos && summary->class_right;
    for (size_t i = 0; good && i < records->count; i++) {
        const struct tlee_record *record = &records->items[i];
        if (record->error) {
            summary->failed++;
            continue;
        }
        times[summary->ran] = record->ms;
        add(summary, record);
    }
    if (good) {
        divide(summary);
        qsort(times, summary->ran, sizeof *times, by_value);
        summary->ms_p50 = percentile(times, summary->ran, 50);
        summary->ms_p90 = percentile(times, summary->ran, 90);
        summary->ms_p99 = percentile(times, summary->ran, 99);
    }
    free(times);
    return good;
}

void tlee_eval_summary_free(struct tlee_eval_summary *summary) {
    free(summary->left_at);
    free(summary->class_videos);
    free(summary->class_right);
    *summary = (struct tlee_eval_summary){0};
}
