/* SPDX-License-Identifier: MIT */
#include "arena.h"

#if defined(__SANITIZE_ADDRESS__)
#define RED_ZONES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RED_ZONES 1
#endif
#endif

#ifdef RED_ZONES
#include <sanitizer/asan_interface.h>
enum {
    RED_ZONE_BYTES = TLEE_ALIGNMENT
};
#else
enum {
    RED_ZONE_BYTES = 0
};
#endif

static void poison(void *start, size_t bytes) {
#ifdef RED_ZONES
    ASAN_POISON_MEMORY_REGION(start, bytes);
#else
    (void)start, (void)bytes;
#endif
}

static void unpoison(void *start, size_t bytes) {
#ifdef RED_ZONES
    ASAN_UNPOISON_MEMORY_REGION(start, bytes);
#else
    (void)start, (void)bytes;
#endif
}

struct tlee_arena tlee_arena_measuring(void) {
    return (struct tlee_arena){.base = NULL, .capacity = SIZE_MAX};
}

struct tlee_arena tlee_arena_over(void *base, size_t capacity) {
    poison(base, capacity);
    return (struct tlee_arena){.base = base, .capacity = capacity};
}

void *tlee_arena_take(struct tlee_arena *arena, size_t count, size_t element_bytes) {
    size_t bytes, end;
    if (!tlee_size_mul(count, element_bytes, &bytes) ||
        !tlee_size_add(bytes, RED_ZONE_BYTES + TLEE_ALIGNMENT - 1, &end) ||
        !tlee_size_add(arena->used, end / TLEE_ALIGNMENT * TLEE_ALIGNMENT, &end) ||
        end > arena->capacity) {
        arena->overflow = true;
        return NULL;
    }
    void *piece = arena->base ? arena->base + arena->used : NULL;
    arena->used = end;
    if (piece)
        unpoison(piece, bytes);
    return piece;
}

void tlee_arena_close(struct tlee_arena *arena) {
    if (arena->base)
        unpoison(arena->base, arena->capacity);
    *arena = (struct tlee_arena){0};
}
