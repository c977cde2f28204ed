/* SPDX-License-Identifier: MIT */
/* A folder of numbered images as a source of frames. */
#ifndef TLEE_FOLDER_H
#define TLEE_FOLDER_H

#include "video_source.h"

/*
 * Lists the folder at path; its images are read when they are asked for. FORMAT: no image, images
 * of several kinds, a name without a number, a number twice. options must outlive *out, which is
 * NULL on failure.
 */
enum tlee_status tlee_folder_open(const char *path, const struct tlee_video_options *options,
                                  struct tlee_source **out, struct tlee_error *error);

#endif
