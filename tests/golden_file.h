/* SPDX-License-Identifier: MIT */
/* Reads tests/golden/CASE.txt (tests/golden/README.md), record by record. */
#ifndef GOLDEN_FILE_H
#define GOLDEN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One line: a kind and its fields, which lie in the line's own memory. */
struct golden_record {
    const char *kind;
    size_t field_count;
    char **fields;
};

struct golden_file {
    FILE *stream;
    char *line;
    size_t line_bytes;
    char **fields;
    size_t field_capacity;
    struct golden_record record; /* the current line; kind is NULL at the end */
};

/* The folder of the files: $TLEE_TESTS/golden, or else beside this source file. */
void golden_folder(char *folder, size_t bytes);

/* Opens path and reads its first record; false when it cannot be opened. */
bool golden_open(struct golden_file *file, const char *path);
void golden_close(struct golden_file *file);

/* Goes on to the next record; false at the end. */
bool golden_next(struct golden_file *file);

/* True when the current record is of this kind and has at least so many fields. */
bool golden_is(const struct golden_file *file, const char *kind, size_t field_count);

/* A field as a number; NaN for "-". */
double golden_number(const struct golden_file *file, size_t field);
size_t golden_size(const struct golden_file *file, size_t field);

/* A field as text; "" when there is none. */
const char *golden_text(const struct golden_file *file, size_t field);

#endif
