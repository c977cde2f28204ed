/* SPDX-License-Identifier: MIT */
/* A clip recognised both ways: with early exits, and by the whole network. */
#ifndef TLEE_CLIP_H
#define TLEE_CLIP_H

#include "film.h"
#include "recognise_video.h"

/* One of the two ways. */
struct tlee_clip_way {
    struct tlee_cli_options options;
    tlee_model *model;
    struct tlee_recogniser place; /* after a clip: its steps */
    struct tlee_run_report report;
    double *ms; /* [rounds_most] of the clip, in ascending order once it is done */
};

/* Where clips are recognised, one after the other, and what came of the last one. */
struct tlee_clip {
    const char *input;
    struct tlee_clip_way early, whole;
    struct tlee_thresholds thresholds; /* in use with early exits */
    struct tlee_tiles tiles;           /* [t] all frames that there were */
    struct tlee_film_frame *frames;    /* [t] what became of them with early exits */
    size_t rounds, rounds_most;
    struct tlee_progress progress;
    bool out_of_memory;
};

/* Opens the model for both ways. Returns the exit status; what is wrong has been said. */
int tlee_clip_open(struct tlee_clip *clip, const struct tlee_cli_options *options);
void tlee_clip_close(struct tlee_clip *clip);

/* Recognises input both ways, several times for the clock. When something is at fault that has been
 * said; the model is where the outcome is TLEE_MODEL_AT_FAULT. */
enum tlee_recognised tlee_clip_recognise(struct tlee_clip *clip, const char *input);

/* The median time of preprocessing and network, in milliseconds. */
double tlee_clip_ms(const struct tlee_clip *clip, const struct tlee_clip_way *way);

/* The class that the clip's name begins with, with no letter or digit behind it; false when there
 * is none. */
bool tlee_clip_truth(const struct tlee_clip *clip, size_t *label);

/* The last part of a path, without slashes at its end; `length` bytes. */
const char *tlee_clip_name(const char *path, size_t *length);

#endif
