/* SPDX-License-Identifier: MIT */
/* Why something in the command failed, as the library tells it: one line without the file's name.
 */
#ifndef TLEE_REASON_H
#define TLEE_REASON_H

#include "tlee_base.h"

#include <stdbool.h>

/* Writes the message; returns false, so that a failing function can end with it. */
bool tlee_reason(struct tlee_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, with ": " and what errno_value stands for behind it. */
bool tlee_reason_errno(struct tlee_error *error, int errno_value, const char *what);

#endif
