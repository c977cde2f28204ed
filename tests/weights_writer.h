/* SPDX-License-Identifier: MIT */
/* Builds weights files in memory (weights/FORMAT.md), right ones and wrong ones. */
#ifndef WEIGHTS_WRITER_H
#define WEIGHTS_WRITER_H

#include "weights.h"

enum {
    WRITER_PLACES = 16
};

struct writer_buffer {
    unsigned char *bytes;
    size_t used, room;
};

/* Zero it, add metadata and tensors, finish. Freed with writer_free. */
struct weights_writer {
    struct writer_buffer metadata, table, data;
    size_t metadata_count, tensor_count;
    struct writer_buffer file; /* filled by writer_finish */
    /* Bytes of the finished file at which the first entries and data begin. */
    size_t meta_at[WRITER_PLACES], row_at[WRITER_PLACES], data_at[WRITER_PLACES];
};

void writer_ints(struct weights_writer *writer, const char *key, unsigned flags, size_t count,
                 const int64_t *values);
void writer_reals(struct weights_writer *writer, const char *key, unsigned flags, size_t count,
                  const double *values);
void writer_texts(struct weights_writer *writer, const char *key, unsigned flags, size_t count,
                  const char *const *values);

/* data holds `bytes` bytes as they go into the file. */
void writer_tensor(struct weights_writer *writer, const char *name, enum tlee_dtype dtype,
                   uint32_t layout, unsigned ndim, const size_t *dims, const void *data,
                   size_t bytes);

/* Puts header, sections and data together in writer->file. */
void writer_finish(struct weights_writer *writer);

void writer_free(struct weights_writer *writer);

/* Adds bytes at the end of a buffer. */
void writer_append(struct writer_buffer *buffer, const void *bytes, size_t count);

/* Stores a number, little-endian, in `bytes` bytes. */
void writer_put(unsigned char *at, unsigned bytes, uint64_t value);

/* Makes header_crc right again after a change, if the header still says where it ends. */
void writer_seal(unsigned char *file, size_t size);

/* Two small files, finished: the worked example of FORMAT.md, and one with every type, several
 * ranks, padding and data for one machine. */
void writer_example(struct weights_writer *writer);
void writer_sample(struct weights_writer *writer);

#endif
