/* SPDX-License-Identifier: MIT */
/* The smallest test harness that counts: a C test is a main() of CHECKs that ends with `return
 * test_summary();`. Its last line is "N passed, N failed", its exit status 0 when none failed and
 * at least one ran. */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>

/* Counts one check; on failure prints file, line, the condition and the printf-formatted details.
 */
#define CHECK(condition, ...) test_check((condition), __FILE__, __LINE__, #condition, __VA_ARGS__)

/* Returns condition. */
bool test_check(bool condition, const char *file, int line, const char *text, const char *format,
                ...) __attribute__((format(printf, 5, 6)));

/* Prints the closing line and returns the exit status. */
int test_summary(void);

/* Counts `count` checks at once that were made elsewhere and passed. */
void test_passed(size_t count);

/*
 * Allocation control (allocations.c); every malloc, calloc and realloc of the library and the test
 * passes through it.
 */

/* The nth allocation from now (1 is the next) fails; and all later ones too if `all_later`. 0 turns
 * failing off. */
void test_fail_allocation(size_t nth, bool all_later);

/* True once the allocation chosen with test_fail_allocation has been asked for. */
bool test_allocation_failed(void);

/* Allocations made since the program began, and blocks not yet freed. */
size_t test_allocation_count(void);
size_t test_live_blocks(void);

/* Makes access(2) fail from now on, or work again (no_access.c). */
void test_fail_access(bool fail);

#endif
