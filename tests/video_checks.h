/* SPDX-License-Identifier: MIT */
/* The parts of test_video.c. */
#ifndef VIDEO_CHECKS_H
#define VIDEO_CHECKS_H

#include "byte_stream.h"
#include "tlee_video.h"

#include <stdbool.h>

void video_check_sampling(void);
void video_check_yuv(void);
void video_check_ppm(void);
void video_check_y4m_header(void);
void video_check_y4m(void);
void video_check_options(void);
void video_check_memory(void);

/*
 * `test_video sample`: for each line "N T" of standard input, a line with the sampled numbers.
 * `test_video dump PATH T [options]`: what the library makes of a video, for test_video_inputs.py.
 * Both return an exit status.
 */
int video_sample(void);
int video_dump(int argc, char **argv);

/* Bytes in memory as the source of a byte stream, handed out `step` at a time. */
struct video_bytes {
    const unsigned char *bytes;
    size_t length, at, step;
};
ptrdiff_t video_fill(void *cookie, unsigned char *to, size_t room);

/* A descriptor that yields these bytes: a temporary file's, or a pipe's (at most 32768 bytes). */
int video_file(const void *bytes, size_t length);
int video_pipe(const void *bytes, size_t length);

/* Open descriptors of this process. */
size_t video_open_descriptors(void);

/* Counts the calls of options->warn through a size_t * as cookie. */
void video_count_warning(void *cookie, const char *message);

#endif
