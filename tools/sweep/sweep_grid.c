/* SPDX-License-Identifier: MIT */
/* tlee sweep: which settings are looked at. */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_DIGITS = 9, /* behind the point */
    MOST_ON_AXIS = 4096
};

/* ---- What occurs ---- */

/* Numbers that are compared with a threshold. */
struct sample {
    float *values;
    size_t count, room;
    bool good;
};

struct samples {
    struct sample first, exit, gate;
};

static void collect(struct sample *sample, float value) {
    if (sample->count == sample->room) {
        size_t room = sample->room ? 2 * sample->room : 1024;
        float *values = realloc(sample->values, room * sizeof *values);
        if (!values) {
            sample->good = false;
            return;
        }
        sample->values = values;
        sample->room = room;
    }
    sample->values[sample->count++] = value;
}

/* All exits of all frames: what other paths meet lies among these numbers or near them. */
static void collect_video(void *cookie, size_t label, const struct tlee_recording *recording,
                          const tlee_replay *all_exits) {
    struct samples *samples = cookie;
    (void)label, (void)recording;
    for (size_t i = 0; i < tlee_replay_step_count(all_exits); i++) {
        struct tlee_step step;
        tlee_replay_get_step(all_exits, i, &step);
        collect(&samples->exit, step.confidence);
        if (step.frame == 0)
            collect(&samples->first, step.confidence);
        if (!isnan(step.gate))
            collect(&samples->gate, step.gate);
    }
}

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Sorts the numbers and leaves each once. */
static void sort(struct sample *sample) {
    size_t kept = 0;
    if (sample->count)
        qsort(sample->values, sample->count, sizeof *sample->values, by_value);
    for (size_t i = 0; i < sample->count; i++)
        if (!kept || sample->values[kept - 1] != sample->values[i])
            sample->values[kept++] = sample->values[i];
    sample->count = kept;
}

/* ---- An axis ---- */

/* The number with the fewest digits between the two, near their middle; NaN where that takes too
 * many. A number of so few digits is exact when it is written and read back. */
static double short_between(double low, double high) {
    double middle = (low + high) / 2, scale = 1;
    for (int digits = 0; digits <= MOST_DIGITS; digits++, scale *= 10) {
        double value = round(middle * scale) / scale;
        if (value > low && value < high)
            return value;
    }
    return (double)NAN;
}

/* 0, 1 and up to `wanted` - 2 numbers that part the sample into equal shares. */
static bool fill_axis(struct tlee_sweep_axis *axis, const struct sample *sample, size_t wanted) {
    size_t cuts = wanted > 2 ? wanted - 2 : 0;
    axis->values = calloc(cuts + 2, sizeof *axis->values);
    axis->count = 0;
    if (!axis->values)
        return false;
    axis->values[axis->count++] = 0;
    for (size_t i = 1; i <= cuts && sample->count > 1; i++) {
        /* In double, as the product of sizes may not fit. */
        size_t at = (size_t)((double)i * (double)sample->count / (double)(cuts + 1));
        if (at == 0 || at >= sample->count)
            continue;
        double value = short_between((double)sample->values[at - 1], (double)sample->values[at]);
        if (value > axis->values[axis->count - 1] && value < 1)
            axis->values[axis->count++] = value;
    }
    axis->values[axis->count++] = 1;
    return true;
}

/* Just what was given: nothing is to be chosen. */
static bool fix_axis(struct tlee_sweep_axis *axis) {
    axis->values = calloc(1, sizeof *axis->values);
    axis->count = 1;
    if (axis->values)
        *axis->values = (double)NAN;
    return axis->values;
}

void tlee_sweep_free_axes(struct tlee_sweep_axes *axes) {
    free(axes->first.values);
    free(axes->exit.values);
    free(axes->gate.values);
    *axes = (struct tlee_sweep_axes){{NULL, 0}, {NULL, 0}, {NULL, 0}};
}

static bool fill_axes(const struct tlee_sweep *sweep, const struct samples *samples, size_t wanted,
                      struct tlee_sweep_axes *axes) {
    const struct tlee_cli_options *options = sweep->options;
    bool decides = sweep->info.mode != TLEE_MODE_FULL, exits = sweep->info.mode == TLEE_MODE_TS;
    bool gate = decides && samples->gate.count > 0;
    tlee_sweep_free_axes(axes);
    return (options->first_threshold.count || !decides
                ? fix_axis(&axes->first)
                : fill_axis(&axes->first, &samples->first, wanted)) &&
           (options->exit_threshold.count || !exits
                ? fix_axis(&axes->exit)
                : fill_axis(&axes->exit, &samples->exit, wanted)) &&
           (options->gate_threshold.count || !gate
                ? fix_axis(&axes->gate)
                : fill_axis(&axes->gate, &samples->gate, wanted));
}

