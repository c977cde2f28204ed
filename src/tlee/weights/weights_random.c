/* SPDX-License-Identifier: MIT */
/* weights/FORMAT.md, "Weights by formula". */
#include "hash.h"
#include "utf8.h"
#include "weights_internal.h"

#include <math.h>

static uint64_t hash(const char *name) {
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001B3);
    return h;
}

static bool ends_with(const char *name, const char *end) {
    size_t length = strlen(name), end_length = strlen(end);
    return length >= end_length && !strcmp(name + length - end_length, end);
}

static bool begins_with(const char *name, const char *begin) {
    return !strncmp(name, begin, strlen(begin));
}

/* What values of a tensor look like: centre - spread to centre + spread. */
struct range {
    double centre, spread;
};

/* By the end of the name, whatever the shape; the first that fits decides. */
static const struct {
    const char *end;
    struct range range;
} ranges_by_end[] = {
    {".running_mean", {0, 0.1}},
    {".running_var", {1, 0.4}},
    {".alpha", {0.5, 0.3}},
    {".bias", {0, 0.1}},
    {".bn2.weight", {0.4, 0.2}},
    {".bn3.weight", {0.4, 0.2}},
    {".block.3.1.weight", {1.3, 0.3}},
};

static struct range range_of(const char *name, unsigned ndim, const size_t *dims) {
    for (size_t i = 0; i < sizeof ranges_by_end / sizeof *ranges_by_end; i++)
        if (ends_with(name, ranges_by_end[i].end))
            return ranges_by_end[i].range;
    if (ndim == 1)
        return (struct range){0.9, 0.3};
    size_t fan = 1;
    for (unsigned i = 1; i < ndim; i++)
        fan *= dims[i];
    double gain = begins_with(name, "classifiers.")     ? 4
                  : begins_with(name, "exit_selector.") ? 0.5
                                                        : 6;
    return (struct range){0, sqrt(gain / (double)fan)};
}

static void fill(float *values, size_t count, uint64_t key, struct range range) {
    for (size_t i = 0; i < count; i++) {
        int32_t steps = (int32_t)(tlee_hash_mix(key + i) >> 40) - (1 << 23);
        double deviation = range.spread * (steps * 0x1p-23);
        values[i] = (float)(range.centre + deviation);
    }
}

/* Number of values of that shape; false when it is none or does not fit into memory. */
static bool count_values(unsigned ndim, const size_t *dims, size_t *count) {
    size_t bytes = sizeof(float);
    bool fits = ndim <= TLEE_MAX_DIMS;
    for (unsigned i = 0; fits && i < ndim; i++)
        fits = dims[i] && tlee_size_mul(bytes, dims[i], &bytes);
    *count = bytes / sizeof(float);
    return fits;
}

struct tlee_weights_tensor *tlee_weights_made(const struct tlee_weights *w, const char *name) {
    struct tlee_weights_tensor *tensor = w->made;
    while (tensor && strcmp(tensor->entry.name, name))
        tensor = tensor->next;
    return tensor;
}

enum tlee_status tlee_weights_make(struct tlee_weights *w, const char *name, unsigned ndim,
                                   const size_t *dims, struct tlee_weights_tensor **out,
                                   struct tlee_error *error) {
    int shown = tlee_utf8_cut(name, TLEE_WEIGHTS_NAME_SHOWN);
    size_t count, length = strlen(name) + 1;
    if (!count_values(ndim, dims, &count)) {
        char shape[TLEE_WEIGHTS_SHAPE_CHARS];
        tlee_weights_shape_text(ndim, dims, shape);
        return tlee_fail(error, TLEE_ERR_SHAPE, -1, "tensor '%.*s': shape %s is not possible",
                         shown, name, shape);
    }
    /* The name lies right behind the record. */
    struct tlee_weights_tensor *tensor = tlee_alloc(&w->allocator, sizeof *tensor + length);
    float *values = tensor ? tlee_alloc_aligned(&w->allocator, count * sizeof *values) : NULL;
    if (!values) {
        tlee_free(&w->allocator, tensor);
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "tensor '%.*s': out of memory for %zu values",
                         shown, name, count);
    }
    fill(values, count, tlee_hash_mix(hash(name) ^ tlee_hash_mix(w->seed)),
         range_of(name, ndim, dims));
    struct tlee_weights_entry *entry = &tensor->entry;
    entry->name = memcpy(tensor + 1, name, length);
    entry->dtype = TLEE_F32;
    entry->ndim = ndim;
    for (unsigned i = 0; i < ndim; i++)
        entry->dims[i] = dims[i];
    entry->bytes = count * sizeof *values;
    tensor->data = tensor->owned = values;
    tensor->next = w->made;
    w->made = tensor;
    w->handed_out += entry->bytes;
    *out = tensor;
    return TLEE_OK;
}

void tlee_weights_unmake(struct tlee_weights *w) {
    for (struct tlee_weights_tensor *tensor = w->made, *next; tensor; tensor = next) {
        next = tensor->next;
        tlee_free_aligned(&w->allocator, tensor->owned);
        tlee_free(&w->allocator, tensor);
    }
    w->made = NULL;
}
