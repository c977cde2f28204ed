/* SPDX-License-Identifier: MIT */
#include "recognise_video.h"

#include <stdio.h>
#include <stdlib.h>

int tlee_recogniser_open(struct tlee_recogniser *place, const struct tlee_cli_options *options,
                         const tlee_model *model) {
    *place = (struct tlee_recogniser){.options = options, .model = model};
    tlee_model_get_info(model, &place->info);
    int status = tlee_cli_open_session(options, model, &place->session);
    if (status != TLEE_EXIT_OK)
        return status;
    place->source_frames = calloc(place->info.frames, sizeof *place->source_frames);
    return place->source_frames ? TLEE_EXIT_OK
                                : tlee_say_fault(options->operands[0], "out of memory");
}

void tlee_recogniser_close(struct tlee_recogniser *place) {
    free(place->source_frames);
    tlee_session_free(&place->session);
}

/* The frames ran out: only a stream taken as it comes can end so soon. */
static enum tlee_recognised finish_early(struct tlee_recogniser *place, struct tlee_error *error) {
    char message[96];
    if (tlee_session_finish(place->session, error) != TLEE_OK)
        return TLEE_VIDEO_AT_FAULT;
    snprintf(message, sizeof message, "ended after %zu of %zu frames, the last answer stands",
             place->available, place->info.frames);
    place->warn(place->cookie, message);
    return TLEE_RECOGNISED;
}

/* Pushes frames until the video is decided. */
static enum tlee_recognised push_frames(struct tlee_recogniser *place, tlee_video *video,
                                        struct tlee_error *error) {
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    place->available = place->info.frames;
    for (size_t t = 0; decision != TLEE_FINISHED; t++) {
        struct tlee_picture picture;
        if (place->go_on && !place->go_on(place->cookie, t))
            return TLEE_BROKEN_OFF;
        if (tlee_video_next(video, &picture, error) != TLEE_OK)
            return TLEE_VIDEO_AT_FAULT;
        if (!picture.rgb) {
            place->available = t;
            return finish_early(place, error);
        }
        place->source_frames[t] = picture.number;
        if (place->has_picture)
            place->has_picture(place->cookie, t, &picture);
        enum tlee_status status =
            tlee_session_push_rgb8(place->session, picture.rgb, picture.width, picture.height,
                                   3 * picture.width, &decision, error);
        if (status != TLEE_OK) /* bytes are always finite: if the logits are not, it is the model */
            return status == TLEE_ERR_NUMERIC ? TLEE_MODEL_AT_FAULT : TLEE_VIDEO_AT_FAULT;
    }
    return TLEE_RECOGNISED;
}

enum tlee_recognised tlee_recognise_video(struct tlee_recogniser *place, const char *path,
                                          size_t count, uint64_t index, struct tlee_error *error) {
    struct tlee_video_options options = place->options->video;
    tlee_video *video = NULL;
    uint64_t start_ns = tlee_now_ns();
    options.frames = place->info.frames;
    options.order = options.sequential ? NULL : place->info.order;
    options.count = count;
    options.warn = place->warn;
    options.warn_cookie = place->cookie;
    tlee_session_begin(place->session, index);
    enum tlee_recognised outcome = TLEE_VIDEO_AT_FAULT;
    if (tlee_video_open(path, &options, &video, error) == TLEE_OK)
        outcome = push_frames(place, video, error);
    place->total_ns = tlee_now_ns() - start_ns;
    tlee_video_close(&video);
    return outcome;
}

bool tlee_recogniser_report(const struct tlee_recogniser *place, struct tlee_run_report *report) {
    *report = (struct tlee_run_report){.model = place->model,
                                       .session = place->session,
                                       .info = place->info,
                                       .sequential = place->options->video.sequential,
                                       .macs_full = place->info.macs_full / place->info.frames *
                                                    place->available,
                                       .ms_total = (double)place->total_ns / 1e6,
                                       .source_frames = place->source_frames};
    return tlee_session_result(place->session, &report->result) == TLEE_OK &&
           tlee_run_report_rank(report);
}
