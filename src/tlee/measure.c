/* SPDX-License-Identifier: MIT */
/* Parts of the work by themselves, for benchmarks. */
#include "session.h"

#include "clock.h"
#include "denormals.h"

#include <string.h>

/* A burst is long against the clock's steps and short against a time slice, and there are enough of
 * them for a core to leave its power saving. */
enum {
    BURST_NS = 1000000,
    BURSTS = 32
};

size_t tlee_model_feature_count(const tlee_model *model) {
    return model->network.graph.values[model->network.raw].count;
}

static void take_frame(tlee_session *session, const float *frame) {
    tlee_value_id input = session->model->network.input;
    session->state = TLEE_SESSION_IDLE;
    session->run.frame = 0;
    memcpy(tlee_run_value(&session->run, input), frame,
           session->run.graph->values[input].count * sizeof *frame);
}

enum tlee_status tlee_session_backbone(tlee_session *session, const float *frame, float *feature) {
    const struct tlee_network *network = &session->model->network;
    uint64_t before = tlee_denormals_flush();
    take_frame(session, frame);
    for (size_t index = 0; index < network->exits; index++) {
        session->run.exit = tlee_model_exit_number(session->model, index);
        tlee_run_part(&session->run, &network->stage[index]);
    }
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
        session->run.exit = tlee_model_exit_number(session->model, b);
        tlee_run_part(&session->run, &network->stage[b]);
        if (b + 1 < network->exits)
            tlee_run_part(&session->run, &network->branch[b]);
        if (!network->makes_feature[b])
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

/* Nanoseconds that so many multiply-adds take; at least 1. */
static uint64_t burst_ns(tlee_peak_fn *peak, size_t count) {
    uint64_t start = tlee_clock_ns();
    peak(count, 0x1p-30F); /* too little to change a number, so that none grows without end */
    uint64_t ns = tlee_clock_ns() - start;
    return ns ? ns : 1;
}

double tlee_model_peak_gflops(const tlee_model *model) {
    tlee_peak_fn *peak = model->ops.peak;
    size_t count = TLEE_PEAK_UNIT;
    while (burst_ns(peak, count) < BURST_NS && count <= SIZE_MAX / 4)
        count *= 2;
    uint64_t least = burst_ns(peak, count);
    for (size_t i = 1; i < BURSTS; i++) {
        uint64_t ns = burst_ns(peak, count);
        least = ns < least ? ns : least;
    }
    return 2 * (double)count / (double)least;
}
