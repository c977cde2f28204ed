/* SPDX-License-Identifier: MIT */
/*
 * tlee sweep --per-exit: thresholds of each exit, which the published system does not have. From
 * settings on the front of the grid, one number after the other is set to the one of its axis that
 * makes the most of the cost that the settings started with, until none helps any more.
 */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>

enum {
    MOST_STARTS = 16, /* points of the front, evenly spread over it */
    MOST_ROUNDS = 4
};

/* One number of the thresholds. */
struct coordinate {
    const struct tlee_sweep_axis *axis;
    size_t kind, exit;
};

static double *place_of(struct tlee_thresholds *at, const struct coordinate *coordinate) {
    double *const kinds[] = {at->first, at->exit, at->gate};
    return &kinds[coordinate->kind][coordinate->exit];
}

/* The best number for one coordinate of `best`, whose cost must not rise above `most`. */
static int improve(struct tlee_sweep *sweep, const struct coordinate *coordinate,
                   enum tlee_sweep_cost cost, uint64_t most, struct tlee_sweep_points *tried,
                   struct tlee_sweep_point *best, bool *improved) {
    tried->count = 0;
    for (size_t i = 0; i < coordinate->axis->count; i++) {
        struct tlee_thresholds at = best->at;
        double *value = place_of(&at, coordinate);
        if (*value == coordinate->axis->values[i])
            continue;
        *value = coordinate->axis->values[i];
        if (!tlee_sweep_add(tried, "per exit", best->mode, &at))
            return TLEE_EXIT_FAULT;
    }
    int status = tlee_sweep_evaluate(sweep, &sweep->videos, tried->items, tried->count);
    for (size_t i = 0; status == TLEE_EXIT_OK && i < tried->count; i++) {
        const struct tlee_sweep_point *point = &tried->items[i];
        if (point->sums.cost[cost] > most || !tlee_sweep_is_better(point, best, cost))
            continue;
        *best = *point;
        *improved = true;
    }
    return status;
}

/* At the last exit of a frame it makes no difference whether it is clear. */
static size_t list_coordinates(const struct tlee_sweep *sweep, const struct tlee_sweep_axes *axes,
                               struct coordinate coordinates[3 * TLEE_EXITS_MAX]) {
    const struct tlee_sweep_axis *const kinds[] = {&axes->first, &axes->exit, &axes->gate};
    size_t count = 0;
    for (size_t kind = 0; kind < 3; kind++)
        for (size_t b = 0; b <= sweep->info.branches; b++)
            if (kinds[kind]->count > 1 && !(kind == 1 && b == sweep->info.branches))
                coordinates[count++] = (struct coordinate){kinds[kind], kind, b};
    return count;
}

static int fit(struct tlee_sweep *sweep, const struct tlee_sweep_axes *axes,
               const struct tlee_sweep_point *start, enum tlee_sweep_cost cost,
               struct tlee_sweep_points *tried) {
    struct coordinate coordinates[3 * TLEE_EXITS_MAX];
    size_t count = list_coordinates(sweep, axes, coordinates);
    struct tlee_sweep_point best = *start;
    int status = TLEE_EXIT_OK;
    bool improved = true;
    for (size_t round = 0; improved && round < MOST_ROUNDS; round++) {
        improved = false;
        for (size_t i = 0; status == TLEE_EXIT_OK && i < count; i++)
            status = improve(sweep, &coordinates[i], cost, start->sums.cost[cost], tried, &best,
                             &improved);
    }
    if (status != TLEE_EXIT_OK)
        return status;
    struct tlee_sweep_point *point =
        tlee_sweep_add(&sweep->fitted, "per exit", best.mode, &best.at);
    if (!point)
        return TLEE_EXIT_FAULT;
    *point = best;
    point->kind = "per exit";
    return TLEE_EXIT_OK;
}

int tlee_sweep_fit_exits(struct tlee_sweep *sweep, const struct tlee_sweep_axes *axes,
                         enum tlee_sweep_cost cost) {
    struct tlee_sweep_points tried = {0};
    struct tlee_progress progress = tlee_progress_start();
    size_t count = 0;
    const struct tlee_sweep_point **front = tlee_sweep_front(sweep, false, cost, &count);
    int status = front ? TLEE_EXIT_OK : TLEE_EXIT_FAULT;
    size_t starts = count < MOST_STARTS ? count : MOST_STARTS;
    for (size_t i = 0; status == TLEE_EXIT_OK && i < starts; i++) {
        size_t at = starts > 1 ? i * (count - 1) / (starts - 1) : 0;
        tlee_progress_show(&progress, "thresholds of each exit", i + 1, starts);
        status = fit(sweep, axes, front[at], cost, &tried);
    }
    tlee_progress_clear(&progress);
    free(front);
    free(tried.items);
    return status;
}
