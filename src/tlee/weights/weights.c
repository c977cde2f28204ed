/* SPDX-License-Identifier: MIT */
#include "weights.h"

#include "half.h"
#include "utf8.h"
#include "weights_internal.h"

#include <inttypes.h>

/* ---- Opening and closing ---- */

static enum tlee_status create(const struct tlee_allocator *allocator, struct tlee_weights **out,
                               struct tlee_error *error) {
    struct tlee_allocator chosen = tlee_allocator_or_default(allocator);
    *out = tlee_alloc(&chosen, sizeof **out);
    if (!*out)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory");
    (*out)->allocator = chosen;
    return TLEE_OK;
}

enum tlee_status tlee_weights_open(const char *path, enum tlee_load load,
                                   const struct tlee_allocator *allocator,
                                   struct tlee_weights **out, struct tlee_error *error) {
    enum tlee_status status = create(allocator, out, error);
    if (!status)
        status = tlee_weights_load(*out, path, load, error);
    if (status)
        tlee_weights_close(out);
    return status;
}

enum tlee_status tlee_weights_open_memory(const void *bytes, size_t length,
                                          const struct tlee_allocator *allocator,
                                          struct tlee_weights **out, struct tlee_error *error) {
    size_t start = length < TLEE_WEIGHTS_HEADER_BYTES ? length : TLEE_WEIGHTS_HEADER_BYTES;
    size_t header_bytes;
    enum tlee_status status = create(allocator, out, error);
    if (!status)
        status = tlee_weights_begin(bytes, start, length, &header_bytes, error);
    if (!status) {
        (*out)->bytes = bytes;
        (*out)->size = length;
        status = tlee_weights_parse(*out, header_bytes, error);
    }
    if (status)
        tlee_weights_close(out);
    return status;
}

enum tlee_status tlee_weights_random(uint64_t seed, const struct tlee_allocator *allocator,
                                     struct tlee_weights **out, struct tlee_error *error) {
    enum tlee_status status = create(allocator, out, error);
    if (!status)
        (*out)->seed = seed;
    return status;
}

void tlee_weights_close(struct tlee_weights **weights) {
    struct tlee_weights *w = weights ? *weights : NULL;
    if (!w)
        return;
    struct tlee_allocator allocator = w->allocator;
    for (size_t i = 0; i < w->tensor_count; i++) {
        tlee_free_aligned(&allocator, w->tensors[i].owned);
        tlee_free_aligned(&allocator, w->tensors[i].owned_halves);
    }
    tlee_arena_close(&w->arena);
    tlee_free_aligned(&allocator, w->block);
    tlee_weights_unload(w);
    tlee_weights_unmake(w);
    tlee_free(&allocator, w);
    *weights = NULL;
}

/* ---- What there is ---- */

bool tlee_weights_is_random(const struct tlee_weights *weights) {
    return !weights->bytes;
}

uint64_t tlee_weights_bytes(const struct tlee_weights *weights) {
    return tlee_weights_is_random(weights) ? weights->handed_out : weights->size;
}

size_t tlee_weights_count(const struct tlee_weights *weights) {
    return weights->tensor_count;
}

const struct tlee_weights_entry *tlee_weights_entry(const struct tlee_weights *weights,
                                                    size_t index) {
    return index < weights->tensor_count ? &weights->tensors[index].entry : NULL;
}

const struct tlee_weights_entry *tlee_weights_find(const struct tlee_weights *weights,
                                                   const char *name) {
    const struct tlee_weights_tensor *tensor = tlee_weights_tensor_named(weights, name);
    return tensor ? &tensor->entry : NULL;
}

enum tlee_status tlee_weights_fail_missing(const char *name, struct tlee_error *error) {
    return tlee_fail(error, TLEE_ERR_SHAPE, -1, "tensor '%.*s' is missing",
                     tlee_utf8_cut(name, TLEE_WEIGHTS_NAME_SHOWN), name);
}

