/* SPDX-License-Identifier: MIT */
#include "ppm.h"

#include "status.h"

enum {
    MAX_HEADER_BYTES = 65536, /* comments included, so that an endless one is noticed */
    MAX_VALUE = 1000000       /* above all that is accepted; larger numbers stay there */
};

static enum tlee_status cut_short(const struct tlee_byte_stream *stream, const char *what,
                                  struct tlee_error *error) {
    if (stream->error)
        return tlee_fail_errno(error, stream->error, "%s", what);
    return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)stream->offset, "the data end in %s", what);
}

static bool is_blank(int byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/*
 * Reads a number of the header, after blanks and comments, and the one byte behind it: that byte
 * ends the header after the last number, and belongs to the picture nowhere. *value is at most
 * MAX_VALUE.
 */
static enum tlee_status read_number(struct tlee_byte_stream *stream, uint64_t header_end,
                                    const char *name, size_t *value, struct tlee_error *error) {
    bool comment = false, digits = false;
    *value = 0;
    while (stream->offset < header_end) {
        int byte = tlee_byte_stream_get(stream);
        if (byte < 0)
            return cut_short(stream, "the PPM header", error);
        if (comment && byte != '\n' && byte != '\r')
            continue;
        comment = byte == '#';
        if (byte >= '0' && byte <= '9') {
            digits = true;
            *value = *value * 10 + (size_t)(byte - '0');
            if (*value > MAX_VALUE)
                *value = MAX_VALUE;
        } else if (is_blank(byte) && digits) {
            return TLEE_OK;
        } else if (!is_blank(byte) && !comment) {
            return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)stream->offset - 1,
                             "PPM header: no number for the %s", name);
        }
    }
    return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)header_end,
                     "PPM header: longer than %d bytes", MAX_HEADER_BYTES);
}

static enum tlee_status read_header(struct tlee_byte_stream *stream, bool *gray, size_t *width,
                                    size_t *height, struct tlee_error *error) {
    const uint64_t start = stream->offset, header_end = start + MAX_HEADER_BYTES;
    int first = tlee_byte_stream_get(stream), second = tlee_byte_stream_get(stream);
    if (second < 0)
        return cut_short(stream, "the PPM header", error);
    if (first != 'P' || (second != '5' && second != '6'))
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)start,
                         "no binary PPM or PGM: begins with bytes %02x %02x, not P6 or P5",
                         (unsigned)first, (unsigned)second);
    *gray = second == '5';
    size_t maxval;
    enum tlee_status status = read_number(stream, header_end, "width", width, error);
    if (!status)
        status = read_number(stream, header_end, "height", height, error);
    if (!status)
        status = read_number(stream, header_end, "maxval", &maxval, error);
    if (!status && maxval != 255)
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)start,
                         "PPM maxval is %zu; only 255 is read", maxval);
    return status;
}

enum tlee_status tlee_ppm_read(struct tlee_byte_stream *stream, struct tlee_image *image,
                               struct tlee_error *error) {
    bool gray = false;
    size_t width = 0, height = 0;
    enum tlee_status status = read_header(stream, &gray, &width, &height, error);
    if (status)
        return status;
    /* 64 bits: MAX_VALUE squared is far from their end, but not from a 32-bit size_t's. */
    uint64_t pixels = (uint64_t)width * height, bytes = gray ? pixels : 3 * pixels;
    uint64_t left = stream->length > stream->offset ? stream->length - stream->offset : 0;
    if (width <= TLEE_MAX_SIDE && height <= TLEE_MAX_SIDE && bytes > left)
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)stream->length,
                         "the data end after %llu of %llu bytes of a %zu x %zu picture",
                         (unsigned long long)left, (unsigned long long)bytes, width, height);
    status = tlee_image_resize(image, width, height, error);
    if (status)
        return status;
    size_t count = (size_t)pixels;
    /* Gray is read into the last third and spread from the front: no byte is overwritten before it
     * has been copied. */
    uint8_t *raw = gray ? image->rgb + 2 * count : image->rgb;
    if (tlee_byte_stream_read(stream, raw, (size_t)bytes) < bytes)
        return cut_short(stream, "a picture", error);
    for (size_t i = 0; gray && i < count; i++) {
        uint8_t level = raw[i];
        image->rgb[3 * i] = image->rgb[3 * i + 1] = image->rgb[3 * i + 2] = level;
    }
    return TLEE_OK;
}
