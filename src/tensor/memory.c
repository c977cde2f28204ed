/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

bool tlee_size_mul(size_t a, size_t b, size_t *product) {
    if (b && a > SIZE_MAX / b)
        return false;
    *product = a * b;
    return true;
}

bool tlee_size_add(size_t a, size_t b, size_t *sum) {
    if (a > SIZE_MAX - b)
        return false;
    *sum = a + b;
    return true;
}

static void *allocate_default(void *cookie, size_t bytes) {
    (void)cookie;
    return malloc(bytes);
}

static void release_default(void *cookie, void *memory) {
    (void)cookie;
    free(memory);
}

struct tlee_allocator tlee_allocator_or_default(const struct tlee_allocator *wanted) {
    struct tlee_allocator fallback = {allocate_default, release_default, NULL};
    return wanted && wanted->allocate && wanted->release ? *wanted : fallback;
}

void *tlee_alloc(const struct tlee_allocator *allocator, size_t bytes) {
    void *memory = allocator->allocate(allocator->cookie, bytes ? bytes : 1);
    if (memory)
        memset(memory, 0, bytes);
    return memory;
}

/* The block's own address is kept in the word before the aligned part, for the release. */
void *tlee_alloc_aligned(const struct tlee_allocator *allocator, size_t bytes) {
    size_t total;
    if (!tlee_size_add(bytes, TLEE_ALIGNMENT + sizeof(void *), &total))
        return NULL;
    void *block = allocator->allocate(allocator->cookie, total);
    if (!block)
        return NULL;
    uintptr_t start = (uintptr_t)block + sizeof(void *);
    uintptr_t aligned = (start + TLEE_ALIGNMENT - 1) / TLEE_ALIGNMENT * TLEE_ALIGNMENT;
    void **memory = (void **)aligned;
    memory[-1] = block;
    return memory;
}

void tlee_free(const struct tlee_allocator *allocator, void *memory) {
    if (memory)
        allocator->release(allocator->cookie, memory);
}

void tlee_free_aligned(const struct tlee_allocator *allocator, void *memory) {
    if (memory)
        allocator->release(allocator->cookie, ((void **)memory)[-1]);
}
