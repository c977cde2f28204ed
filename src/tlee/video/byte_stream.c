/* SPDX-License-Identifier: MIT */
#include "byte_stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ptrdiff_t fill_from_fd(void *cookie, unsigned char *to, size_t room) {
    const struct tlee_byte_stream *stream = cookie;
    for (;;) {
        ssize_t got = read(stream->fd, to, room);
        if (got >= 0)
            return got;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            /* Somebody else's descriptor, standard input for one, may be non-blocking. */
            struct pollfd wait = {.fd = stream->fd, .events = POLLIN};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return -1;
        }
    }
}

void tlee_byte_stream_over(struct tlee_byte_stream *stream, tlee_fill_fn *fill, void *cookie) {
    stream->fill = fill;
    stream->cookie = cookie;
    stream->fd = -1;
    stream->seekable = false;
    stream->offset = 0;
    stream->length = UINT64_MAX;
    stream->ended = false;
    stream->error = 0;
    stream->next = stream->filled = 0;
}

void tlee_byte_stream_over_fd(struct tlee_byte_stream *stream, int fd) {
    tlee_byte_stream_over(stream, fill_from_fd, stream);
    stream->fd = fd;
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        off_t start = lseek(fd, 0, SEEK_CUR);
        stream->seekable = start >= 0;
        if (start >= 0)
            stream->length = info.st_size > start ? (uint64_t)(info.st_size - start) : 0;
    }
}

/* Reads once; 0 at the end and after an error. */
static size_t read_some(struct tlee_byte_stream *stream, unsigned char *to, size_t room) {
    if (stream->ended)
        return 0;
    ptrdiff_t got = stream->fill(stream->cookie, to, room);
    if (got > 0)
        return (size_t)got;
    stream->error = got < 0 ? errno : 0;
    stream->ended = true;
    return 0;
}

bool tlee_byte_stream_at_end(struct tlee_byte_stream *stream) {
    if (stream->next == stream->filled) {
        stream->next = 0;
        stream->filled = read_some(stream, stream->buffer, sizeof stream->buffer);
    }
    return !stream->filled;
}

int tlee_byte_stream_get(struct tlee_byte_stream *stream) {
    if (tlee_byte_stream_at_end(stream))
        return -1;
    stream->offset++;
    return stream->buffer[stream->next++];
}

size_t tlee_byte_stream_read(struct tlee_byte_stream *stream, void *to, size_t count) {
    unsigned char *out = to;
    size_t done = stream->filled - stream->next, got;
    if (done > count)
        done = count;
    memcpy(out, stream->buffer + stream->next, done);
    stream->next += done;
    while (done < count && (got = read_some(stream, out + done, count - done)) > 0)
        done += got;
    stream->offset += done;
    return done;
}

bool tlee_byte_stream_skip(struct tlee_byte_stream *stream, uint64_t count) {
    if (stream->seekable)
        return count <= stream->length && stream->offset <= stream->length - count &&
               tlee_byte_stream_seek(stream, stream->offset + count);
    while (count && !tlee_byte_stream_at_end(stream)) {
        size_t step = stream->filled - stream->next;
        if (step > count)
            step = (size_t)count;
        stream->next += step;
        stream->offset += step;
        count -= step;
    }
    return !count;
}

bool tlee_byte_stream_seek(struct tlee_byte_stream *stream, uint64_t offset) {
    uint64_t ahead = stream->filled - stream->next;
    if (offset >= stream->offset && offset - stream->offset <= ahead) {
        stream->next += (size_t)(offset - stream->offset);
    } else {
        /* Relative to where the descriptor stands, which is `ahead` bytes further. */
        int64_t distance = (int64_t)(offset - stream->offset - ahead);
        if (lseek(stream->fd, (off_t)distance, SEEK_CUR) < 0) {
            stream->error = errno;
            stream->ended = true;
            return false;
        }
        stream->next = stream->filled = 0;
    }
    stream->offset = offset;
    stream->ended = false;
    stream->error = 0;
    return true;
}
