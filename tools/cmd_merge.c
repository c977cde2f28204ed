/* SPDX-License-Identifier: MIT */
/* tlee merge: the records of shards become those of the whole list. */
#include "merge.h"
#include "options.h"
#include "system_file.h"

int tlee_cmd_merge(const struct tlee_cli_options *options) {
    struct tlee_merge merge;
    for (size_t i = 0; i < options->operand_count; i++)
        if (tlee_is_same_file(options->operands[i], options->output))
            return tlee_say_usage("merge", "%s is one of the files to join", options->output);
    int status =
        tlee_merge_files(&merge, options->operands, options->operand_count, options->output);
    if (status == TLEE_EXIT_OK)
        status = tlee_merge_write(&merge, options->output);
    tlee_merge_free(&merge);
    return status;
}
