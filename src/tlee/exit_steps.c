/* SPDX-License-Identifier: MIT */
#include "exit_steps.h"

#include "status.h"
#include "thresholds.h"

#include <math.h>
#include <string.h>

static float *value(const struct tlee_session *session, tlee_value_id id) {
    return tlee_run_value(&session->run, id);
}

/* Shows the observer a value that no op of the network leaves. */
static void show(const struct tlee_session *session, const char *part, const char *name,
                 tlee_value_id id) {
    const struct tlee_run *run = &session->run;
    const struct tlee_shape *shape = &run->graph->values[id].shape;
    if (run->observer)
        run->observer(run->observer_cookie,
                      &(struct tlee_observed){.part = part,
                                              .name = name,
                                              .op = name,
                                              .frame = run->frame,
                                              .exit = run->exit,
                                              .data = value(session, id),
                                              .shape = {shape->c, shape->h, shape->w},
                                              .vector = shape->h * shape->w == 1});
}

void tlee_exit_show_input(struct tlee_session *session) {
    session->run.frame = session->t;
    session->run.exit = tlee_model_exit_number(session->model, 0);
    show(session, "input", "input", session->model->network.input);
}

void tlee_exit_run_stage(struct tlee_session *session, size_t index) {
    session->run.exit = tlee_model_exit_number(session->model, index);
    tlee_run_part(&session->run, &session->model->network.stage[index]);
}

void tlee_exit_run_feature(struct tlee_session *session, size_t index) {
    const struct tlee_network *network = &session->model->network;
    if (index + 1 < network->exits)
        tlee_run_part(&session->run, &network->branch[index]);
    if (!network->makes_feature[index])
        tlee_run_part(&session->run, &network->feature);
}

void tlee_exit_reuse(struct tlee_session *session) {
    if (session->t > 0)
        tlee_run_part(&session->run, &session->model->network.reuse);
}

void tlee_exit_score(struct tlee_session *session) {
    tlee_exit_reuse(session);
    show(session, "exit", "feature", session->model->network.z);
    tlee_run_part(&session->run, &session->model->network.classifier);
}

/* Index of the largest; ties go to the lowest. */
static size_t argmax(const float *values, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}

enum tlee_status tlee_exit_judge(struct tlee_session *session, size_t b, double temperature,
                                 size_t *top1, float *confidence, struct tlee_error *error) {
    const struct tlee_network *network = &session->model->network;
    const float *logits = value(session, network->logits);
    float *probabilities = value(session, network->probabilities);
    size_t classes = session->model->config.classes;
    for (size_t i = 0; i < classes; i++)
        if (!isfinite(logits[i]))
            return tlee_fail(error, TLEE_ERR_NUMERIC, -1,
                             "the score of class %zu at frame %zu, exit %zu is not finite", i,
                             session->t, b);
    if (temperature != 1) /* else the classifier's own softmax has left them there */
        tlee_probabilities(&session->model->ops, logits, temperature, probabilities, classes);
    *top1 = argmax(logits, classes);
    *confidence = probabilities[*top1];
    if (!isfinite(*confidence))
        return tlee_fail(error, TLEE_ERR_NUMERIC, -1,
                         "the confidence at frame %zu, exit %zu is not finite at temperature %g",
                         session->t, b, temperature);
    return TLEE_OK;
}

enum tlee_status tlee_exit_ask_gate(struct tlee_session *session, size_t b, float *gate,
                                    struct tlee_error *error) {
    const struct tlee_network *network = &session->model->network;
    tlee_run_part(&session->run, &network->gate);
    *gate = *value(session, network->gate_out);
    if (isfinite(*gate))
        return TLEE_OK;
    return tlee_fail(error, TLEE_ERR_NUMERIC, -1,
                     "the gate's value at frame %zu, exit %zu is not finite", session->t, b);
}

void tlee_exit_carry(struct tlee_session *session) {
    const struct tlee_network *network = &session->model->network;
    size_t length = session->run.graph->values[network->z].count;
    memcpy(value(session, network->z_prev), value(session, network->z), length * sizeof(float));
}

struct tlee_step *tlee_exit_note(struct tlee_session *session, size_t b, size_t top1,
                                 float confidence) {
    size_t classes = session->model->config.classes;
    struct tlee_step *step = &session->steps[session->step_count];
    float *kept = session->logits + session->step_count * classes;
    memcpy(kept, value(session, session->model->network.logits), classes * sizeof *kept);
    *step = (struct tlee_step){.frame = session->t,
                               .exit = b,
                               .confidence = confidence,
                               .gate = NAN,
                               .top1 = top1,
                               .logits = kept};
    session->step_count++;
    return step;
}
