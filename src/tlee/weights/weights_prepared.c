/* SPDX-License-Identifier: MIT */
/* Tensors as the kernels of one instruction set read them. */
#include "utf8.h"
#include "weights_internal.h"

#include <inttypes.h>

bool tlee_weights_is_prepared(const struct tlee_weights *weights) {
    return weights->prepared;
}

const struct tlee_weights_entry *tlee_weights_find_prepared(const struct tlee_weights *weights,
                                                            const char *name) {
    if (!weights->prepared)
        return NULL;
    const struct tlee_weights_tensor *tensor = tlee_weights_tensor_named(weights, name);
    bool found = tensor && tensor->entry.layout && tensor->entry.layout < TLEE_LAYOUTS;
    return found ? &tensor->entry : NULL;
}

static enum tlee_status check_entry(const struct tlee_weights_entry *entry, uint32_t layout,
                                    enum tlee_dtype dtype, size_t count, struct tlee_error *error) {
    static const char *const names[] = {"none", "f32", "f16"};
    size_t bytes, element_bytes = dtype == TLEE_F16 ? 2 : sizeof(float);
    int shown = tlee_utf8_cut(entry->name, TLEE_WEIGHTS_NAME_SHOWN);
    if (entry->layout != layout)
        return tlee_fail(error, TLEE_ERR_SHAPE, (int64_t)entry->offset,
                         "tensor '%.*s': has layout %" PRIu32 ", must have %" PRIu32, shown,
                         entry->name, entry->layout, layout);
    if (entry->dtype != dtype)
        return tlee_fail(error, TLEE_ERR_SHAPE, (int64_t)entry->offset,
                         "tensor '%.*s': is %s, must be %s", shown, entry->name,
                         names[entry->dtype], names[dtype]);
    if (!tlee_size_mul(count, element_bytes, &bytes) || entry->bytes != bytes)
        return tlee_fail(error, TLEE_ERR_SHAPE, (int64_t)entry->offset,
                         "tensor '%.*s': has %" PRIu64 " bytes, must have %zu times %zu", shown,
                         entry->name, entry->bytes, count, element_bytes);
    return TLEE_OK;
}

enum tlee_status tlee_weights_get_prepared(struct tlee_weights *weights, const char *name,
                                           unsigned ndim, const size_t *dims, uint32_t layout,
                                           enum tlee_dtype dtype, size_t count, const void **data,
                                           struct tlee_error *error) {
    *data = NULL;
    struct tlee_weights_tensor *tensor = tlee_weights_tensor_named(weights, name);
    if (!tensor)
        return tlee_weights_fail_missing(name, error);
    if (tensor->released)
        return tlee_weights_fail_released(tensor, error);
    enum tlee_status status = tlee_weights_check_shape(tensor, ndim, dims, error);
    if (!status)
        status = check_entry(&tensor->entry, layout, dtype, count, error);
    if (status)
        return status;
    if (!tensor->data)
        tensor->data = weights->bytes + tensor->entry.offset;
    /* Only a file in the caller's memory can lie at another address. */
    if ((uintptr_t)tensor->data % TLEE_ALIGNMENT) {
        size_t bytes = (size_t)tensor->entry.bytes;
        tensor->owned = tlee_alloc_aligned(&weights->allocator, bytes);
        if (!tensor->owned)
            return tlee_fail(error, TLEE_ERR_NOMEM, -1, "tensor '%.*s': out of memory",
                             tlee_utf8_cut(name, TLEE_WEIGHTS_NAME_SHOWN), name);
        tensor->data = memcpy(tensor->owned, tensor->data, bytes);
    }
    *data = tensor->data;
    return TLEE_OK;
}
