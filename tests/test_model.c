/* SPDX-License-Identifier: MIT */
/* The public interface: options, misuse, allocation failures, costs, threads, determinism. */
#include "test.h"
#include "tlee.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char small[] = "random:resnet18,input=64,dataset=hmdb51,classes=5,branches=2,first=1";

enum {
    SIDE = 64,
    CLASSES = 5
};

static tlee_model *open_or_fail(const char *name) {
    struct tlee_error error = {0};
    tlee_model *model = NULL;
    enum tlee_status status = tlee_model_open(name, NULL, &model, &error);
    CHECK(status == TLEE_OK && model, "%s: %s", name, error.message);
    return model;
}

static void paint(uint8_t *rgb, size_t width, size_t height, unsigned seed) {
    for (size_t i = 0; i < 3 * width * height; i++)
        rgb[i] = (uint8_t)((i * 7 + seed * 31 + (i / 97) * seed) >> 1);
}

/* Runs a synthetic video to its end; false on an error. */
static bool recognise(tlee_session *session, uint64_t video, struct tlee_result *result) {
    uint8_t rgb[3 * 80 * 60];
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    tlee_session_begin(session, video);
    for (unsigned k = 0; decision != TLEE_FINISHED; k++) {
        paint(rgb, 80, 60, k);
        if (tlee_session_push_rgb8(session, rgb, 80, 60, 3 * 80, &decision, NULL) != TLEE_OK)
            return false;
    }
    return tlee_session_result(session, result) == TLEE_OK;
}

static void expect_open(const char *name, enum tlee_status wanted, const char *fragment) {
    struct tlee_error error = {0};
    tlee_model *model = (tlee_model *)&error;
    enum tlee_status status = tlee_model_open(name, NULL, &model, &error);
    CHECK(status == wanted && !model, "%s: %s, %s", name, tlee_status_name(status), error.message);
    CHECK(strstr(error.message, fragment), "%s: '%s' does not say '%s'", name, error.message,
          fragment);
    tlee_model_close(&model);
}

static void random_descriptions(void) {
    expect_open("random:", TLEE_ERR_UNSUPPORTED, "backbone");
    expect_open("random:alexnet", TLEE_ERR_UNSUPPORTED, "alexnet");
    expect_open("random:resnet18,classes", TLEE_ERR_ARG, "KEY=VALUE");
    expect_open("random:resnet18,klasses=5", TLEE_ERR_ARG, "klasses");
    expect_open("random:resnet18,classes=", TLEE_ERR_ARG, "classes");
    expect_open("random:resnet18,classes=0", TLEE_ERR_ARG, "classes");
    expect_open("random:resnet18,classes=-1", TLEE_ERR_ARG, "classes");
    expect_open("random:resnet18,classes=99999999999999999999999", TLEE_ERR_ARG, "classes");
    expect_open("random:resnet18,branches=4", TLEE_ERR_ARG, "branches");
    expect_open("random:resnet18,first=1.5", TLEE_ERR_ARG, "first");
    expect_open("random:resnet18,first=0.5.5", TLEE_ERR_ARG, "first");
    expect_open("random:resnet18,first=nan", TLEE_ERR_ARG, "first");
    expect_open("random:resnet18,frames=1", TLEE_ERR_ARG, "frames");
    expect_open("random:resnet18,frames=9", TLEE_ERR_ARG, "9 frames");
    expect_open("random:resnet18,mode=x", TLEE_ERR_UNSUPPORTED, "mode");
    expect_open("random:resnet18,reuse=x", TLEE_ERR_UNSUPPORTED, "reuse");
    expect_open("random:resnet18,reuse=afrm", TLEE_ERR_UNSUPPORTED, "shape");
    expect_open("random:resnet18,gate=x", TLEE_ERR_UNSUPPORTED, "gate");
    expect_open("random:resnet18,classes=1000000,frames=16", TLEE_ERR_ARG, "scores");
    expect_open("random:resnet18,seed=18446744073709551616", TLEE_ERR_ARG, "seed");
    expect_open("random:resnet18,scale=9", TLEE_ERR_SHAPE, "backbone.branches.0.crm.conv0");
    expect_open("random:resnet18,input=32,branches=3", TLEE_ERR_SHAPE, "backbone.branches.2");
    expect_open("no-such-file.tlee", TLEE_ERR_IO, "");
    expect_open("/", TLEE_ERR_IO, "");
    tlee_model *model = open_or_fail("random:resnet18,seed=18446744073709551615,input=64");
    tlee_model_close(&model);
    tlee_model_close(&model);
    tlee_model_close(NULL);
}

