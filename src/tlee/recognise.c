/* SPDX-License-Identifier: MIT */
/*
 * The main loop of TLEE, frame by frame (spec sections 5 and 6). A frame goes through the backbone
 * stage by stage; at each exit its feature is merged into the running one, scored, and the decision
 * taken. Going deeper costs nothing extra: the next stage continues on the map that lies there.
 */
#include "session.h"

#include "clock.h"
#include "denormals.h"
#include "preprocess.h"
#include "status.h"

#include <math.h>
#include <string.h>

void tlee_session_begin(tlee_session *session, uint64_t video_index) {
    session->state = TLEE_SESSION_RUNNING;
    session->video = video_index;
    session->t = 0;
    session->step_count = 0;
    session->macs = 0;
    memset(session->ended, 0, sizeof session->ended);
    session->ns = 0;
}

static const float *value(const struct tlee_session *session, tlee_value_id id) {
    return tlee_run_value(&session->run, id);
}

static void show_feature(const struct tlee_session *session) {
    const struct tlee_run *run = &session->run;
    tlee_value_id z = session->model->network.z;
    if (run->observer)
        run->observer(run->observer_cookie, "exit", "feature", "feature", value(session, z),
                      run->graph->values[z].count, 1, 1);
}

/* Backbone up to the exit, and what the exit makes of it: the D0 vector in network->raw, or the
 * feature in network->z at once. */
static void run_to_exit(struct tlee_session *session, size_t index) {
    const struct tlee_network *network = &session->model->network;
    const struct tlee_exit_cost *cost = &session->model->costs[index];
    tlee_run_part(&session->run, &network->stage[index]);
    if (index + 1 < network->exits)
        tlee_run_part(&session->run, &network->branch[index]);
    session->macs += cost->stage + cost->branch;
}

/* From there to the running feature and its scores. */
static void score(struct tlee_session *session, size_t index) {
    const struct tlee_network *network = &session->model->network;
    if (!network->makes_feature[index])
        tlee_run_part(&session->run, &network->feature);
    if (session->t > 0)
        tlee_run_part(&session->run, &network->reuse);
    show_feature(session);
    tlee_run_part(&session->run, &network->classifier);
    session->macs += session->model->costs[index].head;
}

/* Index of the largest; ties go to the lowest. */
static size_t argmax(const float *values, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}

static float ask_gate(struct tlee_session *session, size_t index) {
    const struct tlee_model *model = session->model;
    if (model->config.gate == TLEE_GATE_KIND_RANDOM)
        return tlee_coin(session->seed, session->video, session->t,
                         tlee_model_exit_number(model, index));
    tlee_run_part(&session->run, &model->network.gate);
    session->macs += model->costs[index].gate;
    return *value(session, model->network.gate_out);
}

/* Records the exit just scored; NUMERIC when a logit is not finite. */
static enum tlee_status record_step(struct tlee_session *session, size_t index,
                                    struct tlee_step **out, struct tlee_error *error) {
    const struct tlee_network *network = &session->model->network;
    size_t classes = session->model->config.classes, exit;
    const float *logits = value(session, network->logits);
    exit = tlee_model_exit_number(session->model, index);
    for (size_t i = 0; i < classes; i++)
        if (!isfinite(logits[i]))
            return tlee_fail(error, TLEE_ERR_NUMERIC, -1,
                             "the score of class %zu at frame %zu, exit %zu is not finite", i,
                             session->t, exit);
    struct tlee_step *step = &session->steps[session->step_count];
    float *kept = session->logits + session->step_count * classes;
    memcpy(kept, logits, classes * sizeof *kept);
    size_t top1 = argmax(logits, classes);
    *step = (struct tlee_step){.frame = session->t,
                               .exit = exit,
                               .confidence = value(session, network->probabilities)[top1],
                               .gate = NAN,
                               .top1 = top1,
                               .logits = kept};
    session->step_count++;
    *out = step;
    return TLEE_OK;
}

static void carry_feature(struct tlee_session *session) {
    const struct tlee_network *network = &session->model->network;
    size_t length = session->run.graph->values[network->z].count;
    memcpy(tlee_run_value(&session->run, network->z_prev), value(session, network->z),
           length * sizeof(float));
}

static enum tlee_status evaluate_exit(struct tlee_session *session, size_t index,
                                      enum tlee_verdict *verdict, struct tlee_error *error) {
    struct tlee_step *step = NULL;
    run_to_exit(session, index);
    score(session, index);
    enum tlee_status status = record_step(session, index, &step, error);
    if (status != TLEE_OK)
        return status;
    if (tlee_gate_is_asked(&session->policy, session->t)) {
        step->gate = ask_gate(session, index);
        if (!isfinite(step->gate))
            return tlee_fail(error, TLEE_ERR_NUMERIC, -1,
                             "the gate's value at frame %zu, exit %zu is not finite", step->frame,
                             step->exit);
    }
    *verdict = tlee_decide(&session->policy, session->t, step->confidence, step->gate);
    carry_feature(session);
    uint64_t now = tlee_clock_ns();
    step->ns = now - session->mark;
    session->ns += step->ns;
    session->mark = now;
    return TLEE_OK;
}

/* The frame that lies in network->input. */
static enum tlee_status recognise_frame(struct tlee_session *session, enum tlee_decision *decision,
                                        struct tlee_error *error) {
    const struct tlee_model *model = session->model;
    enum tlee_verdict verdict = TLEE_GO_DEEPER;
    size_t index = 0;
    for (;; index++) {
        enum tlee_status status = evaluate_exit(session, index, &verdict, error);
        if (status != TLEE_OK) {
            session->state = TLEE_SESSION_IDLE;
            return status;
        }
        if (verdict != TLEE_GO_DEEPER || index + 1 == model->network.exits)
            break;
    }
    session->ended[index]++;
    session->t++;
    bool answered = verdict == TLEE_ANSWER;
    session->state = answered ? TLEE_SESSION_DECIDED : TLEE_SESSION_RUNNING;
    *decision = answered ? TLEE_FINISHED : TLEE_NEXT_FRAME;
    return TLEE_OK;
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
    return recognise_frame(session, decision, error);
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
    return recognise_frame(session, decision, error);
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
