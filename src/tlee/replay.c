/* SPDX-License-Identifier: MIT */
/*
 * Replaying a recording. What follows from a feature depends on the path that led to it, as each
 * feature is merged with the one before. The paths form a tree with a node for each exit of each
 * frame that was reached in another way; a node keeps what the exit said, so that settings which
 * take the same steps share the work. Running features are not kept: they come again from the
 * recording, which costs little beside classifier and gate.
 */
#include "exit_steps.h"

#include "denormals.h"
#include "replay_tree.h"
#include "status.h"
#include "thresholds.h"

#include <math.h>
#include <string.h>

struct tlee_replay {
    const struct tlee_recording *recording;
    struct tlee_allocator allocator;
    struct tlee_replay_tree tree; /* two in one: mode TS begins with `next`, the others `deeper` */
    double temperatures[TLEE_EXITS_MAX]; /* that it is for */
    struct tlee_step *steps;             /* of the last run; room for all frames and exits */
    size_t step_count;
};

void tlee_replay_settings_default(struct tlee_replay_settings *settings) {
    *settings = (struct tlee_replay_settings){.size = sizeof *settings};
    tlee_thresholds_open(&settings->thresholds);
}

enum tlee_status tlee_replay_create(const struct tlee_recording *recording, size_t memory,
                                    tlee_replay **out, struct tlee_error *error) {
    if (out)
        *out = NULL;
    if (!recording || !out)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    if (!recording->frames || recording->frames > recording->most_frames)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "%zu frames are recorded, must be 1 to %zu",
                         recording->frames, recording->most_frames);
    const struct tlee_allocator *allocator = &recording->model->allocator;
    /* All there may be: a file that recordings are read from again may have changed. */
    size_t steps = recording->most_frames * recording->exits;
    struct tlee_replay *replay = tlee_alloc(allocator, sizeof *replay);
    if (!replay)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for a replay");
    replay->recording = recording;
    replay->allocator = *allocator;
    replay->steps = tlee_alloc(allocator, steps * sizeof *replay->steps);
    if (!tlee_replay_tree_begin(&replay->tree, memory, allocator) || !replay->steps) {
        tlee_replay_free(&replay);
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for a replay");
    }
    *out = replay;
    return TLEE_OK;
}

void tlee_replay_free(tlee_replay **replay) {
    if (!replay || !*replay)
        return;
    struct tlee_allocator allocator = (*replay)->allocator;
    tlee_free(&allocator, (*replay)->steps);
    tlee_replay_tree_end(&(*replay)->tree);
    tlee_free(&allocator, *replay);
    *replay = NULL;
}

/* ---- One run ---- */

struct run {
    struct tlee_replay *replay;
    const struct tlee_recording *recording;
    struct tlee_session *session; /* its maps are where the kernels work */
    const struct tlee_model *model;
    struct tlee_policy policy;
    enum tlee_mode mode;
    bool coin;
    uint64_t seed;
    size_t carried; /* steps that the session's z_prev has seen */
    uint64_t macs, ns;
    uint32_t ended[TLEE_EXITS_MAX];
};

/* Index, of the model's exits, of the first one that the mode takes. */
static size_t first_exit(const struct run *run) {
    return run->mode == TLEE_MODE_TS ? 0 : run->recording->exits - 1;
}

static size_t index_of(const struct run *run, const struct tlee_step *step) {
    return run->model->config.mode == TLEE_MODE_TS ? step->exit : 0;
}

/* The running feature of a step, in z, from that of the step before, in z_prev. */
static void load(struct run *run, const struct tlee_step *step) {
    const struct tlee_recording *recording = run->recording;
    struct tlee_session *session = run->session;
    size_t place = step->frame * recording->exits + index_of(run, step);
    session->t = step->frame;
    memcpy(tlee_run_value(&session->run, run->model->network.z),
           recording->features + place * recording->feature,
           recording->feature * sizeof *recording->features);
}

