/* SPDX-License-Identifier: MIT */
/*
 * One 64-byte aligned block from which an object's memory is carved. The same code that places the
 * pieces first runs on a measuring arena, so size and layout cannot disagree.
 */
#ifndef TLEE_ARENA_H
#define TLEE_ARENA_H

#include "memory.h"

struct tlee_arena {
    unsigned char *base; /* NULL while measuring */
    size_t capacity;     /* bytes */
    size_t used;         /* bytes, a multiple of TLEE_ALIGNMENT */
    bool overflow;       /* a piece did not fit, or the total does not fit a size_t */
};

/* An arena that only adds up what is taken from it. */
struct tlee_arena tlee_arena_measuring(void);

/* An arena over `capacity` bytes at base, aligned to TLEE_ALIGNMENT and owned by the caller. */
struct tlee_arena tlee_arena_over(void *base, size_t capacity);

/*
 * The next count * element_bytes bytes, aligned to TLEE_ALIGNMENT, contents undefined. NULL while
 * measuring, and on overflow, which stays recorded: checking arena.overflow once at the end is
 * enough. Under AddressSanitizer a poisoned red zone follows each piece.
 */
void *tlee_arena_take(struct tlee_arena *arena, size_t count, size_t element_bytes);

/* Undoes the poisoning before the block is given back. */
void tlee_arena_close(struct tlee_arena *arena);

#endif