static void misuse(void) {
    struct tlee_error error;
    struct tlee_model_options options;
    tlee_model *model = NULL;
    tlee_model_options_default(&options);
    options.size--;
    CHECK(tlee_model_open(small, &options, &model, &error) == TLEE_ERR_ARG, "size");
    tlee_model_options_default(&options);
    options.cpu = 1 << 20;
    CHECK(tlee_model_open(small, &options, &model, &error) == TLEE_ERR_UNSUPPORTED, "cpu");
    options.cpu = TLEE_CPU_C;
    options.mode = (enum tlee_mode)9;
    CHECK(tlee_model_open(small, &options, &model, &error) == TLEE_ERR_ARG, "mode");
    model = (tlee_model *)&error;
    CHECK(tlee_model_open(NULL, NULL, &model, &error) == TLEE_ERR_ARG && !model, "NULL");
    CHECK(tlee_model_open(small, NULL, NULL, &error) == TLEE_ERR_ARG, "NULL");
    model = open_or_fail(small);
    struct tlee_session_options settings;
    tlee_session *session = NULL;
    tlee_session_options_default(&settings);
    settings.threads = 0;
    CHECK(tlee_session_create(model, &settings, &session, &error) == TLEE_ERR_ARG, "threads");
    settings.threads = 1;
    settings.first_threshold = 1.5;
    CHECK(tlee_session_create(model, &settings, &session, &error) == TLEE_ERR_ARG, "threshold");
    CHECK(tlee_session_create(model, NULL, &session, &error) == TLEE_OK, "%s", error.message);
    static float frame[3 * SIDE * SIDE];
    static const uint8_t rgb[3 * 8 * 8];
    enum tlee_decision decision;
    struct tlee_result result;
    CHECK(tlee_session_push(session, frame, &decision, &error) == TLEE_ERR_ARG, "before begin");
    CHECK(tlee_session_result(session, &result) == TLEE_ERR_ARG, "no result yet");
    tlee_session_begin(session, 0);
    CHECK(tlee_session_finish(session, &error) == TLEE_ERR_ARG, "nothing seen");
    CHECK(tlee_session_push_rgb8(session, rgb, 0, 8, 24, &decision, &error) == TLEE_ERR_SHAPE, "0");
    CHECK(tlee_session_push_rgb8(session, rgb, 8, 8, 23, &decision, &error) == TLEE_ERR_ARG, "row");
    CHECK(tlee_session_push_rgb8(session, rgb, 8, 8, 24, &decision, &error) == TLEE_OK, "tiny");
    frame[100] = NAN;
    CHECK(tlee_session_push(session, frame, &decision, &error) == TLEE_ERR_NUMERIC, "NaN");
    CHECK(strstr(error.message, "frame 1") != NULL, "%s", error.message);
    CHECK(tlee_session_push(session, frame, &decision, &error) == TLEE_ERR_ARG, "video is lost");
    float scores[CLASSES + 1];
    CHECK(recognise(session, 0, &result), "a new video runs");
    CHECK(tlee_session_probabilities(session, scores, CLASSES + 1) == TLEE_ERR_SHAPE, "classes");
    CHECK(tlee_session_probabilities(session, scores, CLASSES) == TLEE_OK, "scores");
    float sum = 0;
    for (size_t i = 0; i < CLASSES; i++)
        sum += scores[i];
    CHECK(fabsf(sum - 1) < 1e-5F && scores[result.label] == result.confidence, "sum %g",
          (double)sum);
    tlee_session_free(&session);
    tlee_session_free(&session);
    tlee_model_close(&model);
}

