/* SPDX-License-Identifier: MIT */
#include "threads.h"

#include "memory.h"
#include "status.h"

static void run_alone(size_t units, tlee_task_fn *task, void *context) {
    if (units)
        task(context, 0, units);
}

#ifdef TLEE_OPENMP

/* OPENMP=1: the runtime keeps the workers; the pool is only a number. */
struct tlee_threads {
    struct tlee_allocator allocator;
    unsigned count;
};

static void nothing(void *context, size_t begin, size_t end) {
    (void)context, (void)begin, (void)end;
}

enum tlee_status tlee_threads_create(unsigned count, const struct tlee_allocator *allocator,
                                     struct tlee_threads **out, struct tlee_error *error) {
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
        run_alone(units, task, context);
        return;
    }
    ptrdiff_t chunks = (ptrdiff_t)((units + grain - 1) / grain);
#pragma omp parallel for schedule(dynamic) num_threads(threads->count)
    for (ptrdiff_t chunk = 0; chunk < chunks; chunk++) {
        size_t begin = (size_t)chunk * grain;
        task(context, begin, units - begin < grain ? units : begin + grain);
    }
}

#else

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* How often a thread looks before it goes to sleep: some tens of microseconds, about the gap
 * between two ops. Longer would burn power between frames. */
enum {
    SPINS = 4000
};

struct tlee_threads {
    struct tlee_allocator allocator;
    unsigned count;
    pthread_t *workers; /* count - 1 of them, `started` of which run */
    unsigned started;
    pthread_mutex_t mutex;
    pthread_cond_t work_ready, work_done;

    /* The run that is under way; written before generation rises. */
    tlee_task_fn *task;
    void *context;
    size_t units, grain;
    atomic_size_t next;     /* first unit that nobody has taken */
    atomic_uint generation; /* rises with each run */
    atomic_uint busy;       /* workers that have not finished it */
    atomic_bool stopping;
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void take_chunks(struct tlee_threads *threads) {
    for (;;) {
        size_t begin = atomic_fetch_add(&threads->next, threads->grain);
        if (begin >= threads->units)
            return;
        size_t left = threads->units - begin;
        threads->task(threads->context, begin,
                      begin + (left < threads->grain ? left : threads->grain));
    }
}

/* Returns when a generation after `seen` has begun. */
static void await_work(struct tlee_threads *threads, unsigned seen) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&threads->generation) != seen)
            return;
        relax();
    }
    pthread_mutex_lock(&threads->mutex);
    while (atomic_load(&threads->generation) == seen)
        pthread_cond_wait(&threads->work_ready, &threads->mutex);
    pthread_mutex_unlock(&threads->mutex);
}

static void await_workers(struct tlee_threads *threads) {
    for (int i = 0; i < SPINS; i++) {
        if (!atomic_load(&threads->busy))
            return;
        relax();
    }
    pthread_mutex_lock(&threads->mutex);
    while (atomic_load(&threads->busy))
        pthread_cond_wait(&threads->work_done, &threads->mutex);
    pthread_mutex_unlock(&threads->mutex);
}

static void *work(void *argument) {
    struct tlee_threads *threads = argument;
    for (unsigned seen = 0;; seen++) {
        await_work(threads, seen);
        if (atomic_load(&threads->stopping))
            return NULL;
        take_chunks(threads);
        if (atomic_fetch_sub(&threads->busy, 1) == 1) {
            pthread_mutex_lock(&threads->mutex);
            pthread_cond_signal(&threads->work_done);
            pthread_mutex_unlock(&threads->mutex);
        }
    }
}

static void begin_generation(struct tlee_threads *threads) {
    pthread_mutex_lock(&threads->mutex);
    atomic_fetch_add(&threads->generation, 1);
    pthread_cond_broadcast(&threads->work_ready);
    pthread_mutex_unlock(&threads->mutex);
}

/* Workers take no signals: those are for the program's own threads. */
static enum tlee_status start_workers(struct tlee_threads *threads, struct tlee_error *error) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = 0;
    while (!failure && threads->started < threads->count - 1) {
        failure = pthread_create(&threads->workers[threads->started], NULL, work, threads);
        threads->started += !failure;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure)
        return tlee_fail_errno(error, failure, "thread %u of %u cannot be started",
                               threads->started + 2, threads->count);
    return TLEE_OK;
}

enum tlee_status tlee_threads_create(unsigned count, const struct tlee_allocator *allocator,
                                     struct tlee_threads **out, struct tlee_error *error) {
    *out = NULL;
    struct tlee_threads *threads = tlee_alloc(allocator, sizeof *threads);
    if (!threads)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for threads");
    threads->allocator = *allocator;
    threads->count = count;
    pthread_mutex_init(&threads->mutex, NULL);
    pthread_cond_init(&threads->work_ready, NULL);
    pthread_cond_init(&threads->work_done, NULL);
    enum tlee_status status = TLEE_OK;
    threads->workers = tlee_alloc(allocator, count * sizeof *threads->workers);
    if (!threads->workers)
        status = tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for threads");
    else
        status = start_workers(threads, error);
    if (status != TLEE_OK) {
        tlee_threads_free(threads);
        return status;
    }
    *out = threads;
    return TLEE_OK;
}

void tlee_threads_free(struct tlee_threads *threads) {
    if (!threads)
        return;
    atomic_store(&threads->stopping, true);
    begin_generation(threads);
    for (unsigned i = 0; i < threads->started; i++)
        pthread_join(threads->workers[i], NULL);
    pthread_cond_destroy(&threads->work_done);
    pthread_cond_destroy(&threads->work_ready);
    pthread_mutex_destroy(&threads->mutex);
    struct tlee_allocator allocator = threads->allocator;
    tlee_free(&allocator, threads->workers);
    tlee_free(&allocator, threads);
}

void tlee_threads_run(struct tlee_threads *threads, size_t units, size_t grain, tlee_task_fn *task,
                      void *context) {
    if (!threads || threads->count == 1 || units <= grain) {
        run_alone(units, task, context);
        return;
    }
    threads->task = task;
    threads->context = context;
    threads->units = units;
    threads->grain = grain;
    atomic_store(&threads->next, 0);
    atomic_store(&threads->busy, threads->started);
    begin_generation(threads);
    take_chunks(threads);
    await_workers(threads);
}

#endif
