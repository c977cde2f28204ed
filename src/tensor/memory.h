/* SPDX-License-Identifier: MIT */
/* Allocation through a tlee_allocator, and sizes that cannot overflow unnoticed. */
#ifndef TLEE_MEMORY_H
#define TLEE_MEMORY_H

#include "tlee_base.h"

#include <stdbool.h>

enum {
    TLEE_ALIGNMENT = 64,         /* bytes: a cache line, and the widest vector register */
    TLEE_HUGE_PAGE = 2 * 1048576 /* bytes: of x86, and of ARM with small pages of 4 KB */
};

/* *product = a * b; false, and *product untouched, when that does not fit. */
bool tlee_size_mul(size_t a, size_t b, size_t *product);

/* *sum = a + b; false, and *sum untouched, when that does not fit. */
bool tlee_size_add(size_t a, size_t b, size_t *sum);

/* The allocator to use for `wanted`: itself, or malloc and free when it is NULL. */
struct tlee_allocator tlee_allocator_or_default(const struct tlee_allocator *wanted);

/* `bytes` zeroed bytes, or NULL. Freed with tlee_free. */
void *tlee_alloc(const struct tlee_allocator *allocator, size_t bytes);

/* `bytes` bytes at a multiple of TLEE_ALIGNMENT, contents undefined, or NULL. Blocks of
 * TLEE_HUGE_PAGE and more lie in huge pages where the system grants them. Freed with
 * tlee_free_aligned. */
void *tlee_alloc_aligned(const struct tlee_allocator *allocator, size_t bytes);

/* Both accept NULL. */
void tlee_free(const struct tlee_allocator *allocator, void *memory);
void tlee_free_aligned(const struct tlee_allocator *allocator, void *memory);

#endif
