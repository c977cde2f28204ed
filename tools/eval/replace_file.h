/* SPDX-License-Identifier: MIT */
/* A file that takes another's place once it is whole. */
#ifndef TLEE_REPLACE_FILE_H
#define TLEE_REPLACE_FILE_H

#include "tlee_base.h"

#include <stdbool.h>
#include <stdio.h>

struct tlee_replacement_file {
    FILE *out;        /* to write to */
    const char *path; /* what it is to replace; stays the caller's */
    char *beside;     /* where it lies until then */
};

/* Opens a file beside path, which must be a regular file if there is one. False with the reason,
 * which does not repeat the path; there is nothing to end then. */
bool tlee_replacement_file_begin(struct tlee_replacement_file *file, const char *path,
                                 struct tlee_error *error);

/* Puts the file in place if it is good and could be written to its last byte; otherwise it is
 * removed and *error says why, unless it was no good anyway. True when it is in place. */
bool tlee_replacement_file_end(struct tlee_replacement_file *file, bool good,
                               struct tlee_error *error);

#endif
