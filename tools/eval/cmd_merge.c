/* SPDX-License-Identifier: MIT */
/* tlee merge: the records of shards become those of the whole list. */
#include "eval_results.h"
#include "merge_records.h"
#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Opens the model that has the names of the classes, if it is the one of the records. */
static int open_names(const struct tlee_cli_options *options, const struct tlee_records *records,
                      tlee_model **model) {
    if (!options->names)
        return TLEE_EXIT_OK;
    struct tlee_cli_options asked = *options;
    asked.operands = &asked.names;
    asked.model.gate = TLEE_GATE_NONE; /* one without a gate has names too */
    int status = tlee_cli_open_model(&asked, model);
    if (status != TLEE_EXIT_OK)
        return status;
    struct tlee_model_info info;
    char fingerprint[TLEE_HASH_TEXT];
    tlee_model_get_info(*model, &info);
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, info.fingerprint);
    if (strcmp(fingerprint, records->of.model) == 0)
        return TLEE_EXIT_OK;
    return tlee_say_fault(options->names, "is not the model of the records");
}

int tlee_cmd_merge(const struct tlee_cli_options *options) {
    struct tlee_merge merge = {0};
    tlee_model *model = NULL;
    FILE *confusion = NULL;
    const char *output = options->output;
    int status = tlee_eval_open_confusion(options, &confusion);
    if (status == TLEE_EXIT_OK)
        status = tlee_merge_files(&merge, options->operands, options->operand_count, output);
    if (status == TLEE_EXIT_OK)
        status = open_names(options, &merge.all, &model);
    if (status == TLEE_EXIT_OK)
        status = tlee_merge_write(&merge, output);
    if (status == TLEE_EXIT_OK)
        status = tlee_eval_results(options, output, &merge.all, model, &confusion);
    if (confusion)
        fclose(confusion);
    tlee_merge_free(&merge);
    tlee_model_close(&model);
    return status;
}
