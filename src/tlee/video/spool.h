/* SPDX-License-Identifier: MIT */
/* A temporary file without a name, for a stream that has to be counted before it is used. */
#ifndef TLEE_SPOOL_H
#define TLEE_SPOOL_H

#include "tlee_base.h"

/*
 * Creates an empty file in $TMPDIR (or /tmp) and removes its name at once: the system frees it when
 * *fd is closed, however the process ends. *fd is -1 on failure.
 */
enum tlee_status tlee_spool_create(int *fd, struct tlee_error *error);

/* Appends count bytes; a full disk is IO. */
enum tlee_status tlee_spool_write(int fd, const void *bytes, size_t count,
                                  struct tlee_error *error);

#endif
