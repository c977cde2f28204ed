/* SPDX-License-Identifier: MIT */
/* Replayed decisions are executed ones, bit for bit: reuse functions, gates, numbers of branches,
 * modes, thresholds and temperatures, many of which lie exactly on what was recorded. */
#include "narrow_model.h"
#include "test.h"
#include "tlee_replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 64,
    FRAMES = 8,
    PIXELS = 3 * SIDE * SIDE,
    STEPS = FRAMES * TLEE_EXITS_MAX
};

static float frames[FRAMES][PIXELS];
static uint64_t random_state = 1;

static size_t pick(size_t below) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(random_state >> 33) % below;
}

static bool is_quick(void) {
    const char *quick = getenv("TLEE_QUICK");
    return quick && *quick;
}

/* A file's bytes in place of a name. */
struct source {
    const char *name;
    const struct narrow_model *narrow;
};

static tlee_model *open_source(const struct source *source, enum tlee_mode mode,
                               enum tlee_gate gate) {
    struct tlee_model_options options;
    struct tlee_error error = {.message = ""};
    tlee_model *model = NULL;
    tlee_model_options_default(&options);
    options.mode = mode;
    options.gate = gate;
    enum tlee_status status =
        source->narrow
            ? tlee_model_open_memory(source->narrow->writer.file.bytes,
                                     source->narrow->writer.file.used, &options, &model, &error)
            : tlee_model_open(source->name, &options, &model, &error);
    CHECK(status == TLEE_OK, "%s: %s", source->name, error.message);
    return model;
}

/* Pushes at most `count` frames of video `seed`. */
static bool push(tlee_session *session, size_t count, uint64_t seed) {
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    tlee_session_begin(session, seed);
    for (size_t t = 0; decision != TLEE_FINISHED && t < count; t++)
        if (tlee_session_push(session, frames[(t * (seed % 3 + 1) + seed) % FRAMES], &decision,
                              NULL) != TLEE_OK)
            return CHECK(false, "frame %zu", t);
    return tlee_session_finish(session, NULL) == TLEE_OK;
}

/* What was recorded, to choose thresholds from. */
struct values {
    float confidence[STEPS], gate[STEPS];
    size_t count, gates;
};

static void collect(const tlee_session *session, struct values *values) {
    values->count = tlee_session_step_count(session);
    values->gates = 0;
    for (size_t i = 0; i < values->count; i++) {
        struct tlee_step step;
        tlee_session_get_step(session, i, &step);
        values->confidence[i] = step.confidence;
        if (!isnan(step.gate))
            values->gate[values->gates++] = step.gate;
    }
}

/* 0, 1, a value that occurs, one close to it, or any. */
static double threshold(const float *values, size_t count) {
    size_t kind = pick(8);
    double any = (double)pick(1000) / 999;
    double value = count ? (double)values[pick(count)] : any;
    return kind == 0 ? 0 : kind == 1 ? 1 : kind == 2 ? any : kind < 6 ? value : value * 0.98;
}

static void choose(struct tlee_replay_settings *settings, const struct values *values) {
    struct tlee_thresholds *at = &settings->thresholds;
    bool each = pick(2), warm = !pick(4);
    tlee_replay_settings_default(settings);
    if (!pick(10))
        return; /* the model's */
    settings->seed = pick(3);
    for (size_t b = 0; b < TLEE_EXITS_MAX; b++) {
        bool same = b > 0 && !each;
        at->first[b] = same ? at->first[0] : threshold(values->confidence, values->count);
        at->exit[b] = same ? at->exit[0] : threshold(values->confidence, values->count);
        at->gate[b] = same ? at->gate[0] : threshold(values->gate, values->gates);
        at->temperature[b] = warm ? 0.5 + (double)pick(8) / 4 : 1;
    }
}

static bool same_float(float a, float b) {
    return (isnan(a) && isnan(b)) || a == b;
}

static bool same_double(double a, double b) {
    return (isnan(a) && isnan(b)) || a == b;
}

/* The session has just run the video with the same settings. */
static bool compare(const tlee_replay *replay, const struct tlee_result *replayed,
                    const tlee_session *session) {
    struct tlee_result executed;
    struct tlee_step a, b;
    size_t count = tlee_session_step_count(session);
    tlee_session_result(session, &executed);
    bool same = tlee_replay_step_count(replay) == count && executed.label == replayed->label &&
                executed.confidence == replayed->confidence && executed.frame == replayed->frame &&
                executed.exit == replayed->exit && executed.macs == replayed->macs &&
                same_double(executed.paper_gmac, replayed->paper_gmac);
    uint64_t ns = 0;
    for (size_t i = 0; same && i < count; i++) {
        tlee_session_get_step(session, i, &a);
        tlee_replay_get_step(replay, i, &b);
        same = a.frame == b.frame && a.exit == b.exit && a.top1 == b.top1 &&
               a.confidence == b.confidence && same_float(a.gate, b.gate);
        ns += b.ns;
    }
    return same && ns == replayed->ns && ns > 0;
}

