/* SPDX-License-Identifier: MIT */
/*
 * Frames all have the same size, but a line of varying length stands before each. Where that line
 * turns out to be the same everywhere, as usual, a frame's place is a product; otherwise a wanted
 * frame is reached by passing over those before it.
 */
#include "y4m.h"

#include "byte_stream.h"
#include "spool.h"
#include "status.h"
#include "y4m_header.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct y4m {
    struct tlee_source base;
    const struct tlee_video_options *options;
    int fd;
    struct tlee_byte_stream stream;
    struct tlee_yuv_format format;
    size_t frame_bytes;
    uint64_t first_offset; /* of the first frame's line */
    size_t line_bytes;     /* of each FRAME line; 0 in a spool, which has none */
    bool lines_vary;
    bool cut;         /* the stream ended within a frame */
    size_t at;        /* frames passed since first_offset */
    uint8_t *planes;  /* frame_bytes, made for the first frame read */
    int16_t *scratch; /* of tlee_yuv_to_rgb */
};

/* A line without its newline: up to room - 1 bytes. False when the stream ends or the line is
 * longer. */
static bool read_line(struct tlee_byte_stream *stream, char *line, size_t room, size_t *length) {
    for (*length = 0; *length < room; ++*length) {
        int byte = tlee_byte_stream_get(stream);
        if (byte < 0 || byte == '\n')
            return byte == '\n';
        line[*length] = (char)byte;
    }
    return false;
}

/* The stream's own error, if it has one. */
static enum tlee_status stream_status(const struct y4m *y4m, struct tlee_error *error) {
    if (!y4m->stream.error)
        return TLEE_OK;
    return tlee_fail_errno(error, y4m->stream.error, "reading frame %zu", y4m->at + 1);
}

static enum tlee_status read_header(struct y4m *y4m, struct tlee_error *error) {
    char line[TLEE_Y4M_LINE_BYTES];
    size_t length;
    bool interlaced, whole = read_line(&y4m->stream, line, sizeof line, &length);
    if (y4m->stream.error)
        return tlee_fail_errno(error, y4m->stream.error, "reading the Y4M header");
    enum tlee_status status = tlee_y4m_parse_header(line, length, &y4m->format, &interlaced, error);
    if (!whole && status != TLEE_ERR_FORMAT)
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)length,
                         "Y4M header: no end of the line within %zu bytes", length);
    if (status)
        return status;
    if (interlaced)
        tlee_warn(y4m->options, "interlaced video: each frame is used as it is, two fields woven "
                                "together");
    y4m->frame_bytes = tlee_yuv_frame_bytes(&y4m->format);
    y4m->first_offset = y4m->stream.offset;
    return TLEE_OK;
}

/* Reads the line before a frame. *here: a frame follows; else the stream ends. */
static enum tlee_status read_frame_line(struct y4m *y4m, bool *here, struct tlee_error *error) {
    static const char marker[] = "FRAME";
    const uint64_t start = y4m->stream.offset;
    char line[TLEE_Y4M_LINE_BYTES];
    size_t length, compared = sizeof marker - 1;
    *here = read_line(&y4m->stream, line, sizeof line, &length);
    if (y4m->stream.error)
        return stream_status(y4m, error);
    bool ended = !*here && y4m->stream.ended;
    if (ended && !length)
        return TLEE_OK;
    if (ended && length < compared)
        compared = length;
    if ((!*here && !ended) || length < compared || memcmp(line, marker, compared) != 0 ||
        (length > compared && line[compared] != ' '))
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)start,
                         "damaged Y4M: no FRAME line at byte %llu, where frame %zu should begin",
                         (unsigned long long)start, y4m->at + 1);
    y4m->cut = ended;
    if (y4m->at == 0)
        y4m->line_bytes = length + 1;
    else if (y4m->line_bytes != length + 1)
        y4m->lines_vary = true;
    return TLEE_OK;
}

/* Passes over a frame and its line. *here: there was a whole one. */
static enum tlee_status skip_frame(struct y4m *y4m, bool *here, struct tlee_error *error) {
    enum tlee_status status = read_frame_line(y4m, here, error);
    if (status || !*here)
        return status;
    *here = tlee_byte_stream_skip(&y4m->stream, y4m->frame_bytes);
    if (*here)
        y4m->at++;
    y4m->cut = !*here;
    return stream_status(y4m, error);
}

/* What is to be said where the stream ends. */
static enum tlee_status check_end(const struct y4m *y4m, struct tlee_error *error) {
    if (!y4m->at)
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)y4m->stream.offset, "no frame in it%s",
                         y4m->cut ? ": the first one is cut short" : "");
    if (y4m->cut)
        tlee_warn(y4m->options, "frame %zu is cut short; the video ends with frame %zu",
                  y4m->at + 1, y4m->at);
    return TLEE_OK;
}

static enum tlee_status count_frames(struct y4m *y4m, struct tlee_error *error) {
    enum tlee_status status;
    bool here;
    do
        status = skip_frame(y4m, &here, error);
    while (!status && here);
    y4m->base.count = y4m->at;
    return status ? status : check_end(y4m, error);
}

/* Copies the planes of one frame to the spool. *here: they were all there. */
static enum tlee_status spool_planes(struct y4m *y4m, int spool, bool *here,
                                     struct tlee_error *error) {
    unsigned char block[16384];
    for (size_t left = y4m->frame_bytes; left;) {
        size_t wanted = left < sizeof block ? left : sizeof block;
        size_t got = tlee_byte_stream_read(&y4m->stream, block, wanted);
        enum tlee_status status = stream_status(y4m, error);
        if (!status)
            status = tlee_spool_write(spool, block, got, error);
        *here = !status && got == wanted;
        y4m->cut = !*here;
        if (!*here)
            return status;
        left -= got;
    }
    y4m->at++;
    return TLEE_OK;
}

