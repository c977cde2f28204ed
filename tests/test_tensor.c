/* SPDX-License-Identifier: MIT */
/* Status records, checked sizes, aligned memory, arena. */
#include "arena.h"
#include "status.h"
#include "tensor.h"
#include "test.h"

#include <string.h>

static void status(void) {
    struct tlee_error error;
    enum tlee_status status = tlee_fail(&error, TLEE_ERR_FORMAT, 42, "tensor '%s'", "a\nb\x1b[31m");
    CHECK(status == TLEE_ERR_FORMAT && error.status == status, "%d", (int)status);
    CHECK(error.offset == 42, "%lld", (long long)error.offset);
    CHECK(!strcmp(error.message, "tensor 'a?b?[31m'"), "%s", error.message);
    CHECK(tlee_fail(NULL, TLEE_ERR_IO, -1, "x") == TLEE_ERR_IO, "NULL is accepted");
    char longer[2 * TLEE_ERROR_BYTES];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    tlee_fail(&error, TLEE_ERR_ARG, -1, "%s", longer);
    CHECK(strlen(error.message) == TLEE_ERROR_BYTES - 1, "cut at %zu", strlen(error.message));
    CHECK(tlee_fail_errno(&error, 2, "open") == TLEE_ERR_IO, "errno");
    CHECK(!strncmp(error.message, "open: ", 6) && strlen(error.message) > 6, "%s", error.message);
    tlee_fail_errno(&error, 2, "%s", longer);
    CHECK(strlen(error.message) == TLEE_ERROR_BYTES - 1, "cut at %zu", strlen(error.message));
    CHECK(strstr(error.message, ": ") != NULL, "the reason is there: %s", error.message);
    for (int i = TLEE_OK; i <= TLEE_ERR_NUMERIC; i++)
        for (int j = TLEE_OK; j < i; j++)
            CHECK(strcmp(tlee_status_name((enum tlee_status)i),
                         tlee_status_name((enum tlee_status)j)),
                  "%d and %d have one name", i, j);
    CHECK(tlee_status_name((enum tlee_status)99) != NULL, "never NULL");
}

static void sizes(void) {
    size_t out = 7;
    CHECK(tlee_size_mul(3, 5, &out) && out == 15, "%zu", out);
    CHECK(tlee_size_mul(0, SIZE_MAX, &out) && out == 0, "%zu", out);
    CHECK(tlee_size_mul(SIZE_MAX, 1, &out) && out == SIZE_MAX, "%zu", out);
    CHECK(!tlee_size_mul(SIZE_MAX / 2 + 1, 2, &out) && out == SIZE_MAX, "untouched: %zu", out);
    CHECK(tlee_size_add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX, "%zu", out);
    CHECK(!tlee_size_add(SIZE_MAX, 1, &out), "wraps");
    struct tlee_shape shape = {2, 3, 4, 5};
    CHECK(tlee_shape_count(&shape, &out) && out == 120, "%zu", out);
    shape.h = 0;
    CHECK(tlee_shape_count(&shape, &out) && out == 0, "%zu", out);
    /* The elements fit, their bytes do not. */
    shape = (struct tlee_shape){1, 1, 1, SIZE_MAX / 4 + 1};
    CHECK(!tlee_shape_count(&shape, &out), "bytes wrap");
    shape = (struct tlee_shape){SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    CHECK(!tlee_shape_count(&shape, &out), "all wrap");
}

static void memory(void) {
    struct tlee_allocator allocator = tlee_allocator_or_default(NULL);
    size_t live = test_live_blocks();
    for (size_t bytes = 0; bytes < 200; bytes += 7) {
        unsigned char *block = tlee_alloc_aligned(&allocator, bytes);
        CHECK(block && (uintptr_t)block % TLEE_ALIGNMENT == 0, "%zu bytes at %p", bytes,
              (void *)block);
        memset(block, 1, bytes);
        tlee_free_aligned(&allocator, block);
    }
    unsigned char *zeros = tlee_alloc(&allocator, 100);
    for (size_t i = 0; i < 100; i++)
        if (zeros[i])
            CHECK(false, "byte %zu is not zero", i);
    tlee_free(&allocator, zeros);
    tlee_free(&allocator, NULL);
    tlee_free_aligned(&allocator, NULL);
    CHECK(!tlee_alloc_aligned(&allocator, SIZE_MAX - 8), "too large");
    CHECK(test_live_blocks() == live, "leaks %zu", test_live_blocks() - live);
}

/* Takes three pieces; the same code measures and places. */
static void take(struct tlee_arena *arena, unsigned char *pieces[3]) {
    pieces[0] = tlee_arena_take(arena, 10, 1);
    pieces[1] = tlee_arena_take(arena, 0, 4);
    pieces[2] = tlee_arena_take(arena, 100, 4);
}

static void arena(void) {
    struct tlee_allocator allocator = tlee_allocator_or_default(NULL);
    unsigned char *pieces[3];
    struct tlee_arena measuring = tlee_arena_measuring();
    take(&measuring, pieces);
    CHECK(!pieces[0] && !pieces[2] && !measuring.overflow, "measuring gives nothing out");
    size_t bytes = measuring.used;
    CHECK(bytes >= 410 && bytes % TLEE_ALIGNMENT == 0, "%zu", bytes);
    void *block = tlee_alloc_aligned(&allocator, bytes);
    struct tlee_arena placing = tlee_arena_over(block, bytes);
    take(&placing, pieces);
    CHECK(!placing.overflow && placing.used == bytes, "used %zu of %zu", placing.used, bytes);
    for (int i = 0; i < 3; i++)
        CHECK((uintptr_t)pieces[i] % TLEE_ALIGNMENT == 0, "piece %d at %p", i, (void *)pieces[i]);
    CHECK(pieces[2] >= pieces[0] + 10, "pieces overlap");
    memset(pieces[0], 1, 10);
    memset(pieces[2], 2, 400);
    CHECK(pieces[0][9] == 1, "pieces overlap");
    CHECK(!tlee_arena_take(&placing, 1, 1) && placing.overflow, "it is full");
    tlee_arena_close(&placing);
    memset(block, 0, bytes);
    tlee_free_aligned(&allocator, block);
    measuring = tlee_arena_measuring();
    tlee_arena_take(&measuring, SIZE_MAX / 2, 4);
    CHECK(measuring.overflow, "a product that wraps is seen");
    measuring = tlee_arena_measuring();
    tlee_arena_take(&measuring, SIZE_MAX - 100, 1);
    tlee_arena_take(&measuring, 200, 1);
    CHECK(measuring.overflow, "a sum that wraps is seen");
}

int main(void) {
    status();
    sizes();
    memory();
    arena();
    return test_summary();
}
