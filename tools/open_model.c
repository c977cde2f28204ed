/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <string.h>

const char *tlee_cli_mode_name(enum tlee_mode mode) {
    return mode == TLEE_MODE_TS ? "ts" : mode == TLEE_MODE_T ? "t" : "full";
}

int tlee_cli_open_model(const struct tlee_cli_options *options, tlee_model **model) {
    const char *name = options->operands[0];
    struct tlee_error error;
    enum tlee_status status = tlee_model_open(name, &options->model, model, &error);
    /* A random: model is nothing but its description on the command line. */
    if (status != TLEE_OK && status != TLEE_ERR_NOMEM && strncmp(name, "random:", 7) == 0)
        return tlee_say_usage(NULL, "%s: %s", name, error.message);
    if (status != TLEE_OK)
        return tlee_say_fault(name, error.message);
    struct tlee_model_info info;
    tlee_model_get_info(*model, &info);
    enum tlee_mode asked = options->model.mode;
    if (asked != TLEE_MODE_AS_MODEL && asked != info.mode)
        tlee_say_warning(name, "has no branches, so mode %s runs as %s", tlee_cli_mode_name(asked),
                         tlee_cli_mode_name(info.mode));
    return TLEE_EXIT_OK;
}
