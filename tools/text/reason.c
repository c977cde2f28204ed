/* SPDX-License-Identifier: MIT */
#include "reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool tlee_reason(struct tlee_error *error, const char *format, ...) {
    *error = (struct tlee_error){.status = TLEE_ERR_FORMAT, .offset = -1};
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return false;
}

bool tlee_reason_errno(struct tlee_error *error, int errno_value, const char *what) {
    return tlee_reason(error, "%s: %s", what, strerror(errno_value));
}
