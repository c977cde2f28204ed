/* SPDX-License-Identifier: MIT */
#include "cores.h"
#include "options.h"

#include <string.h>

const char *tlee_cli_mode_name(enum tlee_mode mode) {
    return mode == TLEE_MODE_TS ? "ts" : mode == TLEE_MODE_T ? "t" : "full";
}

unsigned tlee_cli_threads(const struct tlee_cli_options *options) {
    size_t threads = options->threads ? options->threads : tlee_default_threads();
    return (unsigned)(threads < TLEE_CLI_MAX_THREADS ? threads : TLEE_CLI_MAX_THREADS);
}

/* One number serves all exits. */
static bool spread(const struct tlee_cli_numbers *given, const double *own, size_t exits,
                   double *values) {
    for (size_t b = 0; b < TLEE_EXITS_MAX; b++)
        values[b] = !given->count || b >= exits ? own[b]
                    : given->count == exits     ? given->values[b]
                                                : given->values[0];
    return given->count <= 1 || given->count == exits;
}

int tlee_cli_thresholds(const struct tlee_cli_options *options, const struct tlee_model_info *info,
                        struct tlee_thresholds *thresholds) {
    const struct tlee_thresholds *own = &info->thresholds;
    const struct {
        const char *name;
        const struct tlee_cli_numbers *given;
        const double *own;
        double *values;
    } rows[] = {
        {"--first-threshold", &options->first_threshold, own->first, thresholds->first},
        {"--exit-threshold", &options->exit_threshold, own->exit, thresholds->exit},
        {"--gate-threshold", &options->gate_threshold, own->gate, thresholds->gate},
        {"--temperature", &options->temperature, own->temperature, thresholds->temperature}};
    size_t exits = info->branches + 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!spread(rows[i].given, rows[i].own, exits, rows[i].values))
            return tlee_say_usage(NULL, "option '%s' has %zu numbers, the model has %zu exits",
                                  rows[i].name, rows[i].given->count, exits);
    return TLEE_EXIT_OK;
}

/* Opens the model, with what was measured in the tuning. It may be open on failure, too. */
static int open_with(const struct tlee_cli_options *options, tlee_tuning *tuning,
                     tlee_model **model) {
    const char *name = options->operands[0];
    struct tlee_model_options settings = options->model;
    struct tlee_error error;
    settings.threads = tlee_cli_threads(options);
    settings.tuning = tuning;
    enum tlee_status status = tlee_model_open(name, &settings, model, &error);
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
    struct tlee_thresholds ignored;
    return tlee_cli_thresholds(options, &info, &ignored);
}

int tlee_cli_open_model(const struct tlee_cli_options *options, tlee_model **model) {
    const char *cache = options->tune_cache;
    tlee_tuning *tuning = NULL;
    struct tlee_error error;
    *model = NULL;
    if (options->tune && tlee_tuning_open(cache, NULL, &tuning, &error) != TLEE_OK)
        return tlee_say_fault(cache ? cache : "--tune", error.message);
    int status = open_with(options, tuning, model);
    if (status == TLEE_EXIT_OK && cache && tlee_tuning_measured(tuning) &&
        tlee_tuning_write(tuning, cache, &error) != TLEE_OK)
        status = tlee_say_fault(cache, error.message);
    if (status != TLEE_EXIT_OK)
        tlee_model_close(model);
    tlee_tuning_free(&tuning);
    return status;
}

int tlee_cli_open_gateless_model(const struct tlee_cli_options *options, tlee_model **model) {
    struct tlee_cli_options tolerant = *options;
    if (tolerant.model.gate == TLEE_GATE_AS_MODEL)
        tolerant.model.gate = TLEE_GATE_IF_STORED;
    int status = tlee_cli_open_model(&tolerant, model);
    if (status != TLEE_EXIT_OK || tolerant.model.gate != TLEE_GATE_IF_STORED)
        return status;
    struct tlee_model_info info;
    tlee_model_get_info(*model, &info);
    /* A prepared file may be meant to have none. */
    if (info.mode != TLEE_MODE_FULL && strcmp(info.gate, "none") == 0 && !info.prepared)
        tlee_say_warning(options->operands[0],
                         "has no gate: it runs with --gate none or --gate random");
    return TLEE_EXIT_OK;
}

int tlee_cli_open_session(const struct tlee_cli_options *options, const tlee_model *model,
                          tlee_session **session) {
    struct tlee_session_options settings = options->session;
    struct tlee_error error;
    settings.threads = tlee_cli_threads(options);
    struct tlee_model_info info;
    tlee_model_get_info(model, &info);
    int status = tlee_cli_thresholds(options, &info, &settings.thresholds);
    if (status != TLEE_EXIT_OK)
        return status;
    if (tlee_session_create(model, &settings, session, &error) != TLEE_OK)
        return tlee_say_fault(options->operands[0], error.message);
    return TLEE_EXIT_OK;
}
