/* SPDX-License-Identifier: MIT */
/* OPENMP=1: the runtime keeps the workers and lets them spin or sleep; the pool is only a number.
 */
#include "threads.h"

#include "denormals.h"
#include "memory.h"
#include "status.h"

#ifdef TLEE_OPENMP

struct tlee_threads {
    struct tlee_allocator allocator;
    unsigned count;
};

static void nothing(void *context, size_t begin, size_t end) {
    (void)context, (void)begin, (void)end;
}

enum tlee_status tlee_threads_create(unsigned count, bool spin,
                                     const struct tlee_allocator *allocator,
                                     struct tlee_threads **out, struct tlee_error *error) {
    (void)spin;
    *out = tlee_alloc(allocator, sizeof **out);
    if (!*out)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for threads");
    (*out)->allocator = *allocator;
    (*out)->count = count;
    /* The runtime makes its team in the first parallel region: now rather than in a session. */
    tlee_threads_run(*out, count, 1, nothing, NULL);
    return TLEE_OK;
}

void tlee_threads_free(struct tlee_threads *threads) {
    if (threads)
        tlee_free(&threads->allocator, threads);
}

void tlee_threads_run(struct tlee_threads *threads, size_t units, size_t grain, tlee_task_fn *task,
                      void *context) {
    if (!threads || threads->count == 1 || units <= grain) {
        if (units)
            task(context, 0, units);
        return;
    }
    ptrdiff_t chunks = (ptrdiff_t)((units + grain - 1) / grain);
#pragma omp parallel num_threads(threads->count)
    {
        /* The team may serve others too. */
        uint64_t before = tlee_denormals_flush();
#pragma omp for schedule(dynamic) nowait
        for (ptrdiff_t chunk = 0; chunk < chunks; chunk++) {
            size_t begin = (size_t)chunk * grain;
            task(context, begin, units - begin < grain ? units : begin + grain);
        }
        tlee_denormals_restore(before);
    }
}

#endif
