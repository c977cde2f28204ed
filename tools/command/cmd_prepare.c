/* SPDX-License-Identifier: MIT */
/* tlee prepare: a model as this machine computes with it. */
#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

static int report(const tlee_model *model, const char *file) {
    struct tlee_model_info info;
    struct stat about;
    if (stat(file, &about))
        return tlee_say_fault(file, "cannot be examined");
    tlee_model_get_info(model, &info);
    printf("ok: for %s, mode %s, %" PRIu64 " bytes\n", info.isa, tlee_cli_mode_name(info.mode),
           (uint64_t)about.st_size);
    return TLEE_EXIT_OK;
}

int tlee_cmd_prepare(const struct tlee_cli_options *options) {
    const char *file = options->output;
    tlee_model *model = NULL;
    struct tlee_error error;
    int status = tlee_cli_open_model(options, &model);
    if (status == TLEE_EXIT_OK) {
        enum tlee_status written = tlee_model_write_prepared(model, file, &error);
        const char *at_fault = written == TLEE_ERR_UNSUPPORTED ? options->operands[0] : file;
        status = written == TLEE_OK ? report(model, file) : tlee_say_fault(at_fault, error.message);
    }
    tlee_model_close(&model);
    return status;
}
