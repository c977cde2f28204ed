/* SPDX-License-Identifier: MIT */
/* The index of a dump: index.json. */
#ifndef TLEE_DUMP_INDEX_H
#define TLEE_DUMP_INDEX_H

#include "json.h"
#include "npy.h"
#include "options.h"

enum {
    TLEE_DUMP_NAME_BYTES = 192
};

/* An array that was written. */
struct tlee_dump_file {
    char name[TLEE_DUMP_NAME_BYTES]; /* in the folder */
    struct tlee_npy array;
};

struct tlee_dump_index {
    const struct tlee_cli_options *options;
    const tlee_session *session;
    struct tlee_model_info info;
    struct tlee_thresholds thresholds; /* in use */
    uint64_t frame;
    size_t source_frame;
    struct tlee_dump_file picture, input, z_prev; /* without a name: there is none */
    struct tlee_json ops;                         /* rows so far, into memory of its own */
    size_t count;                                 /* of the rows */
    char *text;                                   /* of the rows, once ops.out is closed */
    size_t bytes;
};

/* False when there is no memory. Freed with tlee_dump_index_free, also then. */
bool tlee_dump_index_begin(struct tlee_dump_index *index);
void tlee_dump_index_free(struct tlee_dump_index *index);

/* A row: what an op computed and where it is. */
void tlee_dump_index_add(struct tlee_dump_index *index, const struct tlee_observed *op,
                         const struct tlee_dump_file *file);

/* Writes the whole to a new file, or nothing; false with the reason in errno. */
bool tlee_dump_index_write(struct tlee_dump_index *index, const char *path);

#endif
