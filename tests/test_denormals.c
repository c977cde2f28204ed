/* SPDX-License-Identifier: MIT */
/* Denormals are zero while a session computes, in every thread, and not a moment longer. */
#include "denormals.h"
#include "memory.h"
#include "test.h"
#include "threads.h"
#include "tlee.h"

#include <fenv.h>
#include <float.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Where the machine cannot flush, or valgrind, which has denormals always and knows no exception
 * flags, what is left to test is that nothing else changes. */
static bool can_flush(void) {
#if defined(__SSE2_MATH__) || defined(__aarch64__) || (defined(__arm__) && defined(__ARM_FP))
    const char *command = getenv("TLEE");
    return !command || !strstr(command, "valgrind");
#else
    return false;
#endif
}

/* Whether the calling thread gives and takes denormals as zero. */
static bool gives_zero(void) {
    volatile float least = FLT_MIN, half = 0.5F;
    volatile float product = least * half;
    return product == 0;
}

static bool takes_zero(void) {
    const uint32_t one = 1;
    volatile float denormal, large = 1e30F;
    float bits;
    memcpy(&bits, &one, sizeof bits);
    denormal = bits;
    volatile float product = denormal * large;
    return product == 0;
}

/* fegetround may tell of another unit than the one that computes. */
static bool rounds_to_nearest(void) {
    volatile float one = 1, little = FLT_EPSILON / 4;
    volatile float up = one + little, down = -one - little;
    return up == one && down == -one;
}

/* The settings of the calling thread. */
static uint64_t settings(void) {
    uint64_t now = tlee_denormals_flush();
    tlee_denormals_restore(now);
    return now;
}

static void test_calling_thread(void) {
    CHECK(!gives_zero() && !takes_zero(), "a process begins with denormals");
    feraiseexcept(FE_INEXACT | FE_DIVBYZERO);
    uint64_t before = settings();
    CHECK(tlee_denormals_flush() == before, "another state before");
    CHECK(gives_zero() == can_flush() && takes_zero() == can_flush(), "not flushed");
    CHECK(rounds_to_nearest(), "rounding");
    tlee_denormals_restore(before);
    CHECK(settings() == before, "not restored");
    CHECK(!gives_zero() && !takes_zero(), "not restored");
    CHECK(fetestexcept(FE_DIVBYZERO) || !can_flush(), "exception flags not restored");
    feclearexcept(FE_ALL_EXCEPT);
}

struct seen {
    pthread_t caller;
    atomic_uint here, flushed, others;
};

/* Waits for the other thread, so that each has a chunk. */
static void look(void *context, size_t begin, size_t end) {
    struct seen *seen = context;
    (void)begin, (void)end;
    for (atomic_fetch_add(&seen->here, 1); seen->here < 2;)
        sched_yield();
    if (pthread_equal(pthread_self(), seen->caller))
        return;
    atomic_fetch_add(&seen->others, 1);
    if (gives_zero() && takes_zero() && rounds_to_nearest())
        atomic_fetch_add(&seen->flushed, 1);
}

/* The rounding of the thread that creates them would be inherited. */
static void test_workers(void) {
    struct tlee_allocator allocator = tlee_allocator_or_default(NULL);
    struct tlee_threads *threads = NULL;
    struct seen seen = {.caller = pthread_self()};
    fesetround(FE_UPWARD);
    CHECK(tlee_threads_create(2, true, &allocator, &threads, NULL) == TLEE_OK, "create");
    uint64_t before = settings();
    tlee_threads_run(threads, 2, 1, look, &seen);
    CHECK(seen.others == 1 && seen.flushed == (can_flush() ? 1 : 0), "%u of %u workers flush",
          seen.flushed, seen.others);
    CHECK(settings() == before && !gives_zero(), "the caller's settings changed");
    tlee_threads_free(threads);
    fesetround(FE_TONEAREST);
}

/* ---- Sessions ---- */

enum {
    SIDE = 64,
    CLASSES = 5
};

/* Made once, with the settings of a new process. */
static float frame[3 * SIDE * SIDE];
static uint8_t rgb[3 * 70 * 90];

static void paint(void) {
    for (size_t i = 0; i < sizeof frame / sizeof *frame; i++)
        frame[i] = (float)(i % 251) * (i % 2 ? 0.013F : 1e-40F);
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * 7 >> 1);
}

