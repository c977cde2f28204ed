/* SPDX-License-Identifier: MIT */
/* What eval and merge give: a summary on standard output and a confusion matrix. */
#ifndef TLEE_EVAL_RESULTS_H
#define TLEE_EVAL_RESULTS_H

#include "records.h"

/* Opens the file of --confusion, if there is one, before the work, so that a name that does not
 * work is known at once. Returns the exit status and has said what is wrong. */
int tlee_eval_open_confusion(const struct tlee_cli_options *options, FILE **file);

/*
 * Prints the summary of records sorted by index, and writes and closes *confusion, which may be
 * NULL. name: what is at fault when every video failed; model: as for tlee_eval_summary_text.
 * Returns the exit status, as above.
 */
int tlee_eval_results(const struct tlee_cli_options *options, const char *name,
                      const struct tlee_records *records, const tlee_model *model,
                      FILE **confusion);

#endif
