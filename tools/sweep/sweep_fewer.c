/* SPDX-License-Identifier: MIT */
/*
 * tlee sweep: the whole network over fewer frames, which is what early exits have to beat. Every
 * frame goes to the last exit, nothing is decided, and the answer is that after frame 1, 2, ... T
 * of the processing order, as mode FULL has it there.
 */
#include "sweep.h"

#include <math.h>

int tlee_sweep_add_fewer(struct tlee_sweep *sweep) {
    for (size_t frames = 1; frames <= sweep->info.frames; frames++) {
        struct tlee_sweep_point *point =
            tlee_sweep_add(&sweep->fewer, "fewer frames", TLEE_MODE_FULL, &sweep->own);
        if (!point)
            return TLEE_EXIT_FAULT;
        point->frames = frames;
    }
    return TLEE_EXIT_OK;
}

/* In mode FULL a frame is one step, and each costs what the others do. */
void tlee_sweep_stop_after(const tlee_replay *replay, size_t frames, struct tlee_result *result) {
    struct tlee_step step;
    size_t seen = tlee_replay_step_count(replay);
    if (frames >= seen)
        return;
    result->macs = result->macs / seen * frames;
    result->paper_gmac *= (double)frames / (double)seen;
    result->ns = 0;
    for (size_t t = 0; t < frames; t++) {
        tlee_replay_get_step(replay, t, &step);
        result->ns += step.ns;
    }
    result->label = step.top1;
    result->confidence = step.confidence;
    result->frame = step.frame;
    result->exit = step.exit;
}

/* Where two numbers of frames cost the same, as of streams that ended, the later counts. */
double tlee_sweep_gain(const struct tlee_sweep *sweep, const struct tlee_sweep_point *point,
                       bool check, enum tlee_sweep_cost cost) {
    const struct tlee_sweep_sums *sums = check ? &point->check : &point->sums, *low = NULL;
    if (point->frames || !sums->videos)
        return (double)NAN;
    for (size_t i = 0; i < sweep->fewer.count; i++) {
        const struct tlee_sweep_point *fewer = &sweep->fewer.items[i];
        const struct tlee_sweep_sums *high = check ? &fewer->check : &fewer->sums;
        if (high->cost[cost] <= sums->cost[cost]) {
            low = high;
            continue;
        }
        if (!low)
            return (double)NAN;
        double part = (double)(sums->cost[cost] - low->cost[cost]) /
                      (double)(high->cost[cost] - low->cost[cost]);
        double right = (double)low->right + part * ((double)high->right - (double)low->right);
        return ((double)sums->right - right) / (double)sums->videos;
    }
    return low ? tlee_sweep_top1(sums) - tlee_sweep_top1(low) : (double)NAN;
}