/* Brings z_prev up to step `count`; before the second frame features stand by themselves. */
static void catch_up(struct run *run, size_t count) {
    const struct tlee_step *steps = run->replay->steps;
    for (; run->carried < count; run->carried++) {
        if (run->carried + 1 < count && steps[run->carried + 1].frame == 0)
            continue;
        load(run, &steps[run->carried]);
        tlee_exit_reuse(run->session);
        tlee_exit_carry(run->session);
    }
}

/* Evaluates the last step, as a session does. */
static enum tlee_status evaluate(struct run *run, struct tlee_judgement *said,
                                 struct tlee_error *error) {
    const struct tlee_step *step = &run->replay->steps[run->replay->step_count - 1];
    bool middle = step->frame > 0 && step->frame < run->policy.frames - 1;
    size_t top1 = 0;
    catch_up(run, run->replay->step_count - 1);
    load(run, step);
    tlee_exit_score(run->session);
    enum tlee_status status =
        tlee_exit_judge(run->session, step->exit, run->policy.at.temperature[step->exit], &top1,
                        &said->confidence, error);
    said->top1 = (uint32_t)top1;
    said->gate = NAN;
    if (status == TLEE_OK && middle && run->model->network.gate_out != TLEE_NO_VALUE)
        status = tlee_exit_ask_gate(run->session, step->exit, &said->gate, error);
    tlee_exit_carry(run->session);
    run->carried = run->replay->step_count;
    return status;
}

/* What going through an exit costs; in modes without exits the stages before belong to it. */
static void count_cost(struct run *run, size_t index, struct tlee_step *step) {
    const struct tlee_exit_cost *costs = run->model->costs;
    const struct tlee_recording *recording = run->recording;
    const struct tlee_exit_times *times = &recording->times[step->frame * recording->exits];
    bool asked = tlee_gate_is_asked(&run->policy, step->frame);
    step->ns = times[index].feature + times[index].score;
    if (index == first_exit(run))
        step->ns += recording->input_ns[step->frame];
    run->macs += costs[index].head + costs[index].branch;
    for (size_t b = run->mode == TLEE_MODE_TS ? index : 0; b <= index; b++) {
        run->macs += costs[b].stage;
        step->ns += times[b].stage;
    }
    if (asked && !run->coin) {
        run->macs += costs[index].gate;
        step->ns += times[index].gate;
    }
    run->ns += step->ns;
}

/* Takes the step to an exit from the node `*at`, which becomes its own. */
static enum tlee_status take_step(struct run *run, size_t t, size_t index, bool next, uint32_t *at,
                                  bool *known, struct tlee_error *error) {
    struct tlee_replay *replay = run->replay;
    struct tlee_step *step = &replay->steps[replay->step_count++];
    size_t b = tlee_model_exit_number(run->model, index);
    struct tlee_judgement said;
    *step = (struct tlee_step){.frame = t, .exit = b};
    uint32_t node = TLEE_NO_NODE;
    if (*known)
        node = tlee_replay_tree_find(&replay->tree, *at, next);
    if (node != TLEE_NO_NODE) {
        said = replay->tree.nodes[node].said;
    } else {
        enum tlee_status status = evaluate(run, &said, error);
        if (status != TLEE_OK)
            return status;
        if (*known)
            node = tlee_replay_tree_keep(&replay->tree, *at, next, &said);
        *known = node != TLEE_NO_NODE;
    }
    *at = node;
    step->confidence = said.confidence;
    step->top1 = said.top1;
    step->gate = NAN;
    if (tlee_gate_is_asked(&run->policy, t))
        step->gate = run->coin ? tlee_coin(run->seed, run->recording->video, t, b) : said.gate;
    count_cost(run, index, step);
    return TLEE_OK;
}

/* Frame after frame, exit after exit, as in recognise.c, until there is an answer or the frames run
 * out. */