enum tlee_status tlee_weights_dim(const struct tlee_weights *weights, const char *name,
                                  unsigned axis, size_t *size, struct tlee_error *error) {
    int shown = tlee_utf8_cut(name, TLEE_WEIGHTS_NAME_SHOWN);
    if (tlee_weights_is_random(weights)) {
        if (*size)
            return TLEE_OK;
        return tlee_fail(error, TLEE_ERR_SHAPE, -1, "tensor '%.*s': axis %u has size 0", shown,
                         name, axis);
    }
    const struct tlee_weights_entry *entry = tlee_weights_find(weights, name);
    if (!entry)
        return tlee_weights_fail_missing(name, error);
    if (axis >= entry->ndim)
        return tlee_fail(error, TLEE_ERR_SHAPE, (int64_t)entry->offset,
                         "tensor '%.*s': has %u dimensions, axis %u is wanted", shown, name,
                         entry->ndim, axis);
    *size = entry->dims[axis];
    return TLEE_OK;
}

/* ---- Values ---- */

/* Where its data lies, for messages: no table row is at byte 0, a formula's tensors have none. */
static int64_t offset_of(const struct tlee_weights_tensor *tensor) {
    return tensor->table_offset ? (int64_t)tensor->entry.offset : -1;
}

enum tlee_status tlee_weights_check_shape(const struct tlee_weights_tensor *tensor, unsigned ndim,
                                          const size_t *dims, struct tlee_error *error) {
    const struct tlee_weights_entry *entry = &tensor->entry;
    bool same = entry->ndim == ndim;
    for (unsigned i = 0; same && i < ndim; i++)
        same = entry->dims[i] == dims[i];
    if (same)
        return TLEE_OK;
    char has[TLEE_WEIGHTS_SHAPE_CHARS], wanted[TLEE_WEIGHTS_SHAPE_CHARS];
    tlee_weights_shape_text(entry->ndim, entry->dims, has);
    tlee_weights_shape_text(ndim, dims, wanted);
    return tlee_fail(error, TLEE_ERR_SHAPE, offset_of(tensor),
                     "tensor '%.*s': has shape %s, must be %s",
                     tlee_utf8_cut(entry->name, TLEE_WEIGHTS_NAME_SHOWN), entry->name, has, wanted);
}

static enum tlee_status fail_values(const struct tlee_weights_entry *entry, size_t count,
                                    struct tlee_error *error) {
    return tlee_fail(error, TLEE_ERR_NOMEM, -1, "tensor '%.*s': out of memory for %zu values",
                     tlee_utf8_cut(entry->name, TLEE_WEIGHTS_NAME_SHOWN), entry->name, count);
}

/* Points data at the tensor's place in the file, or at a copy where its values cannot be used as
 * they lie there. */
static enum tlee_status fetch(struct tlee_weights *w, struct tlee_weights_tensor *tensor,
                              struct tlee_error *error) {
    const struct tlee_weights_entry *entry = &tensor->entry;
    const unsigned char *bytes = w->bytes + entry->offset;
    bool widen = entry->dtype == TLEE_F16;
    if (!widen && (uintptr_t)bytes % sizeof(float) == 0) {
        tensor->data = (const void *)bytes;
        return TLEE_OK;
    }
    size_t count = (size_t)entry->bytes / (widen ? 2 : sizeof(float)), needed;
    if (tlee_size_mul(count, sizeof(float), &needed))
        tensor->owned = tlee_alloc_aligned(&w->allocator, needed);
    if (!tensor->owned)
        return fail_values(entry, count, error);
    if (widen)
        tlee_half_widen(bytes, count, tensor->owned);
    else
        memcpy(tensor->owned, bytes, needed);
    tensor->data = tensor->owned;
    return TLEE_OK;
}

/* The same for halves. */
static enum tlee_status fetch_halves(struct tlee_weights *w, struct tlee_weights_tensor *tensor,
                                     struct tlee_error *error) {
    const struct tlee_weights_entry *entry = &tensor->entry;
    const unsigned char *bytes = w->bytes + entry->offset;
    size_t length = (size_t)entry->bytes;
    if ((uintptr_t)bytes % sizeof *tensor->halves == 0) {
        tensor->halves = (const void *)bytes;
        return TLEE_OK;
    }
    tensor->owned_halves = tlee_alloc_aligned(&w->allocator, length);
    if (!tensor->owned_halves)
        return fail_values(entry, length / sizeof *tensor->halves, error);
    memcpy(tensor->owned_halves, bytes, length);
    tensor->halves = tensor->owned_halves;
    return TLEE_OK;
}

