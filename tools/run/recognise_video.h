/* SPDX-License-Identifier: MIT */
/* One video through a session, for every command that recognises videos. */
#ifndef TLEE_RECOGNISE_VIDEO_H
#define TLEE_RECOGNISE_VIDEO_H

#include "options.h"
#include "run_report.h"

/* How it ended. */
enum tlee_recognised {
    TLEE_RECOGNISED,
    TLEE_VIDEO_AT_FAULT,
    TLEE_MODEL_AT_FAULT,
    TLEE_BROKEN_OFF /* as go_on wanted */
};

/* A place where videos are recognised one after the other. {0} before tlee_recogniser_open. */
struct tlee_recogniser {
    const struct tlee_cli_options *options;
    const tlee_model *model;
    struct tlee_model_info info;
    tlee_session *session;
    /* Called with one line for each thing that was mended; needed. */
    void (*warn)(void *cookie, const char *message);
    /* Called before frame t is read; false breaks off. NULL: never. */
    bool (*go_on)(void *cookie, size_t t);
    /* Called with the picture of frame t before it goes into the network. NULL: never. */
    void (*has_picture)(void *cookie, size_t t, const struct tlee_picture *picture);
    void *cookie;
    /* Of the last video: */
    size_t *source_frames; /* [t]: number of the frame in the video */
    size_t available;      /* frames that there were to be had, at most T */
    uint64_t total_ns;     /* from opening the input to the decision */
};

/* Makes the session, with the threads asked for. Returns the exit status; what is wrong has been
 * said. Hooks are the caller's to fill in. */
int tlee_recogniser_open(struct tlee_recogniser *place, const struct tlee_cli_options *options,
                         const tlee_model *model);
void tlee_recogniser_close(struct tlee_recogniser *place);

/*
 * Recognises the video in file `path`. count: frames of a published list, 0 to count them; index:
 * enters a random gate's coin. The reason is given where something is at fault.
 */
enum tlee_recognised tlee_recognise_video(struct tlee_recogniser *place, const char *path,
                                          size_t count, uint64_t index, struct tlee_error *error);

/* What there is to say of the video that was recognised; ranking is to be freed. False without
 * memory. */
bool tlee_recogniser_report(const struct tlee_recogniser *place, struct tlee_run_report *report);

#endif
