/* SPDX-License-Identifier: MIT */
/* The public interface: costs, threads, sessions that share a model, parts of the work alone. */
#include "small_model.h"
#include "test.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

/* MACs of a run equal the sum of what info says of the exits it took. */
static void costs_add_up(void) {
    tlee_model *model = small_model_open(SMALL_MODEL);
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
    CHECK(small_model_recognise(session, 0, &result), "run");
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
    uint64_t head = (uint64_t)512 * SMALL_CLASSES;
    CHECK(layers == exits[2].macs - 2 * (head + gate), "layers %llu", (unsigned long long)layers);
    tlee_session_free(&session);
    tlee_model_close(&model);
}

/* What info says of a layer's window, groups and bias gives its size and cost by the formulas, with
 * every op by itself and with ops in each other alike. */
static void layers_follow_the_formulas(const char *name, int fold, size_t *convolutions) {
    tlee_model *model = NULL;
    struct tlee_model_options options;
    tlee_model_options_default(&options);
    options.fold = fold;
    options.exact = 1;
    CHECK(tlee_model_open(name, &options, &model, NULL) == TLEE_OK, "%s", name);
    for (size_t i = 0; model && i < tlee_model_layer_count(model); i++) {
        struct tlee_layer_info layer;
        tlee_model_get_layer(model, i, &layer);
        for (size_t axis = 0; axis < 2 && layer.kernel[0]; axis++) {
            size_t room = layer.input[1 + axis] + 2 * layer.padding[axis] - layer.kernel[axis];
            CHECK(layer.output[1 + axis] == room / layer.stride[axis] + 1, "%s: axis %zu",
                  layer.name, axis);
        }
        size_t weights = layer.output[0];
        if (layer.groups)
            weights *= layer.input[0] / layer.groups * layer.kernel[0] * layer.kernel[1];
        else
            weights *= layer.input[0] * layer.input[1] * layer.input[2];
        *convolutions += layer.groups > 0;
        CHECK(layer.groups || strncmp(layer.op, "conv2d", 6) != 0, "%s", layer.name);
        CHECK(!layer.macs || layer.macs == weights * layer.output[1] * layer.output[2], "%s",
              layer.name);
        size_t learned = weights + (layer.bias ? layer.output[0] : 0);
        CHECK(fold || !layer.macs || !layer.parameters || layer.parameters == learned, "%s: %llu",
              layer.name, (unsigned long long)layer.parameters);
        CHECK(strcmp(layer.op, "batch_norm") != 0 || layer.bias, "%s", layer.name);
    }
    tlee_model_close(&model);
}

static void layers(void) {
    static const char *const names[] = {SMALL_MODEL,
                                        "random:mobilenetv2,input=64,dataset=ucf101,gate=eg",
                                        "random:efficientnetb3,input=64,dataset=hmdb51,classes=5"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t apart = 0, folded = 0;
        layers_follow_the_formulas(names[i], 0, &apart);
        layers_follow_the_formulas(names[i], 1, &folded);
        CHECK(apart == folded && apart > 20, "%s: %zu and %zu convolutions", names[i], apart,
              folded);
    }
}

struct collected {
    struct tlee_result result;
    float logits[40][SMALL_CLASSES];
    size_t steps;
    bool ok;
};

static void collect(const tlee_model *model, unsigned threads, struct collected *out) {
    tlee_session *session = NULL;
    struct tlee_session_options settings;
    tlee_session_options_default(&settings);
    settings.threads = threads;
    tlee_thresholds_fill(settings.thresholds.gate, 1); /* so that many frames are seen */
    memset(out, 0, sizeof *out);
    if (tlee_session_create(model, &settings, &session, NULL) != TLEE_OK)
        return;
    out->ok = small_model_recognise(session, 0, &out->result);
    out->steps = tlee_session_step_count(session);
    for (size_t i = 0; i < out->steps && i < 40; i++) {
        struct tlee_step step;
        tlee_session_get_step(session, i, &step);
        memcpy(out->logits[i], step.logits, sizeof out->logits[i]);
    }
    tlee_session_free(&session);
}

static void threads_do_not_matter(void) {
    tlee_model *model = small_model_open(SMALL_MODEL);
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
    tlee_model *model = small_model_open(SMALL_MODEL);
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
    tlee_model *model = small_model_open("random:resnet18,input=64,dataset=x,classes=5,first=1");
    tlee_session *session = NULL;
    struct tlee_result result;
    enum tlee_decision decision;
    static uint8_t rgb[3 * SMALL_SIDE * SMALL_SIDE];
    CHECK(tlee_session_create(model, NULL, &session, NULL) == TLEE_OK, "create");
    tlee_session_begin(session, 0);
    CHECK(tlee_session_push_rgb8(session, rgb, SMALL_SIDE, SMALL_SIDE, 3 * SMALL_SIDE, &decision,
                                 NULL) == TLEE_OK &&
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
    tlee_model *model = small_model_open(SMALL_MODEL);
    tlee_session *session = NULL;
    struct tlee_result result;
    enum tlee_decision decision;
    static float frame[3 * SMALL_SIDE * SMALL_SIDE], feature[512];
    uint64_t ns[128] = {0};
    size_t layers = tlee_model_layer_count(model), timed = 0, exits = tlee_model_exit_count(model);
    CHECK(layers <= 128 && tlee_model_feature_count(model) == 512, "%zu layers", layers);
    CHECK(tlee_session_create(model, NULL, &session, NULL) == TLEE_OK, "create");
    for (size_t i = 0; i < 3 * SMALL_SIDE * SMALL_SIDE; i++)
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
    CHECK(small_model_recognise(session, 0, &result), "a video after that");
    double peak = tlee_model_peak_gflops(model);
    CHECK(peak > 1e-4 && peak < 1e4, "a peak of %g", peak);
    tlee_session_free(&session);
    tlee_model_close(&model);
}

int main(void) {
    costs_add_up();
    layers();
    threads_do_not_matter();
    model_is_shared();
    short_video();
    measuring();
    return test_summary();
}
