/* SPDX-License-Identifier: MIT */
/*
 * What stands behind a video: one kind of input, asked for frames by their number. Folders
 * (folder.h), Y4M (y4m.h) and the ffmpeg program (ffmpeg.h) each make a tlee_source; video.c adds
 * sampling, order and the replacement of frames that cannot be read.
 */
#ifndef TLEE_VIDEO_SOURCE_H
#define TLEE_VIDEO_SOURCE_H

#include "tlee_video.h"

#include <stdbool.h>

enum {
    /* Pixels. 3 * side * side fits a 32-bit size_t, so that products of accepted sizes cannot
     * overflow. */
    TLEE_MAX_SIDE = 16384
};

/* 8-bit RGB pixels, width * height * 3 bytes, in memory that grows as needed and is kept from one
 * picture to the next. All zero is an empty image. */
struct tlee_image {
    uint8_t *rgb;
    size_t capacity; /* bytes */
    size_t width, height;
};

/* Room for a picture of that size, contents undefined. FORMAT: a side is 0 or above TLEE_MAX_SIDE;
 * NOMEM. The image is empty then. */
enum tlee_status tlee_image_resize(struct tlee_image *image, size_t width, size_t height,
                                   struct tlee_error *error);

/* Leaves an empty image. */
void tlee_image_free(struct tlee_image *image);

struct tlee_source {
    size_t count; /* frames, when they were counted; else 0 */
    bool forward; /* each number asked for must be above the one before */

    /*
     * Reads frame `number` (from 1). A video without such a frame gives OK and width = 0. IO and
     * FORMAT mean that this frame cannot be read, any other failure that the video is lost.
     */
    enum tlee_status (*read)(struct tlee_source *source, size_t number, struct tlee_image *image,
                             struct tlee_error *error);
    void (*close)(struct tlee_source *source);
};

/* True when another frame may be shown in place of one that failed like this. */
bool tlee_is_unreadable(enum tlee_status status);

/* Hands one printf-formatted line to options->warn, if there is one. */
void tlee_warn(const struct tlee_video_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
