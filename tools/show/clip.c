/* SPDX-License-Identifier: MIT */
#include "clip.h"

#include "reason.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    ROUNDS = 9 /* unless the user says how many, or they take too long */
};

static const uint64_t rounds_ns = 1000000000;

/* ---- Opening ---- */

static void warn_of_video(void *cookie, const char *message) {
    struct tlee_clip *clip = cookie;
    if (clip->rounds)
        return;
    tlee_progress_clear(&clip->progress);
    tlee_say_warning(clip->input, "%s", message);
}

/* The whole network sees all frames, so that it has warned already. */
static void warn_of_nothing(void *cookie, const char *message) {
    (void)cookie, (void)message;
}

static bool show_frame(void *cookie, size_t t) {
    struct tlee_clip *clip = cookie;
    tlee_progress_show(&clip->progress, "frame", t + 1, clip->whole.place.info.frames);
    return !clip->out_of_memory;
}

static void keep_picture(void *cookie, size_t t, const struct tlee_picture *picture) {
    struct tlee_clip *clip = cookie;
    if (!clip->rounds && !tlee_tiles_keep(&clip->tiles, t, picture))
        clip->out_of_memory = true;
}

static int open_way(struct tlee_clip *clip, struct tlee_clip_way *way,
                    const struct tlee_cli_options *options, enum tlee_mode mode) {
    way->options = *options;
    way->options.model.mode = mode;
    way->ms = calloc(clip->rounds_most, sizeof *way->ms);
    if (!way->ms)
        return tlee_say_fault(options->operands[0], "out of memory");
    int status = tlee_cli_open_model(&way->options, &way->model);
    if (status == TLEE_EXIT_OK)
        status = tlee_recogniser_open(&way->place, &way->options, way->model);
    way->place.go_on = show_frame;
    way->place.cookie = clip;
    return status;
}

int tlee_clip_open(struct tlee_clip *clip, const struct tlee_cli_options *options) {
    memset(clip, 0, sizeof *clip);
    clip->rounds_most = options->runs ? options->runs : ROUNDS;
    int status = open_way(clip, &clip->early, options, options->model.mode);
    if (status == TLEE_EXIT_OK)
        status = open_way(clip, &clip->whole, options, TLEE_MODE_FULL);
    if (status != TLEE_EXIT_OK)
        return status;
    clip->early.place.warn = warn_of_nothing;
    clip->whole.place.warn = warn_of_video;
    clip->whole.place.has_picture = keep_picture;
    const struct tlee_model_info *info = &clip->early.place.info;
    status = tlee_cli_thresholds(options, info, &clip->thresholds);
    clip->frames = calloc(info->frames, sizeof *clip->frames);
    if (!clip->frames || !tlee_tiles_make(&clip->tiles, info->frames))
        return tlee_say_fault(options->operands[0], "out of memory");
    return status;
}

static void close_way(struct tlee_clip_way *way) {
    free(way->report.ranking);
    free(way->ms);
    tlee_recogniser_close(&way->place);
    tlee_model_close(&way->model);
}

void tlee_clip_close(struct tlee_clip *clip) {
    close_way(&clip->early);
    close_way(&clip->whole);
    tlee_tiles_free(&clip->tiles);
    free(clip->frames);
}

/* ---- Recognising ---- */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A pipe would be at its end, or wait forever, when it is opened once more. */
static bool can_be_read_again(const char *path, struct tlee_error *error) {
    struct stat about;
    if (stat(path, &about) || S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))
        return true; /* what is not there is for the reader to say */
    return tlee_reason(error, "is read more than once, so it has to be a file or a folder");
}