/* Opening and creating under failing allocations: each failure is NOMEM, and nothing leaks. */
static void failing_allocations(bool all_later) {
    size_t live = test_live_blocks();
    /* Each layer allocates alike: past the first ones some allocations will do. */
    const char *quick = getenv("TLEE_QUICK");
    size_t stride = quick && *quick ? 61 : 7;
    for (size_t nth = 1;; nth += nth < 10 ? 1 : stride) {
        tlee_model *model = NULL;
        tlee_session *session = NULL;
        struct tlee_session_options settings;
        tlee_session_options_default(&settings);
        settings.threads = 2;
        test_fail_allocation(nth, all_later);
        enum tlee_status status = tlee_model_open(small, NULL, &model, NULL);
        if (status == TLEE_OK)
            status = tlee_session_create(model, &settings, &session, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0, false);
        tlee_session_free(&session);
        tlee_model_close(&model);
        CHECK(test_live_blocks() == live, "allocation %zu: %zu blocks leak", nth,
              test_live_blocks() - live);
        if (!failed) {
            CHECK(status == TLEE_OK && nth > 20, "%zu allocations", nth);
            return;
        }
        CHECK(status == TLEE_ERR_NOMEM, "allocation %zu: %s", nth, tlee_status_name(status));
    }
}

static void session_allocates_nothing(void) {
    tlee_model *model = open_or_fail(small);
    tlee_session *session = NULL;
    struct tlee_session_options settings;
    struct tlee_result result;
    tlee_session_options_default(&settings);
    settings.threads = 3;
    CHECK(tlee_session_create(model, &settings, &session, NULL) == TLEE_OK, "create");
    size_t before = test_allocation_count();
    CHECK(recognise(session, 0, &result) && recognise(session, 1, &result), "run");
    CHECK(test_allocation_count() == before, "%zu allocations", test_allocation_count() - before);
    tlee_session_free(&session);
    tlee_model_close(&model);
}

