/* SPDX-License-Identifier: MIT */
/* A hash that tells files and lists apart: FNV-1a with 64 bits (Fowler, Noll and Vo), which is no
 * protection against somebody who wants two of them to agree. */
#ifndef TLEE_HASH64_H
#define TLEE_HASH64_H

#include <stddef.h>
#include <stdint.h>

#define TLEE_HASH64_START UINT64_C(0xcbf29ce484222325)

/* The hash of what `hash` already covers followed by these bytes. */
static inline uint64_t tlee_hash64(uint64_t hash, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

#endif