static enum tlee_status walk(struct run *run, struct tlee_error *error) {
    const struct tlee_recording *recording = run->recording;
    enum tlee_verdict verdict = TLEE_GO_DEEPER;
    uint32_t at = TLEE_NO_NODE;
    bool known = true;
    for (size_t t = 0; t < recording->frames && verdict != TLEE_ANSWER; t++) {
        size_t index = first_exit(run);
        bool next = t > 0 || run->mode == TLEE_MODE_TS;
        for (;; index++, next = false) {
            enum tlee_status status = take_step(run, t, index, next, &at, &known, error);
            if (status != TLEE_OK)
                return status;
            const struct tlee_step *step = &run->replay->steps[run->replay->step_count - 1];
            verdict = tlee_decide(&run->policy, t, step->exit, step->confidence, step->gate);
            if (verdict != TLEE_GO_DEEPER || index + 1 == recording->exits)
                break;
        }
        run->ended[index]++;
    }
    return TLEE_OK;
}

/* Mode and gate, as tlee_model_open would make them. */
static enum tlee_status read_settings(struct run *run, const struct tlee_replay_settings *settings,
                                      struct tlee_error *error) {
    const struct tlee_config *config = &run->model->config;
    if (settings->size != sizeof *settings)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "replay settings of another version");
    if (settings->mode > TLEE_MODE_FULL || settings->gate > TLEE_GATE_RANDOM)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a replay setting is out of range");
    enum tlee_status status = tlee_thresholds_check(&settings->thresholds, error);
    if (status != TLEE_OK)
        return status;
    bool as_model = settings->mode == TLEE_MODE_AS_MODEL || !config->branches;
    run->mode = as_model ? config->mode : settings->mode;
    if (run->mode < config->mode)
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                         "the settings take exits that the recording's mode does not have");
    bool none = settings->gate == TLEE_GATE_NONE || run->mode == TLEE_MODE_FULL;
    bool own = settings->gate != TLEE_GATE_RANDOM;
    enum tlee_gate_kind gate = none  ? TLEE_GATE_KIND_NONE
                               : own ? config->gate
                                     : TLEE_GATE_KIND_RANDOM;
    run->coin = gate == TLEE_GATE_KIND_RANDOM;
    run->seed = settings->seed;
    run->policy = (struct tlee_policy){.early = run->mode != TLEE_MODE_FULL,
                                       .has_gate = gate != TLEE_GATE_KIND_NONE,
                                       .frames = config->frames,
                                       .at = settings->thresholds};
    tlee_thresholds_complete(&run->policy.at, &config->thresholds);
    return TLEE_OK;
}

static void fill_result(const struct run *run, struct tlee_result *result) {
    const struct tlee_step *last = &run->replay->steps[run->replay->step_count - 1];
    *result = (struct tlee_result){.label = last->top1,
                                   .confidence = last->confidence,
                                   .frame = last->frame,
                                   .exit = last->exit,
                                   .macs = run->macs,
                                   .ns = run->ns};
    for (size_t b = 0; b < run->recording->exits; b++)
        result->paper_gmac += run->ended[b] * run->model->costs[b].paper;
}

enum tlee_status tlee_replay_run(tlee_replay *replay, tlee_session *session,
                                 const struct tlee_replay_settings *settings,
                                 struct tlee_result *result, struct tlee_error *error) {
    struct run run = {.replay = replay,
                      .recording = replay->recording,
                      .session = session,
                      .model = replay->recording->model};
    if (session->model != run.model)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "the session is of another model");
    enum tlee_status status = read_settings(&run, settings, error);
    if (status != TLEE_OK)
        return status;
    session->state = TLEE_SESSION_IDLE;
    replay->step_count = 0;
    if (memcmp(replay->temperatures, run.policy.at.temperature, sizeof replay->temperatures) != 0)
        tlee_replay_tree_forget(&replay->tree);
    memcpy(replay->temperatures, run.policy.at.temperature, sizeof replay->temperatures);
    uint64_t before = tlee_denormals_flush();
    status = walk(&run, error);
    tlee_denormals_restore(before);
    if (status == TLEE_OK)
        fill_result(&run, result);
    else
        replay->step_count = 0;
    return status;
}

size_t tlee_replay_step_count(const tlee_replay *replay) {
    return replay->step_count;
}

void tlee_replay_get_step(const tlee_replay *replay, size_t index, struct tlee_step *step) {
    *step = replay->steps[index];
}
