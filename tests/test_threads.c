/* SPDX-License-Identifier: MIT */
/* The thread pool: every unit exactly once, whatever the numbers, and nobody sleeps for good. */
#include "memory.h"
#include "test.h"
#include "threads.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static void test_numbers(const struct tlee_allocator *allocator, bool spin) {
    static const unsigned numbers[] = {1, 2, 3, 8, 31};
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        struct tlee_threads *threads = NULL;
        enum tlee_status status = tlee_threads_create(numbers[n], spin, allocator, &threads, NULL);
        if (!CHECK(status == TLEE_OK, "%u threads: %s", numbers[n], tlee_status_name(status)))
            continue;
        size_t before = test_allocation_count();
        covers_each_unit_once(threads, numbers[n]);
        CHECK(test_allocation_count() == before, "a run allocates");
        tlee_threads_free(threads);
    }
}

static void count_other(void *context, size_t begin, size_t end) {
    count(context, begin, end);
}

/* Many short runs, each unlike the one before: a thread that takes part in one twice, or in one
 * that is over, would miscount. */
static void test_short_runs(const struct tlee_allocator *allocator, bool spin) {
    struct tlee_threads *threads = NULL;
    tlee_threads_create(3, spin, allocator, &threads, NULL);
    static struct tally one, other;
    memset(&one, 0, sizeof one);
    memset(&other, 0, sizeof other);
    for (int i = 0; i < 20000; i++) {
        tlee_threads_run(threads, 3, 1, count, &one);
        tlee_threads_run(threads, 8, 2, count_other, &other);
    }
    CHECK(one.calls == 60000 && other.calls == 80000 && !one.bad_range && !other.bad_range,
          "%zu and %zu calls", (size_t)one.calls, (size_t)other.calls);
    tlee_threads_free(threads);
}

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}

static void pass(uint64_t ns) {
    for (uint64_t end = now_ns() + ns; now_ns() < end;)
        ;
}

struct meeting {
    atomic_uint here;
    atomic_bool missed;
    uint64_t hold_ns;
};

/* Waits until every other thread is in a chunk too. */
static void meet(void *context, size_t begin, size_t end) {
    struct meeting *meeting = context;
    (void)begin, (void)end;
    atomic_fetch_add(&meeting->here, 1);
    uint64_t limit = now_ns() + 20000000000U;
    while (meeting->here < 3 && !meeting->missed) {
        if (now_ns() > limit)
            meeting->missed = true;
        sched_yield();
    }
    if (begin)
        pass(meeting->hold_ns);
}

/* Pauses before a run and work in it of about as long as a thread spins: whoever is just going to
 * sleep must not miss that its wait is over. */
static void test_waking(const struct tlee_allocator *allocator, bool spin) {
    const char *quick = getenv("TLEE_QUICK");
    const uint64_t longest_ns = spin ? 160000 : 20000, step_ns = longest_ns / 500;
    const uint64_t repeats = quick && *quick ? 1 : 8;
    struct tlee_threads *threads = NULL;
    tlee_threads_create(3, spin, allocator, &threads, NULL);
    bool missed = false;
    for (uint64_t i = 0; i < 500 * repeats && !missed; i++) {
        struct meeting meeting = {.hold_ns = i % 2 ? step_ns * (i % 500) : 0};
        pass(step_ns * (i * 7 % 500));
        tlee_threads_run(threads, 3, 1, meet, &meeting);
        missed = meeting.missed;
        CHECK(!missed && meeting.here == 3, "spin %d, run %d: %u threads", spin, (int)i,
              meeting.here);
    }
    tlee_threads_free(threads);
}

static void test_failing_allocations(const struct tlee_allocator *allocator) {
    for (size_t nth = 1;; nth++) {
        struct tlee_threads *threads = NULL;
        struct tlee_error error;
        test_fail_allocation(nth, false);
        enum tlee_status status = tlee_threads_create(4, true, allocator, &threads, &error);
        bool failed = test_allocation_failed();
        test_fail_allocation(0, false);
        if (!failed) {
            tlee_threads_free(threads);
            break;
        }
        CHECK(status == TLEE_ERR_NOMEM && !threads, "allocation %zu fails", nth);
    }
}

int main(void) {
    struct tlee_allocator allocator = tlee_allocator_or_default(NULL);
    size_t live = test_live_blocks();
    covers_each_unit_once(NULL, 0);
    for (int spin = 0; spin < 2; spin++) {
        test_numbers(&allocator, spin);
        test_short_runs(&allocator, spin);
        test_waking(&allocator, spin);
    }
    tlee_threads_free(NULL);
    CHECK(test_live_blocks() == live, "leaks");
    test_failing_allocations(&allocator);
    CHECK(test_live_blocks() == live, "leaks");
    return test_summary();
}
