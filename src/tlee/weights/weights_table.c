/* SPDX-License-Identifier: MIT */
/* The tensor table. */
#include "utf8.h"
#include "weights_internal.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    ENTRY_BYTES = 32, /* before the dimensions */
    MAX_NAME_BYTES = 255
};

void tlee_weights_shape_text(unsigned ndim, const size_t *dims,
                             char text[TLEE_WEIGHTS_SHAPE_CHARS]) {
    size_t used = 0;
    text[used++] = '(';
    for (unsigned i = 0; i < ndim && i < TLEE_MAX_DIMS; i++)
        used += (size_t)snprintf(text + used, TLEE_WEIGHTS_SHAPE_CHARS - used, "%s%zu",
                                 i ? ", " : "", dims[i]);
    snprintf(text + used, TLEE_WEIGHTS_SHAPE_CHARS - used, ")");
}

/* Reads the dimensions; *bytes becomes their product times element_bytes. */
static enum tlee_status parse_dims(const struct tlee_weights_section *section,
                                   const unsigned char *field, size_t element_bytes,
                                   struct tlee_weights_entry *entry, uint64_t *bytes) {
    *bytes = element_bytes;
    for (unsigned i = 0; i < entry->ndim; i++) {
        const unsigned char *at = field + 8 * i;
        uint64_t dim = tlee_read_u64(at), offset = (uint64_t)(at - section->bytes);
        if (dim < 1)
            return tlee_weights_reject(section, offset, "dimension %u is 0", i);
        if (*bytes > UINT64_MAX / dim || dim > SIZE_MAX)
            return tlee_weights_reject(section, offset, "dimension %u, %" PRIu64 ", is too large",
                                       i, dim);
        *bytes *= dim;
        entry->dims[i] = (size_t)dim;
    }
    return TLEE_OK;
}

/* Every tensor has just one place: right after the one before. */
static enum tlee_status check_place(const struct tlee_weights_section *section, size_t row,
                                    const struct tlee_weights_entry *entry, uint64_t *data_end,
                                    uint64_t file_bytes) {
    uint64_t expected = *data_end + (TLEE_ALIGNMENT - *data_end % TLEE_ALIGNMENT) % TLEE_ALIGNMENT;
    if (entry->offset != expected)
        return tlee_weights_reject(section, row + 8,
                                   "data at byte %" PRIu64 ", must be at %" PRIu64, entry->offset,
                                   expected);
    if (expected > file_bytes || entry->bytes > file_bytes - expected)
        return tlee_weights_reject(section, row + 16,
                                   "%" PRIu64 " bytes of data at byte %" PRIu64
                                   " do not fit into a file of %" PRIu64,
                                   entry->bytes, expected, file_bytes);
    *data_end = expected + entry->bytes;
    return TLEE_OK;
}

/* Reads the length and the bytes of the name, so that further messages can name the tensor. fixed
 * is the row's beginning; *dims becomes the place of its dimensions. */
static enum tlee_status parse_name(struct tlee_weights_section *section, size_t row,
                                   const unsigned char *fixed, const unsigned char **dims) {
    size_t name_bytes = tlee_read_u16(fixed);
    unsigned ndim = fixed[3];
    if (name_bytes < 1 || name_bytes > MAX_NAME_BYTES)
        return tlee_weights_reject(section, row, "name of %zu bytes, 1 to %d allowed", name_bytes,
                                   MAX_NAME_BYTES);
    if (ndim > TLEE_MAX_DIMS)
        return tlee_weights_reject(section, row + 3, "%u dimensions, at most %d allowed", ndim,
                                   TLEE_MAX_DIMS);
    *dims = tlee_weights_take(section, 8 * (size_t)ndim);
    if (!*dims)
        return tlee_weights_reject_cut(section);
    size_t start = section->at;
    const char *name = tlee_weights_take_text(section, name_bytes);
    if (!name)
        return tlee_weights_reject_cut(section);
    if (!tlee_utf8_is_text(name, name_bytes))
        return tlee_weights_reject(section, start,
                                   "the name is not UTF-8 without control characters");
    section->name = name;
    return TLEE_OK;
}

enum tlee_status tlee_weights_parse_tensor(struct tlee_weights_section *section, uint64_t *data_end,
                                           uint64_t file_bytes,
                                           struct tlee_weights_tensor *tensor) {
    struct tlee_weights_entry *entry = &tensor->entry;
    size_t row = section->at;
    section->name = NULL;
    const unsigned char *fixed = tlee_weights_take(section, ENTRY_BYTES), *dims = NULL;
    if (!fixed)
        return tlee_weights_reject_cut(section);
    enum tlee_status status = parse_name(section, row, fixed, &dims);
    if (status)
        return status;
    unsigned dtype = fixed[2];
    if (dtype != TLEE_F32 && dtype != TLEE_F16)
        return tlee_weights_reject(section, row + 2, "element type %u is unknown", dtype);
    *tensor = (struct tlee_weights_tensor){.table_offset = row};
    *entry = (struct tlee_weights_entry){.name = section->name,
                                         .dtype = (enum tlee_dtype)dtype,
                                         .ndim = fixed[3],
                                         .layout = tlee_read_u32(fixed + 4),
                                         .offset = tlee_read_u64(fixed + 8),
                                         .bytes = tlee_read_u64(fixed + 16),
                                         .crc = tlee_read_u32(fixed + 24)};
    if (tlee_read_u32(fixed + 28))
        return tlee_weights_reject(section, row + 28, "the reserved field is not zero");
    uint64_t product = 0;
    status = parse_dims(section, dims, dtype == TLEE_F16 ? 2 : 4, entry, &product);
    if (status)
        return status;
    if (entry->layout == 0 && entry->bytes != product) {
        char shape[TLEE_WEIGHTS_SHAPE_CHARS];
        tlee_weights_shape_text(entry->ndim, entry->dims, shape);
        return tlee_weights_reject(section, row + 16,
                                   "%" PRIu64 " bytes, but shape %s takes %" PRIu64, entry->bytes,
                                   shape, product);
    }
    if (entry->bytes < 1)
        return tlee_weights_reject(section, row + 16, "no data");
    return check_place(section, row, entry, data_end, file_bytes);
}
