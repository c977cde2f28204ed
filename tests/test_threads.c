/* SPDX-License-Identifier: MIT */
/* The thread pool: every unit exactly once, whatever the numbers. */
#include "memory.h"
#include "test.h"
#include "threads.h"

#include <stdatomic.h>
#include <string.h>

enum {
    MOST = 5000
};

struct tally {
    atomic_uchar seen[MOST];
    atomic_size_t calls;
    size_t grain;
    atomic_bool bad_range;
};

static void count(void *context, size_t begin, size_t end) {
    struct tally *tally = context;
    atomic_fetch_add(&tally->calls, 1);
    if (begin >= end || end > MOST)
        tally->bad_range = true;
    for (size_t i = begin; i < end && i < MOST; i++)
        atomic_fetch_add(&tally->seen[i], 1);
}

static void covers_each_unit_once(struct tlee_threads *threads, unsigned number) {
    static const size_t units[] = {0, 1, 2, 3, 7, 64, 1000, MOST};
    static const size_t grains[] = {1, 2, 3, 100, MOST, SIZE_MAX / 4};
    for (size_t u = 0; u < sizeof units / sizeof *units; u++)
        for (size_t g = 0; g < sizeof grains / sizeof *grains; g++) {
            static struct tally tally;
            memset(&tally, 0, sizeof tally);
            tlee_threads_run(threads, units[u], grains[g], count, &tally);
            size_t wrong = 0;
            for (size_t i = 0; i < MOST; i++)
                wrong += tally.seen[i] != (i < units[u]);
            CHECK(!wrong && !tally.bad_range, "%u threads, %zu units, grain %zu: %zu wrong", number,
                  units[u], grains[g], wrong);
        }
}

int main(void) {
    struct tlee_allocator allocator = tlee_allocator_or_default(NULL);
    size_t live = test_live_blocks();
    covers_each_unit_once(NULL, 0);
    static const unsigned numbers[] = {1, 2, 3, 8, 31};
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        struct tlee_threads *threads = NULL;
        enum tlee_status status = tlee_threads_create(numbers[n], &allocator, &threads, NULL);
        if (!CHECK(status == TLEE_OK, "%u threads: %s", numbers[n], tlee_status_name(status)))
            continue;
        size_t before = test_allocation_count();
        covers_each_unit_once(threads, numbers[n]);
        CHECK(test_allocation_count() == before, "a run allocates");
        tlee_threads_free(threads);
    }
    /* Many short runs: a worker that misses one, or takes part twice, would hang or miscount. */
    struct tlee_threads *threads = NULL;
    tlee_threads_create(3, &allocator, &threads, NULL);
    static struct tally tally;
    for (int i = 0; i < 20000; i++)
        tlee_threads_run(threads, 3, 1, count, &tally);
    CHECK(tally.calls == 60000, "%zu calls", (size_t)tally.calls);
    tlee_threads_free(threads);
    tlee_threads_free(NULL);
    CHECK(test_live_blocks() == live, "leaks");
    for (size_t nth = 1;; nth++) {
        struct tlee_error error;
        test_fail_allocation(nth, false);
        enum tlee_status status = tlee_threads_create(4, &allocator, &threads, &error);
        bool failed = test_allocation_failed();
        test_fail_allocation(0, false);
        if (!failed) {
            tlee_threads_free(threads);
            break;
        }
        CHECK(status == TLEE_ERR_NOMEM && !threads, "allocation %zu fails", nth);
    }
    CHECK(test_live_blocks() == live, "leaks");
    return test_summary();
}
