/* SPDX-License-Identifier: MIT */
/* Whatever the installed ffmpeg program decodes, as a source of frames. */
#ifndef TLEE_FFMPEG_H
#define TLEE_FFMPEG_H

#include "video_source.h"

/*
 * Opens the file at path, and counts what decodes unless options->sequential or options->count say
 * that it need not be known. UNSUPPORTED: no such program. options must outlive *out, which is NULL
 * on failure.
 */
enum tlee_status tlee_ffmpeg_open(const char *path, const struct tlee_video_options *options,
                                  struct tlee_source **out, struct tlee_error *error);

/*
 * Reads the first picture of the image file at path. What ffmpeg reports although there is a
 * picture is a warning, which calls the file `name`.
 */
enum tlee_status tlee_ffmpeg_picture(const char *path, const char *name,
                                     const struct tlee_video_options *options,
                                     struct tlee_image *image, struct tlee_error *error);

#endif
