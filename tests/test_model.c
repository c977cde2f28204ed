/* SPDX-License-Identifier: MIT */
/* The public interface: options, modes, misuse, allocation failures. */
#include "small_model.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    tlee_model *model = small_model_open("random:resnet18,seed=18446744073709551615,input=64");
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
    CHECK(tlee_model_open(SMALL_MODEL, &options, &model, &error) == TLEE_ERR_ARG, "size");
    tlee_model_options_default(&options);
    options.cpu = 1 << 20;
    CHECK(tlee_model_open(SMALL_MODEL, &options, &model, &error) == TLEE_ERR_UNSUPPORTED, "cpu");
    options.cpu = TLEE_CPU_C;
    options.mode = (enum tlee_mode)9;
    CHECK(tlee_model_open(SMALL_MODEL, &options, &model, &error) == TLEE_ERR_ARG, "mode");
    model = (tlee_model *)&error;
    CHECK(tlee_model_open(NULL, NULL, &model, &error) == TLEE_ERR_ARG && !model, "NULL");
    CHECK(tlee_model_open(SMALL_MODEL, NULL, NULL, &error) == TLEE_ERR_ARG, "NULL");
    model = small_model_open(SMALL_MODEL);
    struct tlee_session_options settings;
    tlee_session *session = NULL;
    tlee_session_options_default(&settings);
    settings.threads = 0;
    CHECK(tlee_session_create(model, &settings, &session, &error) == TLEE_ERR_ARG, "threads");
    settings.threads = 1;
    settings.thresholds.first[0] = 1.5;
    CHECK(tlee_session_create(model, &settings, &session, &error) == TLEE_ERR_ARG, "threshold");
    CHECK(tlee_session_create(model, NULL, &session, &error) == TLEE_OK, "%s", error.message);
    static float frame[3 * SMALL_SIDE * SMALL_SIDE];
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
    float scores[SMALL_CLASSES + 1];
    CHECK(small_model_recognise(session, 0, &result), "a new video runs");
    CHECK(tlee_session_probabilities(session, scores, SMALL_CLASSES + 1) == TLEE_ERR_SHAPE,
          "classes");
    CHECK(tlee_session_probabilities(session, scores, SMALL_CLASSES) == TLEE_OK, "scores");
    float sum = 0;
    for (size_t i = 0; i < SMALL_CLASSES; i++)
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
        enum tlee_status status = tlee_model_open(SMALL_MODEL, NULL, &model, NULL);
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
    tlee_model *model = small_model_open(SMALL_MODEL);
    tlee_session *session = NULL;
    struct tlee_session_options settings;
    struct tlee_result result;
    tlee_session_options_default(&settings);
    settings.threads = 3;
    CHECK(tlee_session_create(model, &settings, &session, NULL) == TLEE_OK, "create");
    size_t before = test_allocation_count();
    CHECK(small_model_recognise(session, 0, &result) && small_model_recognise(session, 1, &result),
          "run");
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
        CHECK(tlee_model_open(SMALL_MODEL, &options, &model, NULL) == TLEE_OK, "mode %zu", i);
        tlee_model_get_info(model, &info);
        CHECK(!strcmp(info.gate, cases[i].gate_name), "mode %zu: gate %s", i, info.gate);
        CHECK(tlee_model_exit_count(model) == cases[i].exits, "mode %zu", i);
        tlee_model_get_exit(model, 0, &exit);
        CHECK(exit.exit == cases[i].first_exit, "mode %zu: exit %zu", i, exit.exit);
        tlee_session *session = NULL;
        struct tlee_result result;
        CHECK(tlee_session_create(model, NULL, &session, NULL) == TLEE_OK, "mode %zu", i);
        CHECK(small_model_recognise(session, 3, &result), "mode %zu", i);
        if (cases[i].mode == TLEE_MODE_FULL) {
            CHECK(result.frame == info.frames - 1 && result.exit == 2, "full ends at the end");
            CHECK(result.macs == info.macs_full, "%llu", (unsigned long long)result.macs);
            CHECK(tlee_session_step_count(session) == info.frames, "one step a frame");
        }
        tlee_session_free(&session);
        tlee_model_close(&model);
    }
}

int main(void) {
    random_descriptions();
    misuse();
    failing_allocations(false);
    failing_allocations(true);
    session_allocates_nothing();
    modes();
    return test_summary();
}
