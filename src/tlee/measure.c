/* SPDX-License-Identifier: MIT */
/* Parts of the work by themselves, for benchmarks. */
#include "session.h"

#include "denormals.h"

#include <string.h>

size_t tlee_model_feature_count(const tlee_model *model) {
    return model->network.graph.values[model->network.raw].count;
}

static void take_frame(tlee_session *session, const float *frame) {
    tlee_value_id input = session->model->network.input;
    session->state = TLEE_SESSION_IDLE;
    memcpy(tlee_run_value(&session->run, input), frame,
           session->run.graph->values[input].count * sizeof *frame);
}

enum tlee_status tlee_session_backbone(tlee_session *session, const float *frame, float *feature) {
    const struct tlee_network *network = &session->model->network;
    uint64_t before = tlee_denormals_flush();
    take_frame(session, frame);
    for (size_t index = 0; index < network->exits; index++)
        tlee_run_part(&session->run, &network->stage[index]);
    tlee_denormals_restore(before);
    if (feature)
        memcpy(feature, tlee_run_value(&session->run, network->raw),
               tlee_model_feature_count(session->model) * sizeof *feature);
    return TLEE_OK;
}

enum tlee_status tlee_session_exit(tlee_session *session, const float *frame, size_t index,
                                   uint64_t *layer_ns) {
    const struct tlee_network *network = &session->model->network;
    if (index >= network->exits)
        return TLEE_ERR_ARG;
    uint64_t before = tlee_denormals_flush();
    take_frame(session, frame);
    session->run.layer_ns = layer_ns;
    for (size_t b = 0; b <= index; b++) {
        tlee_run_part(&session->run, &network->stage[b]);
        if (b + 1 < network->exits)
            tlee_run_part(&session->run, &network->branch[b]);
        tlee_run_part(&session->run, &network->feature);
        tlee_run_part(&session->run, &network->reuse);
        tlee_run_part(&session->run, &network->classifier);
        if (network->gate_out != TLEE_NO_VALUE)
            tlee_run_part(&session->run, &network->gate);
    }
    session->run.layer_ns = NULL;
    tlee_denormals_restore(before);
    return TLEE_OK;
}
