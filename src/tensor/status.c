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

enum tlee_status tlee_fail(struct tlee_error *error, enum tlee_status status, int64_t offset,
                           const char *format, ...) {
    if (!error)
        return status;
    error->status = status;
    error->offset = offset;
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    make_printable(error->message);
    return status;
}

enum tlee_status tlee_fail_errno(struct tlee_error *error, int errno_value, const char *format,
                                 ...) {
    if (!error)
        return TLEE_ERR_IO;
    error->status = TLEE_ERR_IO;
    error->offset = -1;
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    size_t used = strlen(error->message);
    snprintf(error->message + used, sizeof error->message - used, ": %s", strerror(errno_value));
    make_printable(error->message);
    return TLEE_ERR_IO;
}