/* Counts the frames of a stream by copying their planes to a file, which then takes its place. */
static enum tlee_status spool_frames(struct y4m *y4m, struct tlee_error *error) {
    int spool;
    bool here;
    enum tlee_status status = tlee_spool_create(&spool, error);
    if (status)
        return status;
    do {
        status = read_frame_line(y4m, &here, error);
        if (!status && here)
            status = spool_planes(y4m, spool, &here, error);
    } while (!status && here);
    if (!status)
        status = check_end(y4m, error);
    if (!status && lseek(spool, 0, SEEK_SET) < 0)
        status = tlee_fail_errno(error, errno, "the temporary file");
    close(y4m->fd);
    y4m->fd = spool;
    tlee_byte_stream_over_fd(&y4m->stream, spool);
    y4m->base.count = y4m->at;
    y4m->first_offset = y4m->line_bytes = 0;
    y4m->lines_vary = false;
    return status;
}

/* Moves to the beginning of a counted frame. */
static enum tlee_status seek_frame(struct y4m *y4m, size_t number, struct tlee_error *error) {
    uint64_t offset = y4m->first_offset;
    if (!y4m->lines_vary)
        offset += (uint64_t)(number - 1) * (y4m->line_bytes + y4m->frame_bytes);
    if (!tlee_byte_stream_seek(&y4m->stream, offset))
        return stream_status(y4m, error);
    y4m->at = y4m->lines_vary ? 0 : number - 1;
    return TLEE_OK;
}

/* Moves to the planes of frame `number`. *here: there is one. */
static enum tlee_status reach_planes(struct y4m *y4m, size_t number, bool *here,
                                     struct tlee_error *error) {
    *here = true;
    if (!y4m->base.forward) {
        *here = number <= y4m->base.count;
        if (!*here)
            return TLEE_OK;
        enum tlee_status status = seek_frame(y4m, number, error);
        if (status || !y4m->line_bytes)
            return status;
    }
    while (*here && y4m->at < number - 1) {
        enum tlee_status status = skip_frame(y4m, here, error);
        if (status)
            return status;
    }
    return *here ? read_frame_line(y4m, here, error) : TLEE_OK;
}

static enum tlee_status make_buffers(struct y4m *y4m, struct tlee_error *error) {
    if (!y4m->planes)
        y4m->planes = malloc(y4m->frame_bytes);
    if (!y4m->scratch)
        y4m->scratch = malloc(tlee_yuv_scratch_count(&y4m->format) * sizeof *y4m->scratch);
    if (!y4m->planes || !y4m->scratch)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for a frame of %zu bytes",
                         y4m->frame_bytes);
    return TLEE_OK;
}

/* *here: frame `number` was read into the planes; else the video ends before it. */
static enum tlee_status read_planes(struct y4m *y4m, size_t number, bool *here,
                                    struct tlee_error *error) {
    enum tlee_status status = reach_planes(y4m, number, here, error);
    if (!status && *here)
        status = make_buffers(y4m, error);
    if (status || !*here)
        return status;
    size_t got = tlee_byte_stream_read(&y4m->stream, y4m->planes, y4m->frame_bytes);
    *here = got == y4m->frame_bytes;
    if (*here)
        y4m->at++;
    y4m->cut = !*here;
    return stream_status(y4m, error);
}

static enum tlee_status read_y4m(struct tlee_source *source, size_t number,
                                 struct tlee_image *image, struct tlee_error *error) {
    struct y4m *y4m = (struct y4m *)source;
    bool here;
    image->width = image->height = 0;
    enum tlee_status status = read_planes(y4m, number, &here, error);
    if (status)
        return status;
    if (!here && y4m->base.forward)
        return check_end(y4m, error);
    if (!here && number <= y4m->base.count)
        return tlee_fail(error, TLEE_ERR_FORMAT, -1, "it was there when the frames were counted");
    if (!here)
        return TLEE_OK;
    status = tlee_image_resize(image, y4m->format.width, y4m->format.height, error);
    if (!status)
        tlee_yuv_to_rgb(&y4m->format, y4m->planes, y4m->scratch, image->rgb);
    return status;
}

static void close_y4m(struct tlee_source *source) {
    struct y4m *y4m = (struct y4m *)source;
    if (y4m->fd >= 0)
        close(y4m->fd);
    free(y4m->planes);
    free(y4m->scratch);
    free(y4m);
}

enum tlee_status tlee_y4m_open(int fd, const struct tlee_video_options *options,
                               struct tlee_source **out, struct tlee_error *error) {
    *out = NULL;
    struct y4m *y4m = calloc(1, sizeof *y4m);
    if (!y4m) {
        close(fd);
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for the reader");
    }
    y4m->base = (struct tlee_source){.read = read_y4m, .close = close_y4m};
    y4m->options = options;
    y4m->fd = fd;
    y4m->format.matrix = options->matrix;
    tlee_byte_stream_over_fd(&y4m->stream, fd);
    enum tlee_status status = read_header(y4m, error);
    if (!status) {
        if (options->sequential || (options->count && !y4m->stream.seekable))
            y4m->base.forward = true;
        else if (y4m->stream.seekable)
            status = count_frames(y4m, error);
        else
            status = spool_frames(y4m, error);
    }
    if (status)
        close_y4m(&y4m->base);
    else
        *out = &y4m->base;
    return status;
}
