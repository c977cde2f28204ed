/* SPDX-License-Identifier: MIT */
/* Metadata: reading an entry, and asking for values. */
#include "utf8.h"
#include "weights_internal.h"

#include <inttypes.h>
#include <math.h>

enum {
    ENTRY_BYTES = 8, /* before the key */
    MAX_KEY_BYTES = 255,
    MAX_VALUES = 65536,
    MAX_TEXT_BYTES = 65536,
    FLAG_REQUIRED = 1
};

static bool is_key(const char *key, size_t length) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_.";
    return strspn(key, allowed) == length;
}

static enum tlee_status parse_numbers(struct tlee_weights_section *section,
                                      struct tlee_weights_meta *meta) {
    size_t start = section->at, bytes = meta->count * 8;
    const unsigned char *taken = tlee_weights_take(section, bytes);
    if (!taken)
        return tlee_weights_reject_cut(section);
    memcpy(section->values, taken, bytes);
    meta->values = section->values;
    section->values += bytes;
    if (meta->type == TLEE_META_REAL) {
        const double *reals = meta->values;
        for (size_t i = 0; i < meta->count; i++)
            if (!isfinite(reals[i]))
                return tlee_weights_reject(section, start + 8 * i, "value %zu is not finite", i);
    }
    return TLEE_OK;
}

static enum tlee_status parse_texts(struct tlee_weights_section *section,
                                    struct tlee_weights_meta *meta) {
    const char **texts = (void *)section->values;
    for (size_t i = 0; i < meta->count; i++) {
        size_t start = section->at;
        const unsigned char *length_field = tlee_weights_take(section, 4);
        if (!length_field)
            return tlee_weights_reject_cut(section);
        size_t length = tlee_read_u32(length_field);
        if (length > MAX_TEXT_BYTES)
            return tlee_weights_reject(section, start, "text %zu has %zu bytes, at most %d allowed",
                                       i, length, MAX_TEXT_BYTES);
        const char *text = tlee_weights_take_text(section, length);
        if (!text)
            return tlee_weights_reject_cut(section);
        if (!tlee_utf8_is_text(text, length))
            return tlee_weights_reject(section, start + 4,
                                       "text %zu is not UTF-8 without control characters", i);
        texts[i] = text;
    }
    meta->values = texts;
    size_t bytes = meta->count * sizeof *texts;
    section->values += (bytes + 7) / 8 * 8;
    return TLEE_OK;
}

enum tlee_status tlee_weights_parse_meta(struct tlee_weights_section *section,
                                         struct tlee_weights_meta *meta) {
    size_t start = section->at;
    section->name = NULL;
    const unsigned char *fixed = tlee_weights_take(section, ENTRY_BYTES);
    if (!fixed)
        return tlee_weights_reject_cut(section);
    unsigned type = fixed[0], flags = fixed[1];
    size_t key_bytes = tlee_read_u16(fixed + 2), count = tlee_read_u32(fixed + 4);
    if (key_bytes < 1 || key_bytes > MAX_KEY_BYTES)
        return tlee_weights_reject(section, start + 2, "key of %zu bytes, 1 to %d allowed",
                                   key_bytes, MAX_KEY_BYTES);
    const char *key = tlee_weights_take_text(section, key_bytes);
    if (!key)
        return tlee_weights_reject_cut(section);
    if (!is_key(key, key_bytes))
        return tlee_weights_reject(section, start + ENTRY_BYTES,
                                   "the key has characters other than a-z, 0-9, _ and .");
    section->name = key;
    if (type != TLEE_META_INT && type != TLEE_META_REAL && type != TLEE_META_TEXT)
        return tlee_weights_reject(section, start, "type %u is unknown", type);
    if (flags & ~(unsigned)FLAG_REQUIRED)
        return tlee_weights_reject(section, start + 1, "flags 0x%02x are unknown", flags);
    if (count < 1 || count > MAX_VALUES)
        return tlee_weights_reject(section, start + 4, "%zu values, 1 to %d allowed", count,
                                   MAX_VALUES);
    *meta = (struct tlee_weights_meta){.key = key,
                                       .type = (enum tlee_meta_type)type,
                                       .required = flags & FLAG_REQUIRED,
                                       .count = count,
                                       .offset = start};
    return meta->type == TLEE_META_TEXT ? parse_texts(section, meta) : parse_numbers(section, meta);
}

size_t tlee_weights_key_count(const struct tlee_weights *weights) {
    return weights->meta_count;
}

const char *tlee_weights_key(const struct tlee_weights *weights, size_t index, bool *required) {
    if (index >= weights->meta_count)
        return NULL;
    if (required)
        *required = weights->metas[index].required;
    return weights->metas[index].key;
}

static const char *type_name(enum tlee_meta_type type) {
    return type == TLEE_META_INT ? "int" : type == TLEE_META_REAL ? "real" : "text";
}

/* *values becomes the array of that key, which has to be of that type; NULL when it is absent. */
static enum tlee_status find_values(const struct tlee_weights *weights, const char *key,
                                    enum tlee_meta_type type, size_t *count, const void **values,
                                    struct tlee_error *error) {
    const struct tlee_weights_meta *meta = tlee_weights_meta_named(weights, key);
    bool fits = meta && meta->type == type;
    *count = fits ? meta->count : 0;
    *values = fits ? meta->values : NULL;
    if (meta && !fits)
        return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)meta->offset,
                         "key '%s', byte %" PRIu64 ": is of type %s, must be %s", meta->key,
                         meta->offset, type_name(meta->type), type_name(type));
    return TLEE_OK;
}

enum tlee_status tlee_weights_ints(const struct tlee_weights *weights, const char *key,
                                   size_t *count, const int64_t **values,
                                   struct tlee_error *error) {
    const void *found;
    enum tlee_status status = find_values(weights, key, TLEE_META_INT, count, &found, error);
    *values = found;
    return status;
}

enum tlee_status tlee_weights_reals(const struct tlee_weights *weights, const char *key,
                                    size_t *count, const double **values,
                                    struct tlee_error *error) {
    const void *found;
    enum tlee_status status = find_values(weights, key, TLEE_META_REAL, count, &found, error);
    *values = found;
    return status;
}

enum tlee_status tlee_weights_texts(const struct tlee_weights *weights, const char *key,
                                    size_t *count, const char *const **values,
                                    struct tlee_error *error) {
    const void *found;
    enum tlee_status status = find_values(weights, key, TLEE_META_TEXT, count, &found, error);
    *values = found;
    return status;
}
