/* SPDX-License-Identifier: MIT */
/* A session's life: its memory, its options and what it tells. The work is in recognise.c. */
#include "session.h"

#include "denormals.h"
#include "status.h"
#include "thresholds.h"

#include <string.h>

/* What is carved out of a session's block. */
struct pieces {
    float *maps, *workspace, *logits;
    struct tlee_step *steps;
};

/* Places the pieces in an arena, or measures them. */
static struct pieces lay_out(const struct tlee_model *model, unsigned threads,
                             struct tlee_arena *arena) {
    const struct tlee_graph *graph = &model->network.graph;
    struct pieces pieces;
    size_t room = 0, numbers = 0, workspace = tlee_graph_workspace(graph, threads);
    if (!tlee_size_mul(model->config.frames, model->network.exits, &room) ||
        !tlee_size_mul(room, model->config.classes, &numbers))
        arena->overflow = true;
    pieces.maps = tlee_arena_take(arena, model->arena_floats, sizeof *pieces.maps);
    pieces.workspace = tlee_arena_take(arena, workspace, sizeof *pieces.workspace);
    pieces.steps = tlee_arena_take(arena, room, sizeof *pieces.steps);
    pieces.logits = tlee_arena_take(arena, numbers, sizeof *pieces.logits);
    return pieces;
}

size_t tlee_session_bytes(const struct tlee_model *model, unsigned threads) {
    struct tlee_arena arena = tlee_arena_measuring();
    lay_out(model, threads, &arena);
    return arena.overflow ? 0 : arena.used;
}

void tlee_session_options_default(struct tlee_session_options *options) {
    *options = (struct tlee_session_options){.size = sizeof *options, .threads = 1, .spin = 1};
    tlee_thresholds_open(&options->thresholds);
}

static enum tlee_status read_options(const struct tlee_session_options *given,
                                     struct tlee_session_options *options,
                                     struct tlee_error *error) {
    tlee_session_options_default(options);
    if (!given)
        return TLEE_OK;
    if (given->size != sizeof *given)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "session options of another version");
    *options = *given;
    if (options->threads < 1 || options->threads > TLEE_THREADS_MAX)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "threads is %u, must be 1 to %d",
                         options->threads, TLEE_THREADS_MAX);
    return tlee_thresholds_check(&options->thresholds, error);
}

static enum tlee_status allocate(struct tlee_session *session,
                                 const struct tlee_session_options *options,
                                 struct tlee_error *error) {
    size_t bytes = tlee_session_bytes(session->model, options->threads);
    if (!bytes)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "a session would not fit in memory");
    session->block = tlee_alloc_aligned(&session->allocator, bytes);
    if (!session->block)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory: a session needs %zu bytes",
                         bytes);
    session->arena = tlee_arena_over(session->block, bytes);
    struct pieces pieces = lay_out(session->model, options->threads, &session->arena);
    session->run.arena = pieces.maps;
    session->run.workspace = pieces.workspace;
    session->steps = pieces.steps;
    session->logits = pieces.logits;
    if (options->threads == 1)
        return TLEE_OK;
    return tlee_threads_create(options->threads, options->spin, &session->allocator,
                               &session->threads, error);
}

enum tlee_status tlee_session_create(const tlee_model *model,
                                     const struct tlee_session_options *given, tlee_session **out,
                                     struct tlee_error *error) {
    if (out)
        *out = NULL;
    if (!model || !out)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    struct tlee_session_options options;
    enum tlee_status status = read_options(given, &options, error);
    if (status != TLEE_OK)
        return status;
    struct tlee_session *session = tlee_alloc(&model->allocator, sizeof *session);
    if (!session)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for a session");
    const struct tlee_config *config = &model->config;
    session->model = model;
    session->allocator = model->allocator;
    session->seed = options.seed;
    session->policy = (struct tlee_policy){
        .early = config->mode != TLEE_MODE_FULL,
        .has_gate = config->gate != TLEE_GATE_KIND_NONE,
        .frames = config->frames,
        .at = options.thresholds,
    };
    tlee_thresholds_complete(&session->policy.at, &config->thresholds);
    status = allocate(session, &options, error);
    if (status != TLEE_OK) {
        tlee_session_free(&session);
        return status;
    }
    session->run.graph = &model->network.graph;
    session->run.machine = (struct tlee_machine){
        .ops = &model->ops, .threads = session->threads, .thread_count = options.threads};
    *out = session;
    return TLEE_OK;
}

void tlee_session_free(tlee_session **session) {
    if (!session || !*session)
        return;
    struct tlee_session *freeing = *session;
    struct tlee_allocator allocator = freeing->allocator;
    tlee_threads_free(freeing->threads);
    tlee_arena_close(&freeing->arena);
    tlee_free_aligned(&allocator, freeing->block);
    tlee_free_aligned(&allocator, freeing->run.observed);
    tlee_free(&allocator, freeing);
    *session = NULL;
}

/* NaN where there are no figures, as NaN times any count is. */
static double paper_gmac(const struct tlee_session *session) {
    const struct tlee_model *model = session->model;
    double sum = 0;
    for (size_t b = 0; b < model->network.exits; b++)
        sum += session->ended[b] * model->costs[b].paper;
    return sum;
}

enum tlee_status tlee_session_result(const tlee_session *session, struct tlee_result *result) {
    if (session->state != TLEE_SESSION_DECIDED)
        return TLEE_ERR_ARG;
    const struct tlee_step *last = &session->steps[session->step_count - 1];
    *result = (struct tlee_result){
        .label = last->top1,
        .confidence = last->confidence,
        .frame = last->frame,
        .exit = last->exit,
        .macs = session->macs,
        .paper_gmac = paper_gmac(session),
        .ns = session->ns,
    };
    return TLEE_OK;
}

enum tlee_status tlee_session_probabilities(const tlee_session *session, float *probabilities,
                                            size_t classes) {
    if (session->state != TLEE_SESSION_DECIDED)
        return TLEE_ERR_ARG;
    if (classes != session->model->config.classes)
        return TLEE_ERR_SHAPE;
    const struct tlee_step *last = &session->steps[session->step_count - 1];
    uint64_t before = tlee_denormals_flush();
    tlee_probabilities(&session->model->ops, last->logits,
                       session->policy.at.temperature[last->exit], probabilities, classes);
    tlee_denormals_restore(before);
    return TLEE_OK;
}

size_t tlee_session_step_count(const tlee_session *session) {
    return session->step_count;
}

void tlee_session_get_step(const tlee_session *session, size_t index, struct tlee_step *step) {
    *step = session->steps[index];
}

/* Room for the largest map that has to be shown in another layout than it lies in. */
static enum tlee_status make_room(struct tlee_session *session, struct tlee_error *error) {
    const struct tlee_graph *graph = &session->model->network.graph;
    size_t most = 0;
    for (size_t v = 0; v < graph->value_count; v++)
        if (graph->values[v].block > 1 && graph->values[v].count > most)
            most = graph->values[v].count;
    if (!most || session->run.observed)
        return TLEE_OK;
    session->run.observed = tlee_alloc_aligned(&session->allocator, most * sizeof(float));
    if (!session->run.observed)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for an observer's map");
    return TLEE_OK;
}

enum tlee_status tlee_session_observe(tlee_session *session, tlee_observer *observer, void *cookie,
                                      struct tlee_error *error) {
    enum tlee_status status = observer ? make_room(session, error) : TLEE_OK;
    if (status != TLEE_OK)
        return status;
    session->run.observer = observer;
    session->run.observer_cookie = cookie;
    return TLEE_OK;
}