/* One model as it is executed, and how it is replayed. */
struct way {
    enum tlee_mode mode;
    enum tlee_gate gate;
    tlee_model *model;
};

/* Settings after settings on one recording, each executed on a model opened for it as well. */
static void compare_many(const struct source *source, const struct way *way,
                         struct tlee_recording *recording, tlee_replay *replay,
                         tlee_session *scratch, const struct values *values, size_t count) {
    size_t differ = 0;
    for (size_t i = 0; i < count; i++) {
        struct tlee_session_options options;
        struct tlee_replay_settings settings;
        struct tlee_result result;
        struct tlee_error error = {.message = ""};
        tlee_session *session = NULL;
        choose(&settings, values);
        settings.mode = way->mode;
        settings.gate = way->gate;
        tlee_session_options_default(&options);
        options.thresholds = settings.thresholds;
        options.seed = settings.seed;
        bool ran = tlee_session_create(way->model, &options, &session, NULL) == TLEE_OK &&
                   push(session, recording->frames, recording->video);
        enum tlee_status status = tlee_replay_run(replay, scratch, &settings, &result, &error);
        CHECK(ran && status == TLEE_OK, "%s: %s", source->name, error.message);
        differ += !ran || status != TLEE_OK || !compare(replay, &result, session);
        tlee_session_free(&session);
    }
    CHECK(!differ, "%s, mode %d, gate %d: %zu of %zu differ", source->name, way->mode, way->gate,
          differ, count);
    test_passed(count - differ);
}

static void test_model(const struct source *source, size_t settings) {
    struct way ways[] = {{TLEE_MODE_AS_MODEL, TLEE_GATE_AS_MODEL, NULL},
                         {TLEE_MODE_AS_MODEL, TLEE_GATE_NONE, NULL},
                         {TLEE_MODE_AS_MODEL, TLEE_GATE_RANDOM, NULL},
                         {TLEE_MODE_T, TLEE_GATE_AS_MODEL, NULL},
                         {TLEE_MODE_FULL, TLEE_GATE_AS_MODEL, NULL}};
    struct tlee_recording *recording = NULL;
    tlee_session *recorder = NULL, *scratch = NULL;
    tlee_replay *replay = NULL;
    struct tlee_error error = {.message = ""};
    struct values values;
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
        ways[w].model = open_source(source, ways[w].mode, ways[w].gate);
    bool ok = CHECK(tlee_session_create(ways[0].model, NULL, &recorder, &error) == TLEE_OK &&
                        tlee_session_create(ways[0].model, NULL, &scratch, &error) == TLEE_OK &&
                        tlee_recording_create(ways[0].model, &recording, &error) == TLEE_OK &&
                        tlee_session_record(recorder, recording, &error) == TLEE_OK,
                    "%s", error.message);
    for (uint64_t video = 0; ok && video < 3; video++) {
        /* The last one ends too soon, as a stream may; the one before has next to no memory. */
        ok = CHECK(push(recorder, video == 2 ? 3 : FRAMES, video), "recording");
        ok = ok && CHECK(tlee_replay_create(recording, video == 1 ? 0 : 1 << 20, &replay, &error) ==
                             TLEE_OK,
                         "%s", error.message);
        if (!ok)
            break;
        collect(recorder, &values);
        CHECK(values.count == recording->frames * recording->exits, "%zu steps", values.count);
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
            compare_many(source, &ways[w], recording, replay, scratch, &values, settings);
        tlee_replay_free(&replay);
    }
    tlee_recording_free(&recording);
    tlee_session_free(&scratch);
    tlee_session_free(&recorder);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
        tlee_model_close(&ways[w].model);
}

/* ---- What is refused ---- */

