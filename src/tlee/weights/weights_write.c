/* SPDX-License-Identifier: MIT */
#include "weights_write.h"

#include "crc32.h"
#include "weights_internal.h"

#include <assert.h>

static const unsigned char magic[8] = {0x89, 'T', 'L', 'E', 'E', '\r', '\n', 0x1a};
static const unsigned char zeros[TLEE_ALIGNMENT];

struct tlee_weights_setting tlee_weights_setting(const struct tlee_weights *weights, size_t index) {
    const struct tlee_weights_meta *meta = &weights->metas[index];
    return (struct tlee_weights_setting){.key = meta->key,
                                         .type = meta->type,
                                         .required = meta->required,
                                         .count = meta->count,
                                         .values = meta->values};
}

struct tlee_weights_output tlee_weights_stored(const struct tlee_weights *weights, size_t index) {
    const struct tlee_weights_entry *entry = &weights->tensors[index].entry;
    assert(!weights->tensors[index].released);
    return (struct tlee_weights_output){.entry = *entry, .data = weights->bytes + entry->offset};
}

/* Where the next bytes of the header go; NULL: they are only counted. */
struct cursor {
    unsigned char *bytes;
    size_t used;
};

static void put(struct cursor *cursor, const void *bytes, size_t count) {
    if (cursor->bytes)
        memcpy(cursor->bytes + cursor->used, bytes, count);
    cursor->used += count;
}

/* The machine is little-endian, as the format is (weights_internal.h). */
static void put_number(struct cursor *cursor, uint64_t value, size_t bytes) {
    put(cursor, &value, bytes);
}

static void put_setting(struct cursor *cursor, const struct tlee_weights_setting *setting) {
    size_t key_bytes = strlen(setting->key);
    put_number(cursor, setting->type, 1);
    put_number(cursor, setting->required, 1);
    put_number(cursor, key_bytes, 2);
    put_number(cursor, setting->count, 4);
    put(cursor, setting->key, key_bytes);
    if (setting->type != TLEE_META_TEXT) {
        put(cursor, setting->values, setting->count * sizeof(int64_t));
        return;
    }
    const char *const *texts = setting->values;
    for (size_t i = 0; i < setting->count; i++) {
        size_t bytes = strlen(texts[i]);
        put_number(cursor, bytes, 4);
        put(cursor, texts[i], bytes);
    }
}

static void put_entry(struct cursor *cursor, const struct tlee_weights_entry *entry) {
    size_t name_bytes = strlen(entry->name);
    put_number(cursor, name_bytes, 2);
    put_number(cursor, entry->dtype, 1);
    put_number(cursor, entry->ndim, 1);
    put_number(cursor, entry->layout, 4);
    put_number(cursor, entry->offset, 8);
    put_number(cursor, entry->bytes, 8);
    put_number(cursor, entry->crc, 4);
    put_number(cursor, 0, 4);
    for (unsigned i = 0; i < entry->ndim; i++)
        put_number(cursor, entry->dims[i], 8);
    put(cursor, entry->name, name_bytes);
}

/* Lengths that the fixed part of the header tells. */
struct lengths {
    size_t metadata, table, header;
    uint64_t file;
};

/* Counts what the cursor only counts, so the same lines give the lengths and then the bytes. */
static void put_header(struct cursor *cursor, const struct tlee_weights_contents *contents,
                       struct lengths *lengths) {
    put(cursor, magic, sizeof magic);
    put_number(cursor, 1, 4); /* version */
    put_number(cursor, 0, 4); /* the checksum, which is known last */
    put_number(cursor, lengths->header, 8);
    put_number(cursor, lengths->file, 8);
    put_number(cursor, contents->setting_count, 4);
    put_number(cursor, contents->tensor_count, 4);
    put_number(cursor, lengths->metadata, 8);
    put_number(cursor, lengths->table, 8);
    put_number(cursor, 0, 8);
    for (size_t i = 0; i < contents->setting_count; i++)
        put_setting(cursor, &contents->settings[i]);
    lengths->metadata = cursor->used - TLEE_WEIGHTS_HEADER_BYTES;
    for (size_t i = 0; i < contents->tensor_count; i++)
        put_entry(cursor, &contents->tensors[i].entry);
    lengths->table = cursor->used - TLEE_WEIGHTS_HEADER_BYTES - lengths->metadata;
    put(cursor, zeros, -cursor->used % TLEE_ALIGNMENT);
    lengths->header = cursor->used;
}

/* Offsets and checksums of the tensors, and the length of it all. */
static uint64_t lay_out(const struct tlee_weights_contents *contents, uint64_t header_bytes) {
    uint64_t end = header_bytes;
    for (size_t i = 0; i < contents->tensor_count; i++) {
        struct tlee_weights_entry *entry = &contents->tensors[i].entry;
        entry->offset = (end + TLEE_ALIGNMENT - 1) / TLEE_ALIGNMENT * TLEE_ALIGNMENT;
        entry->crc = tlee_crc32(0, contents->tensors[i].data, (size_t)entry->bytes);
        end = entry->offset + entry->bytes;
    }
    return end;
}

static enum tlee_status write_all(const struct tlee_weights_contents *contents,
                                  const struct cursor *header, struct tlee_replacement *file,
                                  struct tlee_error *error) {
    enum tlee_status status = tlee_replacement_write(file, header->bytes, header->used, error);
    for (size_t i = 0; !status && i < contents->tensor_count; i++) {
        const struct tlee_weights_output *tensor = &contents->tensors[i];
        size_t padding = (size_t)(tensor->entry.offset - file->bytes);
        assert(padding < TLEE_ALIGNMENT);
        status = tlee_replacement_write(file, zeros, padding, error);
        if (!status)
            status = tlee_replacement_write(file, tensor->data, (size_t)tensor->entry.bytes, error);
    }
    return status;
}

enum tlee_status tlee_weights_write(const struct tlee_weights_contents *contents, const char *path,
                                    const struct tlee_allocator *allocator,
                                    struct tlee_error *error) {
    struct lengths lengths = {0};
    struct cursor header = {0};
    struct tlee_replacement file;
    enum tlee_status status = tlee_replacement_begin(&file, path, allocator, error);
    if (status)
        return status;
    put_header(&header, contents, &lengths);
    lengths.file = lay_out(contents, lengths.header);
    header = (struct cursor){.bytes = tlee_alloc(allocator, lengths.header)};
    if (header.bytes) {
        put_header(&header, contents, &lengths);
        struct cursor crc = {.bytes = header.bytes + 12};
        put_number(&crc, tlee_crc32(0, header.bytes, header.used), 4);
        status = write_all(contents, &header, &file, error);
    } else {
        status = tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for the header");
    }
    tlee_free(allocator, header.bytes);
    return tlee_replacement_end(&file, path, allocator, status, error);
}
