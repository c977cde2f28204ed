/* SPDX-License-Identifier: MIT */
/* The own threads; threads_openmp.c stands in with OPENMP=1. */
#include "threads.h"

#include "clock.h"
#include "denormals.h"
#include "memory.h"
#include "status.h"

#ifndef TLEE_OPENMP

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

/*
 * A thread with nothing to do looks again and again for SPIN_NS, which bridges the gaps between
 * the ops of a frame, then sleeps: waking it takes tens of microseconds. Beyond YIELD_NS it lets
 * others go first at each look, since where threads outnumber free cores what it waits for is
 * another thread that needs this core. Times and not counts of looks, for a pause takes 10 cycles
 * on some processors and 140 on others.
 */
enum {
    SPIN_NS = 100000,
    YIELD_NS = 5000,
    LOOKS_PER_CLOCK = 32
};

/*
 * Workers enter the run that is open, as many as come in time, take chunks until none is left, and
 * leave. The caller takes chunks too, closes the run and waits for those still inside, never for
 * one that slept or had no core. What different threads write often lies on different cache lines.
 *
 * Nobody misses what it waits for, as all these operations are sequentially consistent, so that
 * every thread sees them in one order:
 * - Entering: a worker raises `inside`, then looks whether the run is still open; the caller closes
 *   it, then looks at `inside`. Whichever is second sees the other: the worker stays out, or the
 *   caller waits. So the description of a run is written only while nobody reads it.
 * - Sleeping: a worker raises `workers_sleep`, then looks at `phase`, and sleeps if it is the old
 *   one; the caller changes `phase`, then looks at `workers_sleep`, and signals if it is raised.
 *   The worker does its part under the mutex, and the caller passes through the mutex before it
 *   signals, so the signal cannot fall between the worker's look and its sleep. `caller_sleeps` and
 *   `inside` work alike with the roles exchanged. Both are raised by exchanges, since emulators
 * have been seen to let a load overtake a sequentially consistent store before it (QEMU 7.2,
 * AArch64 on x86), but no exchange.
 */

/*
 * Each thread has a share of the chunks, always the same part of a run, and helps the others when
 * it is done: one after another, ops on the same map find their part of it in the core's own cache.
 */
struct share {
    _Alignas(TLEE_ALIGNMENT) atomic_size_t next; /* first chunk that nobody has taken */
    size_t end;
};

struct worker {
    struct tlee_threads *threads;
    unsigned number; /* 1..count - 1; the caller is 0 */
    pthread_t thread;
};

struct tlee_threads {
    struct tlee_allocator allocator;
    unsigned count;
    bool spin;
    struct worker *workers; /* count - 1 of them, `started` of which run */
    unsigned started;
    struct share *shares; /* count */
    pthread_mutex_t mutex;
    pthread_cond_t work_ready, work_done;
    atomic_bool workers_sleep, caller_sleeps, stopping;

    /* Changes when a run opens, which makes it odd, and when it closes. */
    _Alignas(TLEE_ALIGNMENT) atomic_uint phase;
    /* The run that is open. */
    tlee_task_fn *task;
    void *context;
    size_t units, grain;

    _Alignas(TLEE_ALIGNMENT) atomic_uint inside; /* workers in the run */
};

/* ---- Waiting ---- */

/* A wait that began when this was zeroed. */
struct wait {
    unsigned looks;
    uint64_t start_ns; /* 0: the clock was not read yet */
    bool yielding;
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
    __asm__ volatile("yield");
#endif
}

/* Passes a moment; false when it is time to sleep. */
static bool spin(struct wait *wait) {
    relax();
    if (!wait->yielding && ++wait->looks % LOOKS_PER_CLOCK)
        return true;
    uint64_t now = tlee_clock_ns();
    if (!wait->start_ns)
        wait->start_ns = now;
    wait->yielding = now - wait->start_ns >= YIELD_NS;
    if (wait->yielding)
        sched_yield();
    return now - wait->start_ns < SPIN_NS;
}

/* Returns the phase once it is not `seen`. */
static unsigned await_phase(struct tlee_threads *threads, unsigned seen) {
    unsigned phase;
    struct wait wait = {0};
    while ((phase = atomic_load(&threads->phase)) == seen && threads->spin && spin(&wait))
        ;
    if (phase != seen)
        return phase;
    pthread_mutex_lock(&threads->mutex);
    for (;;) {
        atomic_exchange(&threads->workers_sleep, true);
        phase = atomic_load(&threads->phase);
        if (phase != seen)
            break;
        pthread_cond_wait(&threads->work_ready, &threads->mutex);
    }
    pthread_mutex_unlock(&threads->mutex);
    return phase;
}

/* Returns once no worker is inside. */
static void await_workers(struct tlee_threads *threads) {
    struct wait wait = {0};
    while (atomic_load(&threads->inside))
        if (!threads->spin || !spin(&wait))
            break;
    if (!atomic_load(&threads->inside))
        return;
    pthread_mutex_lock(&threads->mutex);
    atomic_exchange(&threads->caller_sleeps, true);
    while (atomic_load(&threads->inside))
        pthread_cond_wait(&threads->work_done, &threads->mutex);
    atomic_store(&threads->caller_sleeps, false);
    pthread_mutex_unlock(&threads->mutex);
}