enum tlee_status tlee_weights_fail_released(const struct tlee_weights_tensor *tensor,
                                            struct tlee_error *error) {
    const char *name = tensor->entry.name;
    return tlee_fail(error, TLEE_ERR_ARG, offset_of(tensor), "tensor '%.*s' was released",
                     tlee_utf8_cut(name, TLEE_WEIGHTS_NAME_SHOWN), name);
}

static struct tlee_weights_tensor *find(const struct tlee_weights *w, const char *name) {
    return tlee_weights_is_random(w) ? tlee_weights_made(w, name)
                                     : tlee_weights_tensor_named(w, name);
}

/* The tensor of that name and shape in *out, made first where a formula is the source. */
static enum tlee_status demand(struct tlee_weights *weights, const char *name, unsigned ndim,
                               const size_t *dims, struct tlee_weights_tensor **out,
                               struct tlee_error *error) {
    struct tlee_weights_tensor *tensor = *out = find(weights, name);
    if (!tensor && tlee_weights_is_random(weights))
        return tlee_weights_make(weights, name, ndim, dims, out, error);
    if (!tensor)
        return tlee_weights_fail_missing(name, error);
    if (tensor->released)
        return tlee_weights_fail_released(tensor, error);
    if (tensor->entry.layout != TLEE_LAYOUT_PLAIN)
        return tlee_fail(error, TLEE_ERR_SHAPE, offset_of(tensor),
                         "tensor '%.*s': has layout %" PRIu32 ", must have layout 0",
                         tlee_utf8_cut(name, TLEE_WEIGHTS_NAME_SHOWN), name, tensor->entry.layout);
    return tlee_weights_check_shape(tensor, ndim, dims, error);
}

enum tlee_status tlee_weights_get(struct tlee_weights *weights, const char *name, unsigned ndim,
                                  const size_t *dims, const float **data,
                                  struct tlee_error *error) {
    *data = NULL;
    struct tlee_weights_tensor *tensor = NULL;
    enum tlee_status status = demand(weights, name, ndim, dims, &tensor, error);
    if (!status && !tensor->data)
        status = fetch(weights, tensor, error);
    if (!status)
        *data = tensor->data;
    return status;
}

enum tlee_status tlee_weights_get_half(struct tlee_weights *weights, const char *name,
                                       unsigned ndim, const size_t *dims, const uint16_t **data,
                                       struct tlee_error *error) {
    *data = NULL;
    struct tlee_weights_tensor *tensor = NULL;
    enum tlee_status status = demand(weights, name, ndim, dims, &tensor, error);
    if (status || tlee_weights_is_random(weights) || tensor->entry.dtype != TLEE_F16)
        return status;
    if (!tensor->halves)
        status = fetch_halves(weights, tensor, error);
    *data = tensor->halves;
    return status;
}

/*
 * Small tensors share pages, which can go only when all of them are released: so the range to give
 * back is extended over released neighbours, as far as the page may reach (tensors begin at least
 * 64 bytes apart), and over the header, which has been parsed.
 */
static void give_back_pages(struct tlee_weights *w, const struct tlee_weights_tensor *tensor) {
    enum {
        MAX_STEPS = 65536 / TLEE_ALIGNMENT /* no machine in use has larger pages */
    };
    const struct tlee_weights_tensor *first = tensor, *last = tensor;
    const struct tlee_weights_tensor *end = w->tensors + w->tensor_count;
    for (int i = 0; i < MAX_STEPS && first > w->tensors && first[-1].released; i++)
        first--;
    for (int i = 0; i < MAX_STEPS && last + 1 < end && last[1].released; i++)
        last++;
    uint64_t start = first > w->tensors ? first->entry.offset : 0;
    uint64_t stop = last + 1 < end ? last[1].entry.offset : w->size;
    tlee_weights_give_back(w, (size_t)start, (size_t)stop);
}

void tlee_weights_release(struct tlee_weights *weights, const char *name) {
    struct tlee_weights_tensor *tensor = find(weights, name);
    if (!tensor || tensor->released)
        return;
    tlee_free_aligned(&weights->allocator, tensor->owned);
    tlee_free_aligned(&weights->allocator, tensor->owned_halves);
    tensor->data = tensor->owned = NULL;
    tensor->halves = tensor->owned_halves = NULL;
    tensor->released = true;
    if (weights->region)
        give_back_pages(weights, tensor);
}
