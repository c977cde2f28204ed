/* SPDX-License-Identifier: MIT */
/* The line that tlee eval writes of a video. */
#ifndef TLEE_RECORD_WRITE_H
#define TLEE_RECORD_WRITE_H

#include "records.h"
#include "run_report.h"

/*
 * The line with its newline, to be freed; NULL without memory. run: the report of the video, with
 * its ranking, of which `top` classes are listed; NULL for one that failed.
 */
char *tlee_record_line(const struct tlee_record *record, const struct tlee_run_report *run,
                       size_t top, const struct tlee_identity *of, size_t *length);

#endif
