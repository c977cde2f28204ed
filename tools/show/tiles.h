/* SPDX-License-Identifier: MIT */
/* The frames of a clip, made small enough to be kept. */
#ifndef TLEE_TILES_H
#define TLEE_TILES_H

#include "tlee_video.h"

#include <stdbool.h>

enum {
    TLEE_TILE_SIDE = 160 /* of the longer side, at most; smaller pictures stay as they are */
};

struct tlee_tile {
    uint8_t *rgb; /* rows of 3 * width bytes; NULL: the frame is not there, as 0 x 0 pixels */
    size_t width, height;
};

struct tlee_tiles {
    struct tlee_tile *at; /* [count] in processing order */
    size_t count;
    size_t side;
};

/* Room for `count` frames; false without memory. Freed with tlee_tiles_free either way. */
bool tlee_tiles_make(struct tlee_tiles *tiles, size_t count);
void tlee_tiles_free(struct tlee_tiles *tiles);

/* Forgets all frames. */
void tlee_tiles_clear(struct tlee_tiles *tiles);

/* Keeps the picture of frame t; false without memory. */
bool tlee_tiles_keep(struct tlee_tiles *tiles, size_t t, const struct tlee_picture *picture);

/* Mean colour of the part of width x height that is number (x, y) of columns x rows equal ones. */
void tlee_tile_mean(const uint8_t *rgb, size_t width, size_t height, size_t x, size_t columns,
                    size_t y, size_t rows, uint8_t mean[3]);

#endif