/* Axes grow together until there are enough settings, or no more numbers to tell apart. */
int tlee_sweep_make_axes(struct tlee_sweep *sweep, size_t wanted, struct tlee_sweep_axes *axes) {
    struct samples samples = {
        .first = {.good = true}, .exit = {.good = true}, .gate = {.good = true}};
    int status = tlee_sweep_visit(sweep, &sweep->videos, collect_video, &samples);
    bool good = samples.first.good && samples.exit.good && samples.gate.good;
    sort(&samples.first);
    sort(&samples.exit);
    sort(&samples.gate);
    size_t before = 0, total = 0;
    for (size_t size = 4; status == TLEE_EXIT_OK && good && size <= MOST_ON_AXIS;
         size += size < 64 ? 1 : size / 8) {
        good = fill_axes(sweep, &samples, size, axes);
        total = good ? axes->first.count * axes->exit.count * axes->gate.count : 0;
        if (total >= wanted || (size > 256 && total == before))
            break;
        before = total;
    }
    free(samples.first.values);
    free(samples.exit.values);
    free(samples.gate.values);
    if (status == TLEE_EXIT_OK && !good)
        status = tlee_say_fault(sweep->videos.list_name, "out of memory");
    return status;
}

/* ---- Points ---- */

struct tlee_sweep_point *tlee_sweep_add(struct tlee_sweep_points *points, const char *kind,
                                        enum tlee_mode mode, const struct tlee_thresholds *at) {
    if (points->count == points->room) {
        size_t room = points->room ? 2 * points->room : 256;
        struct tlee_sweep_point *items = realloc(points->items, room * sizeof *items);
        if (!items) {
            tlee_say_fault("sweep", "out of memory");
            return NULL;
        }
        points->items = items;
        points->room = room;
    }
    struct tlee_sweep_point *point = &points->items[points->count++];
    *point = (struct tlee_sweep_point){.kind = kind, .mode = mode, .at = *at};
    return point;
}

static void set(double values[TLEE_EXITS_MAX], double value) {
    if (!isnan(value))
        tlee_thresholds_fill(values, value);
}

int tlee_sweep_add_grid(struct tlee_sweep *sweep, const struct tlee_sweep_axes *axes) {
    struct tlee_thresholds at = sweep->own;
    for (size_t f = 0; f < axes->first.count; f++)
        for (size_t e = 0; e < axes->exit.count; e++)
            for (size_t g = 0; g < axes->gate.count; g++) {
                set(at.first, axes->first.values[f]);
                set(at.exit, axes->exit.values[e]);
                set(at.gate, axes->gate.values[g]);
                if (!tlee_sweep_add(&sweep->grid, "grid", TLEE_MODE_AS_MODEL, &at))
                    return TLEE_EXIT_FAULT;
            }
    return TLEE_EXIT_OK;
}

/* Every frame leaves at exit b, and the video after the first frame, or the last. */
static bool add_single(struct tlee_sweep *sweep, size_t b, bool one_frame) {
    struct tlee_thresholds at = sweep->own;
    tlee_thresholds_fill(at.first, 1);
    tlee_thresholds_fill(at.exit, 1);
    if (one_frame)
        at.first[b] = 0;
    else
        at.exit[b] = 0;
    struct tlee_sweep_point *point = tlee_sweep_add(
        &sweep->references, one_frame ? "frame 1" : "all frames", TLEE_MODE_AS_MODEL, &at);
    if (!point)
        return false;
    point->exit = b;
    point->gate = TLEE_GATE_NONE;
    return true;
}

int tlee_sweep_add_references(struct tlee_sweep *sweep) {
    struct tlee_sweep_points *points = &sweep->references;
    bool good = tlee_sweep_add(points, "own", TLEE_MODE_AS_MODEL, &sweep->own) &&
                tlee_sweep_add(points, "full", TLEE_MODE_FULL, &sweep->own);
    size_t first = sweep->info.mode == TLEE_MODE_TS ? 0 : sweep->info.branches;
    if (sweep->info.mode == TLEE_MODE_FULL)
        return good ? TLEE_EXIT_OK : TLEE_EXIT_FAULT;
    for (size_t b = first; good && b <= sweep->info.branches; b++)
        good = add_single(sweep, b, true);
    for (size_t b = first; good && b <= sweep->info.branches; b++)
        good = add_single(sweep, b, false);
    return good ? TLEE_EXIT_OK : TLEE_EXIT_FAULT;
}
