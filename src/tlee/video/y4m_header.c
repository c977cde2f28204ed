/* SPDX-License-Identifier: MIT */
/* Fields and chroma names: y4m(5) of the MJPEG tools, "YUV4MPEG2 stream format". */
#include "y4m_header.h"

#include "status.h"
#include "video_source.h"

#include <string.h>

/* A field of the header: a letter and a value. */
struct field {
    const char *value;
    size_t length;
    int64_t offset; /* of the letter */
};

static bool equals(const struct field *field, const char *text) {
    return field->length == strlen(text) && memcmp(field->value, text, field->length) == 0;
}

static enum tlee_status parse_side(const struct field *field, const char *name, size_t *side,
                                   struct tlee_error *error) {
    size_t value = 0;
    for (size_t i = 0; i < field->length; i++) {
        char digit = field->value[i];
        if (digit < '0' || digit > '9')
            return tlee_fail(error, TLEE_ERR_FORMAT, field->offset,
                             "Y4M header: the %s is not a number", name);
        value = value * 10 + (size_t)(digit - '0');
        if (value > TLEE_MAX_SIDE)
            break;
    }
    if (!value || value > TLEE_MAX_SIDE)
        return tlee_fail(
            error, TLEE_ERR_FORMAT, field->offset, "Y4M header: %s %.*s; sides may be 1 to %d",
            name, (int)(field->length < 20 ? field->length : 20), field->value, TLEE_MAX_SIDE);
    *side = value;
    return TLEE_OK;
}

/* The names say where chroma samples sit. "420" alone does not, and is read as "420jpeg", like no
 * name at all; ffmpeg does the same. */
static enum tlee_status parse_chroma(const struct field *field, struct tlee_yuv_format *format,
                                     struct tlee_error *error) {
    static const struct {
        const char *name;
        bool half_x, half_y, centre_x, centre_y, mono;
    } known[] = {
        {"420jpeg", true, true, true, true, false},   {"420", true, true, true, true, false},
        {"420mpeg2", true, true, false, true, false}, {"420paldv", true, true, false, false, false},
        {"422", true, false, false, false, false},    {"444", false, false, false, false, false},
        {"mono", false, false, false, false, true},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!equals(field, known[i].name))
            continue;
        format->half_x = known[i].half_x;
        format->half_y = known[i].half_y;
        format->centre_x = known[i].centre_x;
        format->centre_y = known[i].centre_y;
        format->mono = known[i].mono;
        return TLEE_OK;
    }
    return tlee_fail(error, TLEE_ERR_UNSUPPORTED, field->offset,
                     "Y4M chroma format C%.*s; read are the 8-bit C420jpeg, C420mpeg2, C420paldv, "
                     "C422, C444 and Cmono",
                     (int)(field->length < 40 ? field->length : 40), field->value);
}

/* Of the extensions only the range matters; XYSCSS repeats what C says. */
static enum tlee_status parse_extension(const struct field *field, struct tlee_yuv_format *format,
                                        struct tlee_error *error) {
    static const char range[] = "COLORRANGE=";
    if (field->length < sizeof range - 1 || memcmp(field->value, range, sizeof range - 1) != 0)
        return TLEE_OK;
    format->full_range = equals(field, "COLORRANGE=FULL");
    if (format->full_range || equals(field, "COLORRANGE=LIMITED"))
        return TLEE_OK;
    return tlee_fail(error, TLEE_ERR_UNSUPPORTED, field->offset,
                     "Y4M colour range X%.*s; read are COLORRANGE=LIMITED and COLORRANGE=FULL",
                     (int)(field->length < 40 ? field->length : 40), field->value);
}

static enum tlee_status parse_field(char letter, const struct field *field,
                                    struct tlee_yuv_format *format, bool *interlaced,
                                    struct tlee_error *error) {
    switch (letter) {
    case 'W':
        return parse_side(field, "width", &format->width, error);
    case 'H':
        return parse_side(field, "height", &format->height, error);
    case 'C':
        return parse_chroma(field, format, error);
    case 'I':
        *interlaced = !equals(field, "p") && !equals(field, "?");
        return TLEE_OK;
    case 'X':
        return parse_extension(field, format, error);
    case 'F': /* frame rate and pixel aspect change nothing here */
    case 'A':
        return TLEE_OK;
    default:
        return tlee_fail(error, TLEE_ERR_FORMAT, field->offset,
                         "Y4M header: unknown field \"%.*s\"",
                         (int)(field->length < 40 ? field->length + 1 : 40), field->value - 1);
    }
}

enum tlee_status tlee_y4m_parse_header(const char *line, size_t length,
                                       struct tlee_yuv_format *format, bool *interlaced,
                                       struct tlee_error *error) {
    static const char magic[] = "YUV4MPEG2";
    const size_t magic_length = sizeof magic - 1;
    if (length < magic_length || memcmp(line, magic, magic_length) != 0 ||
        (length > magic_length && line[magic_length] != ' '))
        return tlee_fail(error, TLEE_ERR_FORMAT, 0, "no Y4M: it does not begin with %s", magic);
    *format = (struct tlee_yuv_format){.half_x = true,
                                       .half_y = true,
                                       .centre_x = true,
                                       .centre_y = true,
                                       .matrix = format->matrix};
    *interlaced = false;
    for (size_t at = magic_length; at < length;) {
        if (line[at] == ' ') {
            at++;
            continue;
        }
        size_t end = at;
        while (end < length && line[end] != ' ')
            end++;
        struct field field = {line + at + 1, end - at - 1, (int64_t)at};
        enum tlee_status status = parse_field(line[at], &field, format, interlaced, error);
        if (status)
            return status;
        at = end;
    }
    if (!format->width || !format->height)
        return tlee_fail(error, TLEE_ERR_FORMAT, 0, "Y4M header: no %s",
                         format->width ? "height (H)" : "width (W)");
    return TLEE_OK;
}
