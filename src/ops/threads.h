/* SPDX-License-Identifier: MIT */
/* A small pool of threads that share out the outputs of one op at a time. */
#ifndef TLEE_THREADS_H
#define TLEE_THREADS_H

#include "tlee_base.h"

#include <stdbool.h>

enum {
    TLEE_THREADS_MAX = 256
};

struct tlee_threads;

/* Computes outputs begin..end-1; context is what was given to tlee_threads_run. */
typedef void tlee_task_fn(void *context, size_t begin, size_t end);

/*
 * Starts count - 1 workers (count in 1..TLEE_THREADS_MAX), so that count threads, the caller among
 * them, take part in each run. Workers compute with the settings of denormals.h, which the caller
 * of a run should have set too. spin: who waits looks for work for a while before it sleeps, which
 * makes runs that follow each other cheap; without, it sleeps at once (with OPENMP=1 that is for
 * the runtime to decide). allocator is used now and for the freeing. On failure *out is NULL.
 */
enum tlee_status tlee_threads_create(unsigned count, bool spin,
                                     const struct tlee_allocator *allocator,
                                     struct tlee_threads **out, struct tlee_error *error);

/* Ends and joins the workers; NULL is accepted. */
void tlee_threads_free(struct tlee_threads *threads);

/*
 * Calls task on disjoint ranges that together cover 0..units-1, each of `grain` units but the last
 * (grain >= 1), and returns when all are done. Which thread takes which range is left to chance, so
 * tasks must not care. threads may be NULL: the caller does it all. Allocates nothing. One run at a
 * time per pool, from one thread.
 */
void tlee_threads_run(struct tlee_threads *threads, size_t units, size_t grain, tlee_task_fn *task,
                      void *context);

/* A grain for so many equal shares: count / sharers, rounded up. */
static inline size_t tlee_share_of(size_t count, size_t sharers) {
    return (count + sharers - 1) / sharers;
}

#endif
