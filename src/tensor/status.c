/* SPDX-License-Identifier: MIT */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *tlee_status_name(enum tlee_status status) {
    switch (status) {
    case TLEE_OK:
        return "ok";
    case TLEE_ERR_ARG:
        return "bad argument";
    case TLEE_ERR_NOMEM:
        return "out of memory";
    case TLEE_ERR_IO:
        return "input/output error";
    case TLEE_ERR_FORMAT:
        return "bad format";
    case TLEE_ERR_VERSION:
        return "newer version";
    case TLEE_ERR_SHAPE:
        return "shapes disagree";
    case TLEE_ERR_UNSUPPORTED:
        return "unsupported";
    case TLEE_ERR_NUMERIC:
        return "not finite";
    }
    return "unknown status";
}

/* One clear line, whatever bytes a hostile file put into a name: no newline, no escape sequence. */
static void make_printable(char *text) {
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f)
            *text = '?';
    }
}

/* Formats into all but the last `reserved` bytes of the message. */
static void record(struct tlee_error *error, enum tlee_status status, int64_t offset,
                   size_t reserved, const char *format, va_list args) {
    error->status = status;
    error->offset = offset;
    vsnprintf(error->message, sizeof error->message - reserved, format, args);
    make_printable(error->message);
}

enum tlee_status tlee_fail(struct tlee_error *error, enum tlee_status status, int64_t offset,
                           const char *format, ...) {
    if (!error)
        return status;
    va_list args;
    va_start(args, format);
    record(error, status, offset, 0, format, args);
    va_end(args);
    return status;
}

enum tlee_status tlee_fail_errno(struct tlee_error *error, int errno_value, const char *format,
                                 ...) {
    if (!error)
        return TLEE_ERR_IO;
    char reason[TLEE_ERROR_BYTES / 4];
    int length = snprintf(reason, sizeof reason, ": %s", strerror(errno_value));
    size_t room = length < (int)sizeof reason ? (size_t)length : sizeof reason - 1;
    va_list args;
    va_start(args, format);
    record(error, TLEE_ERR_IO, -1, room, format, args);
    va_end(args);
    strcat(error->message, reason);
    return TLEE_ERR_IO;
}
