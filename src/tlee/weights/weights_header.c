/* SPDX-License-Identifier: MIT */
/*
 * The header: from untrusted bytes to metadata and table. Nothing in it is believed before its
 * checksum is right, but for the two lengths that computing the checksum and telling a cut-off file
 * take; and no field afterwards without a check, since a checksum is easily made to fit.
 */
#include "crc32.h"
#include "weights_internal.h"

#include <inttypes.h>

static const unsigned char magic[8] = {0x89, 'T', 'L', 'E', 'E', '\r', '\n', 0x1a};

#define MAX_HEADER_BYTES (UINT64_C(64) << 20)
enum {
    VERSION = 1,
    MAX_METADATA = 4096,
    MAX_TENSORS = 65536,
    /* The smallest entries: a key of one byte, a number or an empty text; a name of one byte. */
    MIN_METADATA_BYTES = 8 + 1 + 4,
    MIN_TENSOR_BYTES = 32 + 1
};

/* The fields from byte 16 on. */
struct header {
    uint64_t header_bytes, file_bytes;
    uint32_t metadata_count, tensor_count;
    uint64_t metadata_bytes, table_bytes, reserved;
};

static struct header read_header(const unsigned char *bytes) {
    return (struct header){.header_bytes = tlee_read_u64(bytes + 16),
                           .file_bytes = tlee_read_u64(bytes + 24),
                           .metadata_count = tlee_read_u32(bytes + 32),
                           .tensor_count = tlee_read_u32(bytes + 36),
                           .metadata_bytes = tlee_read_u64(bytes + 40),
                           .table_bytes = tlee_read_u64(bytes + 48),
                           .reserved = tlee_read_u64(bytes + 56)};
}

static enum tlee_status check_magic(const unsigned char *bytes, size_t length,
                                    struct tlee_error *error) {
    size_t compared = length < sizeof magic ? length : sizeof magic, same = 0;
    while (same < compared && bytes[same] == magic[same])
        same++;
    if (same == compared)
        return TLEE_OK;
    if (same >= 5)
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)same,
                         "byte %zu: damaged by a transfer in text mode", same);
    return tlee_fail(error, TLEE_ERR_FORMAT, 0, "not a TLEE weights file");
}

enum tlee_status tlee_weights_begin(const unsigned char *bytes, size_t length, uint64_t size,
                                    size_t *header_bytes, struct tlee_error *error) {
    if (!size)
        return tlee_fail(error, TLEE_ERR_FORMAT, 0, "empty file");
    enum tlee_status status = check_magic(bytes, length, error);
    if (status)
        return status;
    if (length < TLEE_WEIGHTS_HEADER_BYTES)
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)length,
                         "cut short: the header takes %d bytes, the file has %zu",
                         TLEE_WEIGHTS_HEADER_BYTES, length);
    uint32_t version = tlee_read_u32(bytes + 8);
    if (version > VERSION)
        return tlee_fail(error, TLEE_ERR_VERSION, 8,
                         "byte 8: version %" PRIu32 " is newer than this build, which reads %d",
                         version, VERSION);
    if (version < VERSION)
        return tlee_fail(error, TLEE_ERR_FORMAT, 8, "byte 8: version %" PRIu32 " does not exist",
                         version);
    struct header header = read_header(bytes);
    if (header.header_bytes < TLEE_WEIGHTS_HEADER_BYTES || header.header_bytes % TLEE_ALIGNMENT ||
        header.header_bytes > MAX_HEADER_BYTES)
        return tlee_fail(error, TLEE_ERR_FORMAT, 16,
                         "byte 16: damaged header: header_bytes is %" PRIu64
                         ", must be a multiple of 64 up to %" PRIu64,
                         header.header_bytes, MAX_HEADER_BYTES);
    if (header.header_bytes > size)
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)size,
                         "cut short: the header says %" PRIu64 " bytes, the file has %" PRIu64,
                         header.file_bytes, size);
    *header_bytes = (size_t)header.header_bytes;
    return TLEE_OK;
}

static enum tlee_status check_checksum(const unsigned char *bytes, size_t header_bytes,
                                       struct tlee_error *error) {
    static const unsigned char zeros[4];
    uint32_t crc = tlee_crc32(0, bytes, 12), stored = tlee_read_u32(bytes + 12);
    crc = tlee_crc32(crc, zeros, sizeof zeros);
    crc = tlee_crc32(crc, bytes + 16, header_bytes - 16);
    if (crc == stored)
        return TLEE_OK;
    return tlee_fail(error, TLEE_ERR_FORMAT, 12,
                     "byte 12: damaged header: its checksum is %08" PRIx32 ", %08" PRIx32
                     " is stored",
                     crc, stored);
}

