/* SPDX-License-Identifier: MIT */
#include "record.h"

#include "clock.h"
#include "exit_steps.h"
#include "status.h"

#include <math.h>
#include <string.h>

/* ---- The memory ---- */

/* The arrays of a recording at `recording`, or their room when the arena only measures. */
static void lay_out(struct tlee_recording *recording, struct tlee_arena *arena) {
    size_t steps = 0, features = 0, scores = 0;
    if (!tlee_size_mul(recording->most_frames, recording->exits, &steps) ||
        !tlee_size_mul(steps, recording->feature, &features) ||
        !tlee_size_mul(steps, recording->classes, &scores))
        arena->overflow = true;
    recording->features = tlee_arena_take(arena, features, sizeof *recording->features);
    recording->scores = tlee_arena_take(arena, scores, sizeof *recording->scores);
    recording->input_ns =
        tlee_arena_take(arena, recording->most_frames, sizeof *recording->input_ns);
    recording->times = tlee_arena_take(arena, steps, sizeof *recording->times);
}

/* A recording and where its arrays lie. */
struct owned {
    struct tlee_recording recording; /* first: what the caller sees */
    void *block;
    struct tlee_arena arena;
};

enum tlee_status tlee_recording_create(const tlee_model *model, struct tlee_recording **out,
                                       struct tlee_error *error) {
    if (out)
        *out = NULL;
    if (!model || !out)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    struct owned *owned = tlee_alloc(&model->allocator, sizeof *owned);
    if (!owned)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for a recording");
    struct tlee_recording *recording = &owned->recording;
    struct tlee_arena measuring = tlee_arena_measuring();
    recording->model = model;
    recording->most_frames = model->config.frames;
    recording->exits = model->network.exits;
    recording->feature = model->network.graph.values[model->network.z].count;
    recording->classes = model->config.classes;
    lay_out(recording, &measuring);
    if (!measuring.overflow)
        owned->block = tlee_alloc_aligned(&model->allocator, measuring.used);
    if (!owned->block) {
        tlee_free(&model->allocator, owned);
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for a recording");
    }
    memset(owned->block, 0, measuring.used); /* of frames that are never there it is not garbage */
    owned->arena = tlee_arena_over(owned->block, measuring.used);
    lay_out(recording, &owned->arena);
    *out = recording;
    return TLEE_OK;
}

void tlee_recording_free(struct tlee_recording **recording) {
    if (!recording || !*recording)
        return;
    struct owned *owned = (struct owned *)(void *)*recording;
    struct tlee_allocator allocator = owned->recording.model->allocator;
    tlee_arena_close(&owned->arena);
    tlee_free_aligned(&allocator, owned->block);
    tlee_free(&allocator, owned);
    *recording = NULL;
}

enum tlee_status tlee_session_record(tlee_session *session, struct tlee_recording *recording,
                                     struct tlee_error *error) {
    if (recording && recording->model != session->model)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "the recording is of another model");
    session->recording = recording;
    session->state = TLEE_SESSION_IDLE;
    return TLEE_OK;
}

/* ---- The work ---- */

void tlee_record_begin(struct tlee_session *session) {
    session->recording->video = session->video;
    session->recording->frames = 0;
}

/* Nanoseconds since this was asked last. */
static uint64_t lap(struct tlee_session *session) {
    uint64_t now = tlee_clock_ns(), ns = now - session->mark;
    session->mark = now;
    session->ns += ns;
    return ns;
}

/* Asks the model's gate, where a frame like this one has one that is asked. */
static enum tlee_status ask_gate(struct tlee_session *session, size_t b, struct tlee_step *step,
                                 struct tlee_error *error) {
    bool middle = session->t > 0 && session->t < session->policy.frames - 1;
    if (!middle || session->model->network.gate_out == TLEE_NO_VALUE)
        return TLEE_OK;
    return tlee_exit_ask_gate(session, b, &step->gate, error);
}

static enum tlee_status record_exit(struct tlee_session *session, size_t index,
                                    struct tlee_error *error) {
    const struct tlee_recording *recording = session->recording;
    const struct tlee_network *network = &session->model->network;
    size_t b = tlee_model_exit_number(session->model, index), top1 = 0;
    size_t place = session->t * recording->exits + index;
    struct tlee_exit_times *times = &recording->times[place];
    float confidence = 0;
    tlee_exit_run_stage(session, index);
    times->stage = lap(session);
    tlee_exit_run_feature(session, index);
    times->feature = lap(session);
    memcpy(recording->features + place * recording->feature,
           tlee_run_value(&session->run, network->z),
           recording->feature * sizeof *recording->features);
    session->mark = tlee_clock_ns();
    tlee_exit_score(session);
    enum tlee_status status =
        tlee_exit_judge(session, b, session->policy.at.temperature[b], &top1, &confidence, error);
    if (status != TLEE_OK)
        return status;
    struct tlee_step *step = tlee_exit_note(session, b, top1, confidence);
    memcpy(recording->scores + place * recording->classes, step->logits,
           recording->classes * sizeof *recording->scores);
    times->score = lap(session);
    status = ask_gate(session, b, step, error);
    times->gate = isnan(step->gate) ? 0 : lap(session);
    tlee_exit_carry(session);
    step->ns = times->stage + times->feature + times->score + times->gate;
    return status;
}

enum tlee_status tlee_record_frame(struct tlee_session *session, struct tlee_error *error) {
    struct tlee_recording *recording = session->recording;
    const struct tlee_exit_cost *costs = session->model->costs;
    enum tlee_status status = TLEE_OK;
    recording->input_ns[session->t] = lap(session);
    for (size_t index = 0; index < recording->exits && status == TLEE_OK; index++) {
        status = record_exit(session, index, error);
        session->macs += costs[index].stage + costs[index].branch + costs[index].head;
    }
    if (status != TLEE_OK)
        return status;
    session->ended[recording->exits - 1]++;
    recording->frames = ++session->t;
    return TLEE_OK;
}
