/* SPDX-License-Identifier: MIT */
/* Makes the header's checksum fit, or nothing behind it would ever be reached by a fuzzer. */
#ifndef SEAL_H
#define SEAL_H

#include "crc32.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A copy of exactly that size, so that no byte lies beyond it; sealed if it has a header. */
static inline unsigned char *sealed_copy(const uint8_t *bytes, size_t size) {
    unsigned char *file = malloc(size ? size : 1);
    uint64_t header_bytes;
    uint32_t crc = 0;
    if (file && size)
        memcpy(file, bytes, size);
    if (!file || size < 64)
        return file;
    memcpy(&header_bytes, file + 16, sizeof header_bytes);
    if (header_bytes < 64 || header_bytes > size)
        return file;
    memcpy(file + 12, &crc, sizeof crc);
    crc = tlee_crc32(0, file, (size_t)header_bytes);
    memcpy(file + 12, &crc, sizeof crc);
    return file;
}

#endif
