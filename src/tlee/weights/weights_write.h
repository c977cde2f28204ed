/* SPDX-License-Identifier: MIT */
/* Making a weights file (weights/FORMAT.md). */
#ifndef TLEE_WEIGHTS_WRITE_H
#define TLEE_WEIGHTS_WRITE_H

#include "weights.h"

/* A metadata entry. */
struct tlee_weights_setting {
    const char *key;
    enum tlee_meta_type type;
    bool required;
    size_t count;
    const void *values; /* int64_t, double or const char * [count], as type says */
};

/* A tensor: name, dtype, layout, dims and bytes are the caller's to fill in, the rest is not. */
struct tlee_weights_output {
    struct tlee_weights_entry entry;
    const void *data;
};

struct tlee_weights_contents {
    const struct tlee_weights_setting *settings;
    size_t setting_count;
    struct tlee_weights_output *tensors; /* offsets and checksums are filled in */
    size_t tensor_count;
};

/* Metadata entry `index` of an open file, as it was read. */
struct tlee_weights_setting tlee_weights_setting(const struct tlee_weights *weights, size_t index);

/* Tensor `index` of an open file, as it is stored, its values where they lie. Not after its
 * release. */
struct tlee_weights_output tlee_weights_stored(const struct tlee_weights *weights, size_t index);

/*
 * Writes a file that holds the contents, which must keep the format's rules, to path: first to a
 * file beside it, which then takes its place, so that there is the old file or the whole new one at
 * any time. What else than a regular file is at path stays there: TLEE_ERR_IO. The file beside has
 * no name until it is whole, and a process that is killed leaves nothing; on file systems that have
 * no such files it leaves path.PID-N.part.
 */
enum tlee_status tlee_weights_write(const struct tlee_weights_contents *contents, const char *path,
                                    const struct tlee_allocator *allocator,
                                    struct tlee_error *error);

/* ---- weights_replace.c ---- */

/* A file that is being written. */
struct tlee_replacement {
    char *path; /* of the file beside, once it is named */
    bool named;
    int fd;
    uint64_t bytes; /* written so far */
};

/* Opens a new file beside path. On failure nothing is left to undo. */
enum tlee_status tlee_replacement_begin(struct tlee_replacement *replacement, const char *path,
                                        const struct tlee_allocator *allocator,
                                        struct tlee_error *error);

enum tlee_status tlee_replacement_write(struct tlee_replacement *replacement, const void *bytes,
                                        size_t count, struct tlee_error *error);

/* Puts it at path; with another status than OK, or when that fails, removes it instead. */
enum tlee_status tlee_replacement_end(struct tlee_replacement *replacement, const char *path,
                                      const struct tlee_allocator *allocator,
                                      enum tlee_status status, struct tlee_error *error);

#endif
