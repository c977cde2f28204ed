/* SPDX-License-Identifier: MIT */
/* tlee run: one video through one model. */
#include "options.h"
#include "run_report.h"

#include <stdlib.h>

struct run {
    const struct tlee_cli_options *options;
    const char *model_name, *input;
    tlee_model *model;
    tlee_session *session;
    tlee_video *video;
    struct tlee_model_info info;
    size_t *source_frames; /* [info.frames] */
    struct tlee_progress progress;
    struct tlee_error error;
};

static void warn_of_video(void *cookie, const char *message) {
    struct run *run = cookie;
    tlee_progress_clear(&run->progress);
    tlee_say_warning(run->input, "%s", message);
}

static int fault(struct run *run, const char *file) {
    tlee_progress_clear(&run->progress);
    return tlee_say_fault(file, run->error.message);
}

static int open_session(struct run *run) {
    int status = tlee_cli_open_session(run->options, run->model, &run->session);
    if (status != TLEE_EXIT_OK)
        return status;
    run->source_frames = calloc(run->info.frames, sizeof *run->source_frames);
    return run->source_frames ? TLEE_EXIT_OK : tlee_say_fault(run->model_name, "out of memory");
}

static int open_video(struct run *run) {
    struct tlee_video_options options = run->options->video;
    options.frames = run->info.frames;
    options.order = options.sequential ? NULL : run->info.order;
    options.warn = warn_of_video;
    options.warn_cookie = run;
    if (tlee_video_open(run->input, &options, &run->video, &run->error) != TLEE_OK)
        return fault(run, run->input);
    return TLEE_EXIT_OK;
}

/* The frames ran out after `seen` of them: only a stream taken as it comes can end so soon. */
static int finish_early(struct run *run, size_t seen) {
    tlee_progress_clear(&run->progress);
    if (tlee_session_finish(run->session, &run->error) != TLEE_OK)
        return fault(run, run->input);
    tlee_say_warning(run->input, "ended after %zu of %zu frames, the last answer stands", seen,
                     run->info.frames);
    return TLEE_EXIT_OK;
}

/* Pushes frames until the video is decided. *available becomes the number of frames that there were
 * to be had, at most T. */
static int recognise(struct run *run, size_t *available) {
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    *available = run->info.frames;
    tlee_session_begin(run->session, 0);
    for (size_t t = 0; decision != TLEE_FINISHED; t++) {
        struct tlee_picture picture;
        tlee_progress_show(&run->progress, "frame", t + 1, run->info.frames);
        if (tlee_video_next(run->video, &picture, &run->error) != TLEE_OK)
            return fault(run, run->input);
        if (!picture.rgb) {
            *available = t;
            return finish_early(run, t);
        }
        run->source_frames[t] = picture.number;
        enum tlee_status status =
            tlee_session_push_rgb8(run->session, picture.rgb, picture.width, picture.height,
                                   3 * picture.width, &decision, &run->error);
        if (status != TLEE_OK) /* bytes are always finite: if the logits are not, it is the model */
            return fault(run, status == TLEE_ERR_NUMERIC ? run->model_name : run->input);
    }
    tlee_progress_clear(&run->progress);
    return TLEE_EXIT_OK;
}

static int report(struct run *run, size_t available, uint64_t total_ns) {
    struct tlee_run_report out = {.model = run->model,
                                  .session = run->session,
                                  .info = run->info,
                                  .sequential = run->options->video.sequential,
                                  .macs_full = run->info.macs_full / run->info.frames * available,
                                  .ms_total = (double)total_ns / 1e6,
                                  .source_frames = run->source_frames};
    int status = TLEE_EXIT_OK;
    if (tlee_session_result(run->session, &out.result) != TLEE_OK)
        status = tlee_say_fault(run->input, "not decided");
    else if (!tlee_run_report_rank(&out))
        status = tlee_say_fault(run->model_name, "out of memory");
    else if (run->options->json)
        tlee_run_report_json(&out, run->options->top, run->options->trace);
    else
        tlee_run_report_text(&out, run->options->top, run->options->trace);
    free(out.ranking);
    return status;
}

int tlee_cmd_run(const struct tlee_cli_options *options) {
    struct run run = {
        .options = options, .model_name = options->operands[0], .input = options->operands[1]};
    size_t available = 0;
    int status = tlee_cli_open_model(options, &run.model);
    if (status == TLEE_EXIT_OK) {
        tlee_model_get_info(run.model, &run.info);
        status = open_session(&run);
    }
    run.progress = tlee_progress_start();
    if (status == TLEE_EXIT_OK)
        status = open_video(&run);
    if (status == TLEE_EXIT_OK)
        status = recognise(&run, &available);
    if (status == TLEE_EXIT_OK)
        status = report(&run, available, tlee_now_ns() - run.progress.start_ns);
    free(run.source_frames);
    tlee_video_close(&run.video);
    tlee_session_free(&run.session);
    tlee_model_close(&run.model);
    return status;
}