static void modes(void) {
    static const struct {
        enum tlee_mode mode;
        enum tlee_gate gate;
        const char *gate_name;
        size_t exits, first_exit;
    } cases[] = {{TLEE_MODE_AS_MODEL, TLEE_GATE_AS_MODEL, "gm", 3, 0},
                 {TLEE_MODE_TS, TLEE_GATE_NONE, "none", 3, 0},
                 {TLEE_MODE_T, TLEE_GATE_RANDOM, "random", 1, 2},
                 {TLEE_MODE_FULL, TLEE_GATE_AS_MODEL, "none", 1, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tlee_model_options options;
        struct tlee_model_info info;
        struct tlee_exit_info exit;
        tlee_model *model = NULL;
        tlee_model_options_default(&options);
        options.mode = cases[i].mode;
        options.gate = cases[i].gate;
        CHECK(tlee_model_open(small, &options, &model, NULL) == TLEE_OK, "mode %zu", i);
        tlee_model_get_info(model, &info);
        CHECK(!strcmp(info.gate, cases[i].gate_name), "mode %zu: gate %s", i, info.gate);
        CHECK(tlee_model_exit_count(model) == cases[i].exits, "mode %zu", i);
        tlee_model_get_exit(model, 0, &exit);
        CHECK(exit.exit == cases[i].first_exit, "mode %zu: exit %zu", i, exit.exit);
        tlee_session *session = NULL;
        struct tlee_result result;
        CHECK(tlee_session_create(model, NULL, &session, NULL) == TLEE_OK, "mode %zu", i);
        CHECK(recognise(session, 3, &result), "mode %zu", i);
        if (cases[i].mode == TLEE_MODE_FULL) {
            CHECK(result.frame == info.frames - 1 && result.exit == 2, "full ends at the end");
            CHECK(result.macs == info.macs_full, "%llu", (unsigned long long)result.macs);
            CHECK(tlee_session_step_count(session) == info.frames, "one step a frame");
        }
        tlee_session_free(&session);
        tlee_model_close(&model);
    }
}

/* MACs of a run equal the sum of what info says of the exits it took. */
static void costs_add_up(void) {
    tlee_model *model = open_or_fail(small);
    tlee_session *session = NULL;
    struct tlee_result result;
    struct tlee_exit_info exits[3];
    struct tlee_model_info info;
    tlee_model_get_info(model, &info);
    for (size_t b = 0; b < 3; b++)
        tlee_model_get_exit(model, b, &exits[b]);
    uint64_t layers = 0, gate = 0;
    for (size_t i = 0; i < tlee_model_layer_count(model); i++) {
        struct tlee_layer_info layer;
        tlee_model_get_layer(model, i, &layer);
        layers += layer.macs;
        gate += strcmp(layer.part, "gate") ? 0 : layer.macs;
    }
    /* gm on D = 512: both arms of fc1, and fc2. */
    CHECK(gate == 2 * 32 * 512 + 64, "gate %llu", (unsigned long long)gate);
    CHECK(tlee_session_create(model, NULL, &session, NULL) == TLEE_OK, "create");
    CHECK(recognise(session, 0, &result), "run");
    uint64_t sum = 0;
    for (size_t i = 0; i < tlee_session_step_count(session); i++) {
        struct tlee_step step;
        tlee_session_get_step(session, i, &step);
        sum += exits[step.exit].macs - (step.exit ? exits[step.exit - 1].macs : 0);
        sum -= isnan(step.gate) ? gate : 0;
        CHECK(isnan(step.gate) == (step.frame == 0 || step.frame == info.frames - 1), "gate");
    }
    CHECK(sum == result.macs, "%llu of %llu", (unsigned long long)result.macs,
          (unsigned long long)sum);
    uint64_t head = (uint64_t)512 * CLASSES;
    CHECK(layers == exits[2].macs - 2 * (head + gate), "layers %llu", (unsigned long long)layers);
    tlee_session_free(&session);
    tlee_model_close(&model);
}

struct collected {
    struct tlee_result result;
    float logits[40][CLASSES];
    size_t steps;
    bool ok;
};

static void collect(const tlee_model *model, unsigned threads, struct collected *out) {
    tlee_session *session = NULL;
    struct tlee_session_options settings;
    tlee_session_options_default(&settings);
    settings.threads = threads;
    settings.gate_threshold = 1; /* so that many frames are seen */
    memset(out, 0, sizeof *out);
    if (tlee_session_create(model, &settings, &session, NULL) != TLEE_OK)
        return;
    out->ok = recognise(session, 0, &out->result);
    out->steps = tlee_session_step_count(session);
    for (size_t i = 0; i < out->steps && i < 40; i++) {
        struct tlee_step step;
        tlee_session_get_step(session, i, &step);
        memcpy(out->logits[i], step.logits, sizeof out->logits[i]);
    }
    tlee_session_free(&session);
}

static void threads_do_not_matter(void) {
    tlee_model *model = open_or_fail(small);
    struct collected one, other;
    collect(model, 1, &one);
    CHECK(one.ok && one.steps > 3, "%zu steps", one.steps);
    static const unsigned numbers[] = {1, 2, 3, 8};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        collect(model, numbers[i], &other);
        CHECK(other.ok && other.steps == one.steps &&
                  !memcmp(other.logits, one.logits, sizeof one.logits),
              "%u threads differ", numbers[i]);
    }
    tlee_model_close(&model);
}

struct job {
    const tlee_model *model;
    struct collected out;
};

static void *run_job(void *argument) {
    struct job *job = argument;
    collect(job->model, 2, &job->out);
    return NULL;
}

