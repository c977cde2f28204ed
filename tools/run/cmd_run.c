/* SPDX-License-Identifier: MIT */
/* tlee run: one video through one model. */
#include "dump.h"
#include "recognise_video.h"

#include <stdlib.h>

struct run {
    const char *model_name, *input;
    struct tlee_recogniser place;
    struct tlee_progress progress;
    struct tlee_dump *dump; /* NULL without --dump */
};

static void warn_of_video(void *cookie, const char *message) {
    struct run *run = cookie;
    tlee_progress_clear(&run->progress);
    tlee_say_warning(run->input, "%s", message);
}

static bool show_frame(void *cookie, size_t t) {
    struct run *run = cookie;
    tlee_progress_show(&run->progress, "frame", t + 1, run->place.info.frames);
    return true;
}

static void dump_picture(void *cookie, size_t t, const struct tlee_picture *picture) {
    const struct run *run = cookie;
    tlee_dump_picture(run->dump, t, picture);
}

static int recognise(struct run *run) {
    struct tlee_error error;
    run->place.warn = warn_of_video;
    run->place.go_on = show_frame;
    run->place.has_picture = dump_picture;
    run->place.cookie = run;
    run->progress = tlee_progress_start();
    enum tlee_recognised outcome = tlee_recognise_video(&run->place, run->input, 0, 0, &error);
    tlee_progress_clear(&run->progress);
    if (outcome == TLEE_RECOGNISED)
        return TLEE_EXIT_OK;
    return tlee_say_fault(outcome == TLEE_MODEL_AT_FAULT ? run->model_name : run->input,
                          error.message);
}

static int report(const struct run *run) {
    const struct tlee_cli_options *options = run->place.options;
    struct tlee_run_report out;
    int status = TLEE_EXIT_OK;
    if (!tlee_recogniser_report(&run->place, &out))
        status = tlee_say_fault(run->model_name, "out of memory");
    else if (options->json)
        tlee_run_report_json(&out, options->top, options->trace);
    else
        tlee_run_report_text(&out, options->top, options->trace);
    free(out.ranking);
    return status;
}

int tlee_cmd_run(const struct tlee_cli_options *options) {
    struct run run = {.model_name = options->operands[0], .input = options->operands[1]};
    tlee_model *model = NULL;
    int status = tlee_cli_open_model(options, &model);
    if (status == TLEE_EXIT_OK)
        status = tlee_recogniser_open(&run.place, options, model);
    if (status == TLEE_EXIT_OK)
        status = tlee_dump_open(&run.dump, options, model, run.place.session);
    if (status == TLEE_EXIT_OK)
        status = recognise(&run);
    status = tlee_dump_close(&run.dump, status);
    if (status == TLEE_EXIT_OK)
        status = report(&run);
    tlee_recogniser_close(&run.place);
    tlee_model_close(&model);
    return status;
}
