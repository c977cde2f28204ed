/* SPDX-License-Identifier: MIT */
/*
 * Sampled frames of a video, in processing order: folders of numbered images, Y4M files and
 * streams, and everything else through the installed ffmpeg program, run as a child process without
 * a shell.
 */
#ifndef TLEE_VIDEO_H
#define TLEE_VIDEO_H

#include "tlee_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A video is used by one thread at a time. Its memory comes from malloc: the picture at hand, and
 * where frames cannot be sought (ffmpeg, streams that were counted) all sampled pictures until it
 * is closed, 25 MB each at 4K. A program that runs ffmpeg through it must not reap children that
 * are not its own (waitpid(-1, ...)); where it ignores SIGCHLD, ffmpeg's failures cannot be told
 * from its end. After a call that failed, only tlee_video_close is of use.
 */
typedef struct tlee_video tlee_video;

/* The colour matrix of Y4M, which its header does not tell. */
enum tlee_matrix {
    TLEE_MATRIX_BT601,
    TLEE_MATRIX_BT709
};

/* Fill with tlee_video_options_default, then change fields. NULL stands for the defaults. */
struct tlee_video_options {
    size_t size;         /* sizeof this struct: tells a header of another version */
    size_t frames;       /* T: frames to take, 2 or more; with sequential, 0 takes all there are */
    const size_t *order; /* T entries, a permutation of 0..T-1; NULL: as sampled. Copied */
    size_t count;        /* N of a published file list; 0: count the frames */
    /* 1: frames 1, 1 + every, ... as they come; nothing is counted or sought, order and count are
     * not looked at. */
    int sequential;
    size_t every;            /* 1 */
    enum tlee_matrix matrix; /* BT601 */
    /* Called with one line for each thing that was mended (a frame replaced, a gap), for a frame
     * that is sampled several times once; NULL: silence. */
    void (*warn)(void *cookie, const char *message);
    void *warn_cookie;
};
TLEE_API void tlee_video_options_default(struct tlee_video_options *options);

/*
 * Opens a video: a folder, a .y4m file, "-" for Y4M on standard input, or any other file, which
 * ffmpeg decodes. A stream that has to be counted first is spooled to a temporary file (in $TMPDIR
 * or /tmp) that no longer has a name, so that memory stays bounded and nothing is left behind. On
 * failure *out is NULL. IO, FORMAT: the input; UNSUPPORTED: a pixel format that is refused, or no
 * ffmpeg.
 */
TLEE_API enum tlee_status tlee_video_open(const char *path,
                                          const struct tlee_video_options *options,
                                          tlee_video **out, struct tlee_error *error);

/* Accepts NULL and a pointer to NULL; sets *video to NULL. Ends the child process, if any. */
TLEE_API void tlee_video_close(tlee_video **video);

/* 8-bit RGB, rows of 3 * width bytes without gaps. */
struct tlee_picture {
    const uint8_t
        *rgb; /* the video's; valid until the next call on it; NULL after the last frame */
    size_t width, height;
    size_t number; /* k of spec section 2: the frame's number in the video, from 1 */
};

/*
 * The next frame in processing order. After the last one, OK with rgb = NULL. A frame that cannot
 * be read is replaced by frame 1, with a warning; `number` stays that of the frame asked for. When
 * frame 1 cannot be read the video fails.
 */
TLEE_API enum tlee_status tlee_video_next(tlee_video *video, struct tlee_picture *picture,
                                          struct tlee_error *error);

/* N, frames in the video; 0 while unknown (sequential). */
TLEE_API size_t tlee_video_count(const tlee_video *video);

#ifdef __cplusplus
}
#endif
#endif
