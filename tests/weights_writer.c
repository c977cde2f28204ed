/* SPDX-License-Identifier: MIT */
#include "weights_writer.h"

#include "crc32.h"

#include <stdlib.h>
#include <string.h>

void writer_put(unsigned char *at, unsigned bytes, uint64_t value) {
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

void writer_append(struct writer_buffer *buffer, const void *bytes, size_t count) {
    if (buffer->room - buffer->used < count) {
        buffer->room = 2 * (buffer->used + count);
        buffer->bytes = realloc(buffer->bytes, buffer->room);
        if (!buffer->bytes)
            abort();
    }
    if (count)
        memcpy(buffer->bytes + buffer->used, bytes, count);
    buffer->used += count;
}

static void append_number(struct writer_buffer *buffer, unsigned bytes, uint64_t value) {
    unsigned char number[8];
    writer_put(number, bytes, value);
    writer_append(buffer, number, bytes);
}

static void pad(struct writer_buffer *buffer) {
    while (buffer->used % TLEE_ALIGNMENT)
        append_number(buffer, 1, 0);
}

static void remember(size_t *places, size_t index, size_t at) {
    if (index < WRITER_PLACES)
        places[index] = at;
}

static struct writer_buffer *begin_meta(struct weights_writer *writer, unsigned type,
                                        unsigned flags, const char *key, size_t count) {
    struct writer_buffer *metadata = &writer->metadata;
    remember(writer->meta_at, writer->metadata_count++, metadata->used);
    append_number(metadata, 1, type);
    append_number(metadata, 1, flags);
    append_number(metadata, 2, strlen(key));
    append_number(metadata, 4, count);
    writer_append(metadata, key, strlen(key));
    return metadata;
}

void writer_ints(struct weights_writer *writer, const char *key, unsigned flags, size_t count,
                 const int64_t *values) {
    struct writer_buffer *metadata = begin_meta(writer, TLEE_META_INT, flags, key, count);
    for (size_t i = 0; i < count; i++)
        append_number(metadata, 8, (uint64_t)values[i]);
}

void writer_reals(struct weights_writer *writer, const char *key, unsigned flags, size_t count,
                  const double *values) {
    writer_append(begin_meta(writer, TLEE_META_REAL, flags, key, count), values,
                  count * sizeof *values);
}

void writer_texts(struct weights_writer *writer, const char *key, unsigned flags, size_t count,
                  const char *const *values) {
    struct writer_buffer *metadata = begin_meta(writer, TLEE_META_TEXT, flags, key, count);
    for (size_t i = 0; i < count; i++) {
        append_number(metadata, 4, strlen(values[i]));
        writer_append(metadata, values[i], strlen(values[i]));
    }
}

void writer_tensor(struct weights_writer *writer, const char *name, enum tlee_dtype dtype,
                   uint32_t layout, unsigned ndim, const size_t *dims, const void *data,
                   size_t bytes) {
    struct writer_buffer *table = &writer->table;
    pad(&writer->data);
    remember(writer->data_at, writer->tensor_count, writer->data.used);
    remember(writer->row_at, writer->tensor_count++, table->used);
    append_number(table, 2, strlen(name));
    append_number(table, 1, dtype);
    append_number(table, 1, ndim);
    append_number(table, 4, layout);
    append_number(table, 8, writer->data.used); /* from where the data begins, until the finish */
    append_number(table, 8, bytes);
    append_number(table, 4, tlee_crc32(0, data, bytes));
    append_number(table, 4, 0);
    for (unsigned i = 0; i < ndim; i++)
        append_number(table, 8, dims[i]);
    writer_append(table, name, strlen(name));
    writer_append(&writer->data, data, bytes);
}

/* Turns the tables' data offsets into offsets in the file. */
static void move_data(const struct weights_writer *writer, size_t header_bytes) {
    unsigned char *row = writer->table.bytes;
    for (size_t i = 0; i < writer->tensor_count; i++) {
        uint64_t offset;
        memcpy(&offset, row + 8, sizeof offset);
        writer_put(row + 8, 8, offset + header_bytes);
        row += 32 + 8 * (size_t)row[3] + row[0] + 256 * (size_t)row[1];
    }
}

void writer_finish(struct weights_writer *writer) {
    static const unsigned char magic[8] = {0x89, 'T', 'L', 'E', 'E', '\r', '\n', 0x1a};
    struct writer_buffer *file = &writer->file;
    size_t table_at = 64 + writer->metadata.used;
    size_t header_bytes = (table_at + writer->table.used + 63) / 64 * 64;
    move_data(writer, header_bytes);
    for (size_t i = 0; i < WRITER_PLACES; i++) {
        writer->meta_at[i] += 64;
        writer->row_at[i] += table_at;
        writer->data_at[i] += header_bytes;
    }
    writer_append(file, magic, sizeof magic);
    append_number(file, 4, 1);
    append_number(file, 4, 0);
    append_number(file, 8, header_bytes);
    append_number(file, 8, header_bytes + writer->data.used);
    append_number(file, 4, writer->metadata_count);
    append_number(file, 4, writer->tensor_count);
    append_number(file, 8, writer->metadata.used);
    append_number(file, 8, writer->table.used);
    append_number(file, 8, 0);
    writer_append(file, writer->metadata.bytes, writer->metadata.used);
    writer_append(file, writer->table.bytes, writer->table.used);
    pad(file);
    writer_append(file, writer->data.bytes, writer->data.used);
    writer_seal(file->bytes, file->used);
}

void writer_seal(unsigned char *file, size_t size) {
    uint64_t header_bytes;
    if (size < 64)
        return;
    memcpy(&header_bytes, file + 16, sizeof header_bytes);
    if (header_bytes < 64 || header_bytes > size)
        return;
    writer_put(file + 12, 4, 0);
    writer_put(file + 12, 4, tlee_crc32(0, file, (size_t)header_bytes));
}

void writer_free(struct weights_writer *writer) {
    free(writer->metadata.bytes);
    free(writer->table.bytes);
    free(writer->data.bytes);
    free(writer->file.bytes);
    *writer = (struct weights_writer){0};
}

void writer_example(struct weights_writer *writer) {
    *writer = (struct weights_writer){0};
    writer_ints(writer, "frames", 0, 1, (const int64_t[]){10});
    writer_texts(writer, "mode", 1, 1, (const char *const[]){"ts"});
    writer_tensor(writer, "fc.weight", TLEE_F32, 0, 2, (const size_t[]){1, 2},
                  (const float[]){1.0f, -0.5f}, 8);
    writer_tensor(writer, "fc.bias", TLEE_F16, 0, 1, (const size_t[]){1},
                  (const uint16_t[]){0x3e00}, 2);
    writer_finish(writer);
}

void writer_sample(struct weights_writer *writer) {
    static const float numbers[24] = {0,    -0.0f, 1,     -1,      0.5f, 3.1415927f, 1e-40f, 3e38f,
                                      1e10, -7,    0.25f, 1234.5f, -3,   1e-20f,     99,     0.1f,
                                      8,    9,     10,    11,      12,   13,         14,     15};
    static const uint16_t halves[5] = {0x0000, 0x3c00, 0xc500, 0x0001, 0x7bff};
    *writer = (struct weights_writer){0};
    writer_texts(writer, "source", 0, 1, (const char *const[]){"sample"});
    writer_ints(writer, "order", 0, 4, (const int64_t[]){5, -1, INT64_MAX, INT64_MIN});
    writer_reals(writer, "mean", 0, 3, (const double[]){0.43216, -0.0, 1e300});
    writer_texts(writer, "labels", 1, 3,
                 (const char *const[]){"", "apply eye makeup", "\xc3\xa9p\xc3\xa9\xe2\x9a\x94"});
    writer_tensor(writer, "stem.weight", TLEE_F32, 0, 4, (const size_t[]){2, 3, 1, 1}, numbers, 24);
    writer_tensor(writer, "stem.bias", TLEE_F16, 0, 1, (const size_t[]){5}, halves, 10);
    writer_tensor(writer, "alpha", TLEE_F32, 0, 0, NULL, numbers + 4, 4);
    writer_tensor(writer, "stem.weight", TLEE_F32, 7, 4, (const size_t[]){2, 3, 1, 1},
                  "made for one machine", 20);
    writer_tensor(writer, "deep", TLEE_F32, 0, 8, (const size_t[]){1, 2, 1, 3, 2, 1, 2, 1}, numbers,
                  96);
    writer_tensor(writer, "\xce\xb2", TLEE_F16, 0, 2, (const size_t[]){1, 4}, halves + 1, 8);
    writer_finish(writer);
}
