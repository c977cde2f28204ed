/* SPDX-License-Identifier: MIT */
/* Whether the data is what its writer stored. */
#include "crc32.h"
#include "utf8.h"
#include "weights_internal.h"

#include <inttypes.h>

static enum tlee_status check_tensor(const struct tlee_weights *w,
                                     const struct tlee_weights_tensor *tensor,
                                     struct tlee_error *error) {
    const struct tlee_weights_entry *entry = &tensor->entry;
    if (tensor->released)
        return tlee_weights_fail_released(tensor, error);
    uint32_t crc = tlee_crc32(0, w->bytes + entry->offset, (size_t)entry->bytes);
    if (crc == entry->crc)
        return TLEE_OK;
    return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)entry->offset,
                     "tensor '%.*s', bytes %" PRIu64 " to %" PRIu64
                     ": damaged: its checksum is %08" PRIx32 ", %08" PRIx32 " is stored",
                     tlee_utf8_cut(entry->name, TLEE_WEIGHTS_NAME_SHOWN), entry->name,
                     entry->offset, entry->offset + entry->bytes - 1, crc, entry->crc);
}

enum tlee_status tlee_weights_check(struct tlee_weights *weights, struct tlee_error *error) {
    for (size_t i = 0; i < weights->tensor_count; i++) {
        const struct tlee_weights_tensor *tensor = &weights->tensors[i];
        enum tlee_status status = check_tensor(weights, tensor, error);
        if (status)
            return status;
        size_t at = (size_t)(tensor->entry.offset + tensor->entry.bytes);
        size_t end = i + 1 < weights->tensor_count ? (size_t)tensor[1].entry.offset : at;
        for (; at < end; at++)
            if (weights->bytes[at])
                return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)at,
                                 "byte %zu: padding after tensor '%.*s' is not zero", at,
                                 tlee_utf8_cut(tensor->entry.name, TLEE_WEIGHTS_NAME_SHOWN),
                                 tensor->entry.name);
    }
    return TLEE_OK;
}
