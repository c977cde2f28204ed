/* SPDX-License-Identifier: MIT */
/* YUV4MPEG2 files and streams as a source of frames. */
#ifndef TLEE_Y4M_H
#define TLEE_Y4M_H

#include "video_source.h"

/*
 * Reads Y4M from fd, which becomes the source's. Where frames have to be counted (neither
 * options->sequential nor options->count), a stream is spooled. options must outlive *out. On
 * failure *out is NULL and fd closed.
 */
enum tlee_status tlee_y4m_open(int fd, const struct tlee_video_options *options,
                               struct tlee_source **out, struct tlee_error *error);

#endif