static void watch(void *cookie, const struct tlee_observed *op) {
    size_t *unflushed = cookie;
    (void)op;
    *unflushed += !gives_zero() || !takes_zero();
}

/* The first frame of a video, once prepared and once as a picture, with the settings of the moment;
 * its logits are added to `logits`, its probabilities follow. */
static void run(const tlee_model *model, unsigned threads, float logits[2][2 * CLASSES]) {
    struct tlee_session_options options;
    tlee_session *session = NULL;
    tlee_session_options_default(&options);
    options.threads = threads;
    if (!CHECK(tlee_session_create(model, &options, &session, NULL) == TLEE_OK, "create"))
        return;
    size_t unflushed = 0;
    CHECK(tlee_session_observe(session, watch, &unflushed, NULL) == TLEE_OK, "observe");
    for (size_t kind = 0; kind < 2; kind++) {
        struct tlee_step step;
        enum tlee_decision decision;
        tlee_session_begin(session, 0);
        uint64_t before = settings();
        enum tlee_status status =
            kind ? tlee_session_push_rgb8(session, rgb, 70, 90, 3 * 70, &decision, NULL)
                 : tlee_session_push(session, frame, &decision, NULL);
        CHECK(status == TLEE_OK && settings() == before, "push %zu: %s, settings %llx, were %llx",
              kind, tlee_status_name(status), (unsigned long long)settings(),
              (unsigned long long)before);
        tlee_session_get_step(session, 0, &step);
        memcpy(logits[kind], step.logits, CLASSES * sizeof(float));
        tlee_session_finish(session, NULL);
        tlee_session_probabilities(session, logits[kind] + CLASSES, CLASSES);
        CHECK(settings() == before, "probabilities %zu", kind);
    }
    uint64_t before = settings();
    tlee_session_backbone(session, frame, NULL);
    CHECK(settings() == before, "backbone alone");
    tlee_session_exit(session, frame, 0, NULL);
    CHECK(settings() == before, "exit alone");
    CHECK(!unflushed || !can_flush(), "%zu ops not flushed", unflushed);
    tlee_session_free(&session);
}

/* A model, with batch-norm to fold and weights to transform, opened with the settings of the
 * moment.
 */
static tlee_model *open_model(void) {
    static const char name[] = "random:resnet18,input=64,dataset=x,classes=5,first=1";
    tlee_model *model = NULL;
    bool nearest = rounds_to_nearest();
    CHECK(tlee_model_open(name, NULL, &model, NULL) == TLEE_OK, "open");
    /* Reading its name leaves exception flags, so that not every bit of settings() is the same. */
    CHECK(rounds_to_nearest() == nearest && !gives_zero() && !takes_zero(), "settings changed");
    return model;
}

static void test_models(void) {
    float plain[2][2 * CLASSES], other[2][2 * CLASSES];
    tlee_model *model = open_model();
    run(model, 1, plain);
    tlee_model_close(&model);
    fesetround(FE_UPWARD);
    model = open_model();
    fesetround(FE_TONEAREST);
    run(model, 1, other);
    tlee_model_close(&model);
    CHECK(memcmp(plain, other, sizeof plain) == 0 || !can_flush(), "rounding matters to weights");
}

static void test_sessions(void) {
    tlee_model *model = open_model();
    for (unsigned threads = 1; threads < 3; threads++) {
        float plain[2][2 * CLASSES], other[2][2 * CLASSES];
        run(model, threads, plain);
        uint64_t before = tlee_denormals_flush();
        run(model, threads, other);
        CHECK(gives_zero() == can_flush(), "the caller's own flushing ended");
        tlee_denormals_restore(before);
        CHECK(memcmp(plain, other, sizeof plain) == 0, "%u threads: flushing matters", threads);
        fesetround(FE_UPWARD);
        bool upward = !rounds_to_nearest();
        run(model, threads, other);
        CHECK(upward == !rounds_to_nearest(), "rounding not restored");
        fesetround(FE_TONEAREST);
        CHECK(memcmp(plain, other, sizeof plain) == 0 || !can_flush(),
              "%u threads: the caller's rounding matters", threads);
    }
    tlee_model_close(&model);
}

int main(void) {
    paint();
    test_calling_thread();
    test_workers();
    test_models();
    test_sessions();
    return test_summary();
}