/* Sessions of one model in several threads at once. */
static void model_is_shared(void) {
    tlee_model *model = open_or_fail(small);
    static struct job jobs[3];
    pthread_t handles[3];
    for (size_t i = 0; i < 3; i++) {
        jobs[i].model = model;
        CHECK(!pthread_create(&handles[i], NULL, run_job, &jobs[i]), "thread");
    }
    for (size_t i = 0; i < 3; i++)
        pthread_join(handles[i], NULL);
    for (size_t i = 1; i < 3; i++)
        CHECK(jobs[i].out.ok &&
                  !memcmp(jobs[i].out.logits, jobs[0].out.logits, sizeof jobs[0].out.logits),
              "session %zu differs", i);
    tlee_model_close(&model);
}

static void short_video(void) {
    tlee_model *model = open_or_fail("random:resnet18,input=64,dataset=x,classes=5,first=1");
    tlee_session *session = NULL;
    struct tlee_result result;
    enum tlee_decision decision;
    static uint8_t rgb[3 * SIDE * SIDE];
    CHECK(tlee_session_create(model, NULL, &session, NULL) == TLEE_OK, "create");
    tlee_session_begin(session, 0);
    CHECK(tlee_session_push_rgb8(session, rgb, SIDE, SIDE, 3 * SIDE, &decision, NULL) == TLEE_OK &&
              decision == TLEE_NEXT_FRAME,
          "one frame");
    CHECK(tlee_session_finish(session, NULL) == TLEE_OK, "finish");
    CHECK(tlee_session_result(session, &result) == TLEE_OK && result.frame == 0, "its answer");
    CHECK(tlee_session_finish(session, NULL) == TLEE_OK, "finished already");
    tlee_session_begin(session, 1);
    CHECK(tlee_session_finish(session, NULL) == TLEE_ERR_ARG, "nothing seen of the next one");
    tlee_session_free(&session);
    tlee_model_close(&model);
}

/* Parts of the work by themselves. */
static void measuring(void) {
    tlee_model *model = open_or_fail(small);
    tlee_session *session = NULL;
    struct tlee_result result;
    enum tlee_decision decision;
    static float frame[3 * SIDE * SIDE], feature[512];
    uint64_t ns[128] = {0};
    size_t layers = tlee_model_layer_count(model), timed = 0, exits = tlee_model_exit_count(model);
    CHECK(layers <= 128 && tlee_model_feature_count(model) == 512, "%zu layers", layers);
    CHECK(tlee_session_create(model, NULL, &session, NULL) == TLEE_OK, "create");
    for (size_t i = 0; i < 3 * SIDE * SIDE; i++)
        frame[i] = (float)(i % 11) - 5;
    tlee_session_begin(session, 0);
    CHECK(tlee_session_backbone(session, frame, feature) == TLEE_OK, "backbone");
    float sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += feature[i] * feature[i];
    CHECK(isfinite(sum) && sum > 0, "the feature is %g", (double)sum);
    CHECK(tlee_session_push(session, frame, &decision, NULL) == TLEE_ERR_ARG, "a video goes on");
    CHECK(tlee_session_exit(session, frame, exits, ns) == TLEE_ERR_ARG, "no such exit");
    CHECK(tlee_session_exit(session, frame, 0, NULL) == TLEE_OK, "first exit");
    CHECK(tlee_session_exit(session, frame, exits - 1, ns) == TLEE_OK, "last exit");
    for (size_t i = 0; i < layers; i++)
        timed += ns[i] > 0;
    CHECK(timed > layers / 2, "%zu of %zu layers took time", timed, layers);
    CHECK(recognise(session, 0, &result), "a video after that");
    double peak = tlee_model_peak_gflops(model);
    CHECK(peak > 1e-4 && peak < 1e4, "a peak of %g", peak);
    tlee_session_free(&session);
    tlee_model_close(&model);
}

int main(void) {
    random_descriptions();
    misuse();
    failing_allocations(false);
    failing_allocations(true);
    session_allocates_nothing();
    modes();
    costs_add_up();
    threads_do_not_matter();
    model_is_shared();
    short_video();
    measuring();
    return test_summary();
}
