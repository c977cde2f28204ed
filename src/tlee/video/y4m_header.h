/* SPDX-License-Identifier: MIT */
/* The first line of a YUV4MPEG2 stream. */
#ifndef TLEE_Y4M_HEADER_H
#define TLEE_Y4M_HEADER_H

#include "yuv.h"

enum {
    TLEE_Y4M_LINE_BYTES = 1024 /* longest header or FRAME line that is read, newline included */
};

/*
 * Parses the header line, which has no newline any more and may hold any bytes. format->matrix is
 * left alone, as the header does not tell it. *interlaced: frames consist of two fields. FORMAT: no
 * such header; UNSUPPORTED: a chroma format that is not read.
 */
enum tlee_status tlee_y4m_parse_header(const char *line, size_t length,
                                       struct tlee_yuv_format *format, bool *interlaced,
                                       struct tlee_error *error);

#endif