/* The fixed fields, checked against each other and the file's real size. */
static enum tlee_status check_fields(const struct header *header, uint64_t size,
                                     struct tlee_error *error) {
    if (header->file_bytes != size)
        return tlee_fail(error, TLEE_ERR_FORMAT, 24,
                         "%s: the header says %" PRIu64 " bytes, the file has %" PRIu64,
                         header->file_bytes > size ? "cut short" : "too long", header->file_bytes,
                         size);
    if (header->reserved)
        return tlee_fail(error, TLEE_ERR_FORMAT, 56, "byte 56: the reserved field is not zero");
    if (header->metadata_count > MAX_METADATA)
        return tlee_fail(error, TLEE_ERR_FORMAT, 32,
                         "byte 32: %" PRIu32 " metadata entries, at most %d allowed",
                         header->metadata_count, MAX_METADATA);
    if (header->tensor_count > MAX_TENSORS)
        return tlee_fail(error, TLEE_ERR_FORMAT, 36,
                         "byte 36: %" PRIu32 " tensors, at most %d allowed", header->tensor_count,
                         MAX_TENSORS);
    uint64_t room = header->header_bytes - TLEE_WEIGHTS_HEADER_BYTES;
    if (header->metadata_bytes > room || header->table_bytes > room - header->metadata_bytes ||
        room - header->metadata_bytes - header->table_bytes >= TLEE_ALIGNMENT)
        return tlee_fail(error, TLEE_ERR_FORMAT, 40,
                         "byte 40: metadata_bytes %" PRIu64 " and table_bytes %" PRIu64
                         " do not make header_bytes %" PRIu64,
                         header->metadata_bytes, header->table_bytes, header->header_bytes);
    if (header->metadata_bytes / MIN_METADATA_BYTES < header->metadata_count)
        return tlee_fail(error, TLEE_ERR_FORMAT, 32,
                         "byte 32: %" PRIu32 " metadata entries do not fit into %" PRIu64 " bytes",
                         header->metadata_count, header->metadata_bytes);
    if (header->table_bytes / MIN_TENSOR_BYTES < header->tensor_count)
        return tlee_fail(error, TLEE_ERR_FORMAT, 36,
                         "byte 36: %" PRIu32 " tensors do not fit into a table of %" PRIu64
                         " bytes",
                         header->tensor_count, header->table_bytes);
    return TLEE_OK;
}

/*
 * Takes everything that the header turns into from the arena. texts: a copy and its zero never take
 * more than the bytes they come from, as each follows a length field. values: 8 bytes in the file
 * become 8, the 4 of a text's length at most 8; the double also covers their alignment.
 */
static void place(struct tlee_weights *w, const struct header *header, struct tlee_arena *arena,
                  struct tlee_weights_section *section) {
    size_t sections = (size_t)(header->metadata_bytes + header->table_bytes);
    w->metas = tlee_arena_take(arena, header->metadata_count, sizeof *w->metas);
    w->tensors = tlee_arena_take(arena, header->tensor_count, sizeof *w->tensors);
    w->meta_order = tlee_arena_take(arena, header->metadata_count, sizeof *w->meta_order);
    w->tensor_order = tlee_arena_take(arena, header->tensor_count, sizeof *w->tensor_order);
    section->texts = tlee_arena_take(arena, sections, 1);
    section->values = tlee_arena_take(arena, (size_t)header->metadata_bytes, 2);
}

static enum tlee_status allocate(struct tlee_weights *w, const struct header *header,
                                 struct tlee_weights_section *section) {
    struct tlee_arena measured = tlee_arena_measuring();
    place(w, header, &measured, section);
    w->block = measured.overflow ? NULL : tlee_alloc_aligned(&w->allocator, measured.used);
    if (!w->block)
        return tlee_fail(section->error, TLEE_ERR_NOMEM, -1,
                         "out of memory for a header of %" PRIu64 " bytes", header->header_bytes);
    w->arena = tlee_arena_over(w->block, measured.used);
    place(w, header, &w->arena, section);
    return TLEE_OK;
}

/* Each section must be used up exactly by its entries. */
static enum tlee_status check_used_up(const struct tlee_weights_section *section) {
    if (section->at == section->end)
        return TLEE_OK;
    return tlee_fail(section->error, TLEE_ERR_FORMAT, (int64_t)section->at,
                     "byte %zu: %zu bytes left over after the last %s", section->at,
                     section->end - section->at, section->what);
}

static enum tlee_status parse_sections(struct tlee_weights *w, const struct header *header,
                                       struct tlee_weights_section *section) {
    enum tlee_status status = TLEE_OK;
    section->what = "metadata entry", section->named = "key";
    section->at = TLEE_WEIGHTS_HEADER_BYTES;
    section->end = section->at + (size_t)header->metadata_bytes;
    for (section->index = 0; !status && section->index < header->metadata_count; section->index++)
        status = tlee_weights_parse_meta(section, &w->metas[section->index]);
    if (status || (status = check_used_up(section)))
        return status;
    w->meta_count = header->metadata_count;

    uint64_t data_end = header->header_bytes;
    section->what = "tensor entry", section->named = "tensor";
    section->end = section->at + (size_t)header->table_bytes;
    for (section->index = 0; !status && section->index < header->tensor_count; section->index++)
        status = tlee_weights_parse_tensor(section, &data_end, header->file_bytes,
                                           &w->tensors[section->index]);
    if (status || (status = check_used_up(section)))
        return status;
    w->tensor_count = header->tensor_count;

    for (; section->at < header->header_bytes; section->at++)
        if (section->bytes[section->at])
            return tlee_fail(section->error, TLEE_ERR_FORMAT, (int64_t)section->at,
                             "byte %zu: padding after the tensor table is not zero", section->at);
    if (data_end != header->file_bytes)
        return tlee_fail(section->error, TLEE_ERR_FORMAT, (int64_t)data_end,
                         "byte %" PRIu64 ": %" PRIu64 " bytes left over after the last tensor",
                         data_end, header->file_bytes - data_end);
    return TLEE_OK;
}

enum tlee_status tlee_weights_parse(struct tlee_weights *w, size_t header_bytes,
                                    struct tlee_error *error) {
    struct header header = read_header(w->bytes);
    struct tlee_weights_section section = {.bytes = w->bytes, .error = error};
    enum tlee_status status = check_checksum(w->bytes, header_bytes, error);
    if (!status)
        status = check_fields(&header, w->size, error);
    if (!status)
        status = allocate(w, &header, &section);
    if (!status)
        status = parse_sections(w, &header, &section);
    if (!status)
        status = tlee_weights_index(w, error);
    return status;
}
