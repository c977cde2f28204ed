/* SPDX-License-Identifier: MIT */
/* Buffered reading of bytes, wherever they come from: a file, a pipe, a child process, memory. */
#ifndef TLEE_BYTE_STREAM_H
#define TLEE_BYTE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TLEE_BYTE_STREAM_BUFFER = 65536 /* bytes: the usual capacity of a pipe */
};

/* As read(2), but restarted after signals: bytes put into to[0..room-1], 0 at the end, -1 with
 * errno. */
typedef ptrdiff_t tlee_fill_fn(void *cookie, unsigned char *to, size_t room);

struct tlee_byte_stream {
    tlee_fill_fn *fill;
    void *cookie;
    int fd;          /* set by tlee_byte_stream_over_fd, else -1. Not owned */
    bool seekable;   /* a regular file */
    uint64_t offset; /* of the next byte */
    uint64_t length; /* offset of the end, where known; else UINT64_MAX */
    bool ended;      /* the end has been met, or an error */
    int error;       /* errno of a failed read; 0: none */
    size_t next, filled;
    unsigned char buffer[TLEE_BYTE_STREAM_BUFFER];
};

/* Reads through fill, which gets cookie. */
void tlee_byte_stream_over(struct tlee_byte_stream *stream, tlee_fill_fn *fill, void *cookie);

/* Reads fd from where it stands; offset and length count from there, not from the file's start. */
void tlee_byte_stream_over_fd(struct tlee_byte_stream *stream, int fd);

/* The next byte, or -1 at the end or after an error. */
int tlee_byte_stream_get(struct tlee_byte_stream *stream);

/* True at the end, or after an error; waits for a byte to tell. */
bool tlee_byte_stream_at_end(struct tlee_byte_stream *stream);

/* Reads up to count bytes; fewer only at the end or on an error. */
size_t tlee_byte_stream_read(struct tlee_byte_stream *stream, void *to, size_t count);

/* Passes over count bytes, by seeking where that can be done. False when the stream ends before. */
bool tlee_byte_stream_skip(struct tlee_byte_stream *stream, uint64_t count);

/* Goes on at `offset` of a seekable stream; false on an error. */
bool tlee_byte_stream_seek(struct tlee_byte_stream *stream, uint64_t offset);

#endif