static void test_refusals(void) {
    const struct source source = {
        "random:resnet18,input=64,dataset=hmdb51,classes=5,frames=8,mode=t", NULL};
    tlee_model *model = open_source(&source, TLEE_MODE_AS_MODEL, TLEE_GATE_AS_MODEL);
    tlee_model *other = open_source(&source, TLEE_MODE_FULL, TLEE_GATE_AS_MODEL);
    tlee_session *session = NULL, *foreign = NULL;
    struct tlee_recording *recording = NULL;
    tlee_replay *replay = NULL;
    struct tlee_replay_settings settings;
    struct tlee_result result;
    CHECK(tlee_session_create(model, NULL, &session, NULL) == TLEE_OK, "session");
    CHECK(tlee_session_create(other, NULL, &foreign, NULL) == TLEE_OK, "session");
    CHECK(tlee_recording_create(model, &recording, NULL) == TLEE_OK, "recording");
    CHECK(tlee_session_record(foreign, recording, NULL) == TLEE_ERR_ARG, "of another model");
    CHECK(tlee_session_record(session, recording, NULL) == TLEE_OK, "of this model");
    CHECK(tlee_replay_create(recording, 0, &replay, NULL) == TLEE_ERR_ARG && !replay, "empty");
    CHECK(push(session, FRAMES, 0), "recording");
    CHECK(tlee_replay_create(recording, 0, &replay, NULL) == TLEE_OK, "replay");
    tlee_replay_settings_default(&settings);
    CHECK(tlee_replay_run(replay, foreign, &settings, &result, NULL) == TLEE_ERR_ARG, "session");
    settings.mode = TLEE_MODE_TS;
    CHECK(tlee_replay_run(replay, session, &settings, &result, NULL) == TLEE_ERR_UNSUPPORTED, "ts");
    settings.mode = (enum tlee_mode)7;
    CHECK(tlee_replay_run(replay, session, &settings, &result, NULL) == TLEE_ERR_ARG, "mode 7");
    tlee_replay_settings_default(&settings);
    settings.size--;
    CHECK(tlee_replay_run(replay, session, &settings, &result, NULL) == TLEE_ERR_ARG, "size");
    tlee_replay_settings_default(&settings);
    settings.thresholds.temperature[1] = -1;
    CHECK(tlee_replay_run(replay, session, &settings, &result, NULL) == TLEE_ERR_ARG, "below 0");
    settings.thresholds.temperature[1] = 1;
    recording->features[recording->feature * 2] = INFINITY;
    settings.mode = TLEE_MODE_FULL;
    CHECK(tlee_replay_run(replay, session, &settings, &result, NULL) == TLEE_ERR_NUMERIC, "inf");
    CHECK(tlee_replay_step_count(replay) == 0, "steps of a failed run");
    /* A session that no longer records recognises again. */
    CHECK(tlee_session_record(session, NULL, NULL) == TLEE_OK, "ends");
    CHECK(push(session, FRAMES, 0) && tlee_session_step_count(session) <= FRAMES, "recognises");
    tlee_replay_free(&replay);
    tlee_recording_free(&recording);
    tlee_recording_free(&recording);
    tlee_session_free(&foreign);
    tlee_session_free(&session);
    tlee_model_close(&other);
    tlee_model_close(&model);
}

int main(void) {
    static const struct source sources[] = {
#define SMALL "input=64,dataset=hmdb51,classes=5,frames=8,seed=3"
        {"random:resnet18," SMALL, NULL},
        {"random:resnet18,reuse=ap,gate=eg,branches=3," SMALL, NULL},
        {"random:resnet18,reuse=ema,gate=eg,branches=1," SMALL, NULL},
        {"random:resnet18,reuse=none,branches=3," SMALL, NULL},
        {"random:resnet18,reuse=frm,gate=random,branches=1," SMALL, NULL},
        {"random:resnet18,branches=0," SMALL, NULL},
        {"random:resnet18,mode=t,gate=eg," SMALL, NULL},
        {"random:mobilenetv2,reuse=ap,branches=3,crm=1," SMALL, NULL},
        {"random:efficientnetb3,branches=1," SMALL, NULL},
    };
    for (size_t i = 0; i < FRAMES * PIXELS; i++)
        frames[i / PIXELS][i % PIXELS] =
            (float)((i * 37 + i / 97 * 11 + i / PIXELS * i % 13) % 512) / 128 - 2;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i += is_quick() ? 4 : 1)
        test_model(&sources[i], is_quick() ? 2 : 12);
    for (int eg = 0; eg < 2; eg++) {
        struct narrow_model narrow;
        narrow_model_make(&narrow, eg, eg);
        test_model(&(struct source){"narrow ucf101", &narrow}, is_quick() ? 5 : 60);
        writer_free(&narrow.writer);
    }
    test_refusals();
    return test_summary();
}
