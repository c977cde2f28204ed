/* SPDX-License-Identifier: MIT */
/* 8-bit planar YUV to RGB. */
#ifndef TLEE_YUV_H
#define TLEE_YUV_H

#include "tlee_video.h"

#include <stdbool.h>

/* How a frame's planes lie and what their levels mean. Sides are 1 to TLEE_MAX_SIDE. */
struct tlee_yuv_format {
    size_t width, height;
    bool mono;           /* no chroma planes */
    bool half_x, half_y; /* chroma has half as many columns, rows, rounded up */
    /* A halved chroma sample sits midway between its two columns (rows); else on the first. */
    bool centre_x, centre_y;
    bool full_range; /* levels 0..255; else 16..235 for luma, 16..240 for chroma */
    enum tlee_matrix matrix;
};

/* Bytes of a frame: plane Y, then U and V if there are any, rows without gaps. */
size_t tlee_yuv_frame_bytes(const struct tlee_yuv_format *format);

/* Elements of working memory for tlee_yuv_to_rgb. */
size_t tlee_yuv_scratch_count(const struct tlee_yuv_format *format);

/*
 * Converts a frame. planes: tlee_yuv_frame_bytes; scratch: tlee_yuv_scratch_count elements; rgb:
 * width * height * 3 bytes. Chroma is interpolated linearly at its siting, edge samples holding
 * beyond the edge. Exact but for one rounding to the nearest level (the factors' own rounding moves
 * no value by more than 0.001 of a level), then clipped to 0..255.
 */
void tlee_yuv_to_rgb(const struct tlee_yuv_format *format, const uint8_t *planes, int16_t *scratch,
                     uint8_t *rgb);

#endif
