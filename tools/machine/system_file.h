/* SPDX-License-Identifier: MIT */
/* What the system tells of files, and the small ones in which Linux tells about the machine and the
 * process. */
#ifndef TLEE_SYSTEM_FILE_H
#define TLEE_SYSTEM_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* The first line, without its end, of the file whose path is printf-formatted; false when it cannot
 * be read or does not fit into `size` bytes, a terminating zero included. */
bool tlee_read_line(char *line, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True when both paths lead to one file. */
bool tlee_is_same_file(const char *a, const char *b);

#endif