static enum tlee_recognised run_once(struct tlee_clip *clip, struct tlee_clip_way *way,
                                     struct tlee_error *error) {
    enum tlee_recognised outcome = tlee_recognise_video(&way->place, clip->input, 0, 0, error);
    if (outcome == TLEE_VIDEO_AT_FAULT || outcome == TLEE_MODEL_AT_FAULT)
        return outcome;
    free(way->report.ranking);
    way->report.ranking = NULL;
    if (clip->out_of_memory || !tlee_recogniser_report(&way->place, &way->report)) {
        tlee_reason(error, "out of memory");
        return TLEE_MODEL_AT_FAULT;
    }
    way->ms[clip->rounds] = (double)way->report.result.ns / 1e6;
    return TLEE_RECOGNISED;
}

/* In turns, so that what else the machine does meanwhile falls on both. */
static enum tlee_recognised run_rounds(struct tlee_clip *clip, struct tlee_error *error) {
    uint64_t start_ns = tlee_now_ns();
    bool as_many = clip->early.options.runs > 0;
    do {
        enum tlee_recognised outcome = run_once(clip, &clip->whole, error);
        if (outcome == TLEE_RECOGNISED)
            outcome = run_once(clip, &clip->early, error);
        if (outcome != TLEE_RECOGNISED)
            return outcome;
        if (clip->early.report.result.frame >= clip->whole.place.available) {
            tlee_reason(error, "changes while it is read");
            return TLEE_VIDEO_AT_FAULT;
        }
        clip->rounds++;
    } while (clip->rounds < clip->rounds_most && (as_many || tlee_now_ns() - start_ns < rounds_ns));
    return TLEE_RECOGNISED;
}

static void note_frames(struct tlee_clip *clip) {
    const struct tlee_run_report *early = &clip->early.report;
    memset(clip->frames, 0, early->info.frames * sizeof *clip->frames);
    for (size_t i = 0; i < tlee_session_step_count(early->session); i++) {
        struct tlee_step step;
        tlee_session_get_step(early->session, i, &step);
        clip->frames[step.frame].depth = step.exit + 1;
    }
    clip->frames[early->result.frame].answer = true;
}

enum tlee_recognised tlee_clip_recognise(struct tlee_clip *clip, const char *input) {
    struct tlee_error error;
    enum tlee_recognised outcome = TLEE_VIDEO_AT_FAULT;
    clip->input = input;
    clip->rounds = 0;
    clip->out_of_memory = false;
    tlee_tiles_clear(&clip->tiles);
    clip->progress = tlee_progress_start();
    if (can_be_read_again(input, &error))
        outcome = run_rounds(clip, &error);
    tlee_progress_clear(&clip->progress);
    if (outcome != TLEE_RECOGNISED) {
        tlee_say_fault(outcome == TLEE_MODEL_AT_FAULT ? clip->early.options.operands[0] : input,
                       error.message);
        return outcome;
    }
    qsort(clip->early.ms, clip->rounds, sizeof *clip->early.ms, by_value);
    qsort(clip->whole.ms, clip->rounds, sizeof *clip->whole.ms, by_value);
    note_frames(clip);
    return TLEE_RECOGNISED;
}

double tlee_clip_ms(const struct tlee_clip *clip, const struct tlee_clip_way *way) {
    return way->ms[(clip->rounds - 1) / 2];
}

/* ---- Names ---- */

const char *tlee_clip_name(const char *path, size_t *length) {
    size_t end = strlen(path), begin;
    while (end > 1 && path[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && path[begin - 1] != '/';)
        begin--;
    *length = end - begin;
    return path + begin;
}

static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The longest such class: "wave" is another one than "wave_two". */
bool tlee_clip_truth(const struct tlee_clip *clip, size_t *label) {
    size_t length, best = 0;
    const char *name = tlee_clip_name(clip->input, &length);
    for (size_t i = 0; i < clip->early.place.info.classes; i++) {
        const char *class_name = tlee_model_label(clip->early.model, i);
        size_t bytes = class_name ? strlen(class_name) : 0;
        if (bytes > best && bytes <= length && memcmp(name, class_name, bytes) == 0 &&
            !is_word(name[bytes])) {
            best = bytes;
            *label = i;
        }
    }
    return best > 0;
}
