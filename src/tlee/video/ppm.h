/* SPDX-License-Identifier: MIT */
/* Binary PPM (P6) and PGM (P5) with maxval 255. */
#ifndef TLEE_PPM_H
#define TLEE_PPM_H

#include "byte_stream.h"
#include "video_source.h"

/*
 * Reads one picture and leaves the stream just behind it, where the next one may begin. Gray
 * becomes RGB. FORMAT: not such a picture, or it is cut short; IO: the stream's own error; NOMEM.
 * On failure the image's contents are undefined.
 */
enum tlee_status tlee_ppm_read(struct tlee_byte_stream *stream, struct tlee_image *image,
                               struct tlee_error *error);

#endif