static void change_phase(struct tlee_threads *threads) {
    atomic_fetch_add(&threads->phase, 1);
}

static void wake_workers(struct tlee_threads *threads) {
    if (!atomic_load(&threads->workers_sleep))
        return;
    pthread_mutex_lock(&threads->mutex);
    atomic_store(&threads->workers_sleep, false);
    pthread_mutex_unlock(&threads->mutex);
    pthread_cond_broadcast(&threads->work_ready);
}

/* ---- Working ---- */

static void take_from(const struct tlee_threads *threads, struct share *share) {
    while (atomic_load_explicit(&share->next, memory_order_relaxed) < share->end) {
        size_t chunk = atomic_fetch_add_explicit(&share->next, 1, memory_order_relaxed);
        if (chunk >= share->end)
            return;
        size_t begin = chunk * threads->grain, left = threads->units - begin;
        threads->task(threads->context, begin,
                      begin + (left < threads->grain ? left : threads->grain));
    }
}

static void take_chunks(const struct tlee_threads *threads, unsigned number) {
    for (unsigned i = 0; i < threads->count; i++)
        take_from(threads, &threads->shares[(number + i) % threads->count]);
}

static void take_part(struct tlee_threads *threads, unsigned number, unsigned phase) {
    atomic_fetch_add(&threads->inside, 1);
    if (atomic_load(&threads->phase) == phase)
        take_chunks(threads, number);
    if (atomic_fetch_sub(&threads->inside, 1) == 1 && atomic_load(&threads->caller_sleeps)) {
        pthread_mutex_lock(&threads->mutex);
        pthread_mutex_unlock(&threads->mutex);
        pthread_cond_signal(&threads->work_done);
    }
}

static void *work(void *argument) {
    const struct worker *worker = argument;
    struct tlee_threads *threads = worker->threads;
    tlee_denormals_flush();
    for (unsigned phase = 0;;) {
        phase = await_phase(threads, phase);
        if (atomic_load(&threads->stopping))
            return NULL;
        if (phase % 2)
            take_part(threads, worker->number, phase);
    }
}

/* Workers take no signals: those are for the program's own threads. */
static enum tlee_status start_workers(struct tlee_threads *threads, struct tlee_error *error) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = 0;
    while (!failure && threads->started < threads->count - 1) {
        struct worker *worker = &threads->workers[threads->started];
        worker->threads = threads;
        worker->number = threads->started + 1;
        failure = pthread_create(&worker->thread, NULL, work, worker);
        threads->started += !failure;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure)
        return tlee_fail_errno(error, failure, "thread %u of %u cannot be started",
                               threads->started + 2, threads->count);
    return TLEE_OK;
}

enum tlee_status tlee_threads_create(unsigned count, bool spin,
                                     const struct tlee_allocator *allocator,
                                     struct tlee_threads **out, struct tlee_error *error) {
    *out = NULL;
    struct tlee_threads *threads = tlee_alloc_aligned(allocator, sizeof *threads);
    if (!threads)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for threads");
    memset(threads, 0, sizeof *threads);
    threads->allocator = *allocator;
    threads->count = count;
    threads->spin = spin;
    pthread_mutex_init(&threads->mutex, NULL);
    pthread_cond_init(&threads->work_ready, NULL);
    pthread_cond_init(&threads->work_done, NULL);
    enum tlee_status status = TLEE_OK;
    threads->workers = tlee_alloc(allocator, count * sizeof *threads->workers);
    threads->shares = tlee_alloc_aligned(allocator, count * sizeof *threads->shares);
    if (!threads->workers || !threads->shares)
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
    change_phase(threads);
    wake_workers(threads);
    for (unsigned i = 0; i < threads->started; i++)
        pthread_join(threads->workers[i].thread, NULL);
    pthread_cond_destroy(&threads->work_done);
    pthread_cond_destroy(&threads->work_ready);
    pthread_mutex_destroy(&threads->mutex);
    struct tlee_allocator allocator = threads->allocator;
    tlee_free(&allocator, threads->workers);
    tlee_free_aligned(&allocator, threads->shares);
    tlee_free_aligned(&allocator, threads);
}

static void share_out(struct tlee_threads *threads, size_t chunks) {
    size_t begin = 0, each = chunks / threads->count, rest = chunks % threads->count;
    for (unsigned i = 0; i < threads->count; i++) {
        struct share *share = &threads->shares[i];
        share->end = begin + each + (i < rest);
        atomic_store_explicit(&share->next, begin, memory_order_relaxed);
        begin = share->end;
    }
}

void tlee_threads_run(struct tlee_threads *threads, size_t units, size_t grain, tlee_task_fn *task,
                      void *context) {
    if (!threads || threads->count == 1 || units <= grain) {
        if (units)
            task(context, 0, units);
        return;
    }
    threads->task = task;
    threads->context = context;
    threads->units = units;
    threads->grain = grain;
    share_out(threads, units / grain + (units % grain != 0));
    change_phase(threads);
    wake_workers(threads);
    take_chunks(threads, 0);
    change_phase(threads);
    await_workers(threads);
}

#endif
