/* SPDX-License-Identifier: MIT */
/*
 * The file that tlee eval adds its records to: locked against a second eval, continued where an
 * earlier one stopped. Each line goes into it by one write(2), so that a program that is killed
 * loses nothing that it has finished.
 */
#ifndef TLEE_RECORDS_FILE_H
#define TLEE_RECORDS_FILE_H

#include "records.h"

/* {.fd = -1} is none. */
struct tlee_records_file {
    int fd;
    char *path;     /* without symbolic links */
    uint64_t bytes; /* of its whole lines */
};

/*
 * Opens or makes the file and reads what it holds into records, in its order. A torn last line is
 * cut off, and records that are not to be kept (of videos that are tried again) are taken
 * out. False with the reason: it cannot be opened, locked or read, or its records are of another
 * identity.
 */
bool tlee_records_file_open(struct tlee_records_file *file, const char *path,
                            const struct tlee_identity *of,
                            bool (*keep)(const void *cookie, const struct tlee_record *record),
                            const void *cookie, struct tlee_records *records,
                            struct tlee_error *error);

/* Adds a line with its newline. When that fails, nothing of it stays there. */
bool tlee_records_file_append(struct tlee_records_file *file, const char *line, size_t length,
                              struct tlee_error *error);

void tlee_records_file_close(struct tlee_records_file *file);

#endif
