/* SPDX-License-Identifier: MIT */
/* A file that one command at a time may write to. */
#ifndef TLEE_FILE_LOCK_H
#define TLEE_FILE_LOCK_H

#include "tlee_base.h"

#include <stdbool.h>

/* Locks all of an open file for writing. False with the reason when `command` ("tlee eval") has it
 * elsewhere. Some file systems of clusters have no locks; there the user has to take care. */
bool tlee_file_lock(int fd, const char *command, struct tlee_error *error);

#endif
