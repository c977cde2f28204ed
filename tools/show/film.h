/* SPDX-License-Identifier: MIT */
/* A clip as a film strip in a picture file. */
#ifndef TLEE_FILM_H
#define TLEE_FILM_H

#include "tiles.h"

enum {
    TLEE_FILM_PER_ROW = 10, /* frames side by side, at most */
    TLEE_FILM_GAP = 8,      /* pixels around a frame */
    TLEE_FILM_EDGE = 20,    /* the perforated edge, above and below */
    TLEE_FILM_BORDER = 3,   /* around the frame that gave the answer */
    TLEE_FILM_MARK = 6      /* height of the marks of exits below a frame */
};

/* What became of a frame. */
struct tlee_film_frame {
    size_t depth; /* exits that it came to, left out or not; 0: it was never looked at */
    bool answer;  /* the video was left here, at the last of them */
};

/*
 * Writes the strip to path as a binary PPM: frames in processing order, each in the middle of a
 * cell of the largest one's size; those that were never looked at are dark. Below each there is a
 * mark for each of `exits`, bright as far as it came, and green where the video was left. The
 * file appears whole or not at all; false with the reason.
 */
bool tlee_film_write(const char *path, const struct tlee_tiles *tiles, size_t exits,
                     const struct tlee_film_frame *frames, struct tlee_error *error);

#endif
