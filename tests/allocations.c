/* SPDX-License-Identifier: MIT */
/* malloc and its family as the library sees them in a test program (linked with --wrap). */
#include "test.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void __real_free(void *memory);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
void __wrap_free(void *memory);

static atomic_size_t allocations, frees;
static atomic_size_t fail_at; /* allocation number; 0: none */
static atomic_bool fail_later, has_failed;

void test_fail_allocation(size_t nth, bool all_later) {
    has_failed = false;
    fail_later = all_later;
    fail_at = nth ? allocations + nth : 0;
}

bool test_allocation_failed(void) {
    return has_failed;
}

size_t test_allocation_count(void) {
    return allocations;
}

/* In a static program libc's own calls come through here too, and it keeps blocks of ended threads
 * for the next: leaks cannot be told then. */
size_t test_live_blocks(void) {
#ifdef TEST_STATIC
    return 0;
#else
    return allocations - frees;
#endif
}

/* Counts an allocation that is about to be made; true when it has to fail. A failed one counts as
 * freed at once, so that live blocks stay right. */
static bool must_fail(void) {
    size_t number = ++allocations, chosen = fail_at;
    if (!chosen || number < chosen || (number > chosen && !fail_later))
        return false;
    has_failed = true;
    frees++;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t bytes) {
    return must_fail() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes) {
    return must_fail() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes) {
    if (must_fail())
        return NULL;
    if (memory)
        frees++;
    return __real_realloc(memory, bytes);
}

void __wrap_free(void *memory) {
    if (memory)
        frees++;
    __real_free(memory);
}
