/* SPDX-License-Identifier: MIT */
/* Filling in error records. */
#ifndef TLEE_STATUS_H
#define TLEE_STATUS_H

#include "tlee_base.h"

/*
 * Writes status, offset (-1: none) and a printf-formatted message to error (NULL: nowhere) and
 * returns status, so that a function can end with `return tlee_fail(...)`. ASCII
 * control characters, which names in hostile files may hold, are replaced by '?'; a text that is
 * too long is cut.
 */
enum tlee_status tlee_fail(struct tlee_error *error, enum tlee_status status, int64_t offset,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

/* As tlee_fail for a failed system call: appends ": " and the description of errno_value, for which
 * there is always room. */
enum tlee_status tlee_fail_errno(struct tlee_error *error, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
