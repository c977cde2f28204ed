/* SPDX-License-Identifier: MIT */
/*
 * The main loop of TLEE, frame by frame (spec sections 5 and 6). A frame goes through the backbone
 * stage by stage; at each exit its feature is merged into the running one, scored, and the decision
 * taken. Going deeper costs nothing extra: the next stage continues on the map that lies there.
 */
#include "exit_steps.h"

#include "clock.h"
#include "denormals.h"
#include "preprocess.h"
#include "record.h"
#include "status.h"

#include <string.h>

void tlee_session_begin(tlee_session *session, uint64_t video_index) {
    session->state = TLEE_SESSION_RUNNING;
    session->video = video_index;
    session->t = 0;
    session->step_count = 0;
    session->macs = 0;
    memset(session->ended, 0, sizeof session->ended);
    session->ns = 0;
    if (session->recording)
        tlee_record_begin(session);
}

/* The gate's word, for what it costs. */
static enum tlee_status ask_gate(struct tlee_session *session, size_t index, size_t b, float *gate,
                                 struct tlee_error *error) {
    if (session->model->config.gate == TLEE_GATE_KIND_RANDOM) {
        *gate = tlee_coin(session->seed, session->video, session->t, b);
        return TLEE_OK;
    }
    session->macs += session->model->costs[index].gate;
    return tlee_exit_ask_gate(session, b, gate, error);
}

static enum tlee_status evaluate_exit(struct tlee_session *session, size_t index,
                                      enum tlee_verdict *verdict, struct tlee_error *error) {
    const struct tlee_exit_cost *cost = &session->model->costs[index];
    size_t b = tlee_model_exit_number(session->model, index), top1 = 0;
    float confidence = 0;
    tlee_exit_run_stage(session, index);
    tlee_exit_run_feature(session, index);
    tlee_exit_score(session);
    session->macs += cost->stage + cost->branch + cost->head;
    enum tlee_status status =
        tlee_exit_judge(session, b, session->policy.at.temperature[b], &top1, &confidence, error);
    if (status != TLEE_OK)
        return status;
    struct tlee_step *step = tlee_exit_note(session, b, top1, confidence);
    if (tlee_gate_is_asked(&session->policy, session->t))
        status = ask_gate(session, index, b, &step->gate, error);
    if (status != TLEE_OK)
        return status;
    *verdict = tlee_decide(&session->policy, session->t, b, confidence, step->gate);
    tlee_exit_carry(session);
    uint64_t now = tlee_clock_ns();
    step->ns = now - session->mark;
    session->ns += step->ns;
    session->mark = now;
    return TLEE_OK;
}

/* From exit to exit until the frame is clear, or has no more of them. */
static enum tlee_status recognise_frame(struct tlee_session *session, bool *answered,
                                        struct tlee_error *error) {
    enum tlee_verdict verdict = TLEE_GO_DEEPER;
    size_t index = 0;
    for (;; index++) {
        enum tlee_status status = evaluate_exit(session, index, &verdict, error);
        if (status != TLEE_OK)
            return status;
        if (verdict != TLEE_GO_DEEPER || index + 1 == session->model->network.exits)
            break;
    }
    session->ended[index]++;
    session->t++;
    *answered = verdict == TLEE_ANSWER;
    return TLEE_OK;
}

/* The frame that lies in network->input. */
static enum tlee_status take_frame(struct tlee_session *session, enum tlee_decision *decision,
                                   struct tlee_error *error) {
    enum tlee_status status;
    bool answered = false;
    tlee_exit_show_input(session);
    if (session->recording) {
        status = tlee_record_frame(session, error);
        answered = session->t == session->policy.frames;
    } else {
        status = recognise_frame(session, &answered, error);
    }
    session->state = status != TLEE_OK ? TLEE_SESSION_IDLE
                     : answered        ? TLEE_SESSION_DECIDED
                                       : TLEE_SESSION_RUNNING;
    *decision = answered ? TLEE_FINISHED : TLEE_NEXT_FRAME;
    return status;
}

static enum tlee_status begin_push(struct tlee_session *session, const void *pixels,
                                   const void *decision, struct tlee_error *error) {
    if (!session || !pixels || !decision)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    if (session->state != TLEE_SESSION_RUNNING)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "no video is under way");
    session->mark = tlee_clock_ns();
    return TLEE_OK;
}

static enum tlee_status push(struct tlee_session *session, const float *frame,
                             enum tlee_decision *decision, struct tlee_error *error) {
    enum tlee_status status = begin_push(session, frame, decision, error);
    if (status != TLEE_OK)
        return status;
    tlee_value_id input = session->model->network.input;
    memcpy(tlee_run_value(&session->run, input), frame,
           session->run.graph->values[input].count * sizeof *frame);
    return take_frame(session, decision, error);
}

static enum tlee_status push_rgb8(struct tlee_session *session, const uint8_t *rgb, size_t width,
                                  size_t height, size_t row_bytes, enum tlee_decision *decision,
                                  struct tlee_error *error) {
    enum tlee_status status = begin_push(session, rgb, decision, error);
    if (status != TLEE_OK)
        return status;
    struct tlee_resize resize;
    status = tlee_preprocess_plan(&session->model->config, width, height, &resize, error);
    if (status != TLEE_OK)
        return status;
    if (row_bytes < 3 * width)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "rows of %zu bytes do not hold %zu pixels",
                         row_bytes, width);
    tlee_run_resize(&session->run.machine, &resize, rgb, row_bytes,
                    tlee_run_value(&session->run, session->model->network.input));
    return take_frame(session, decision, error);
}

enum tlee_status tlee_session_push(tlee_session *session, const float *frame,
                                   enum tlee_decision *decision, struct tlee_error *error) {
    uint64_t before = tlee_denormals_flush();
    enum tlee_status status = push(session, frame, decision, error);
    tlee_denormals_restore(before);
    return status;
}

enum tlee_status tlee_session_push_rgb8(tlee_session *session, const uint8_t *rgb, size_t width,
                                        size_t height, size_t row_bytes,
                                        enum tlee_decision *decision, struct tlee_error *error) {
    uint64_t before = tlee_denormals_flush();
    enum tlee_status status = push_rgb8(session, rgb, width, height, row_bytes, decision, error);
    tlee_denormals_restore(before);
    return status;
}

enum tlee_status tlee_session_finish(tlee_session *session, struct tlee_error *error) {
    if (session && session->state == TLEE_SESSION_DECIDED)
        return TLEE_OK;
    if (!session || session->state != TLEE_SESSION_RUNNING || !session->step_count)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "no frame was seen");
    session->state = TLEE_SESSION_DECIDED;
    return TLEE_OK;
}
