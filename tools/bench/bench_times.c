/* SPDX-License-Identifier: MIT */
#include "bench_times.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAST_RUNS = 5,
    MOST_RUNS = 1000
};
static const uint64_t wanted_ns = 2000000000;

/* What is being measured. */
struct bench {
    const tlee_model *model;
    tlee_session *session;
    const float *frame;
    struct tlee_progress progress;
    uint64_t *samples; /* [series][runs], nanoseconds: the backbone's, then each exit's; or each
                          layer's */
};

float *tlee_bench_frame(size_t side) {
    size_t count = 3 * side * side; /* fits: the session has such a frame, too */
    float *frame = malloc(count * sizeof *frame);
    uint64_t state = 1;
    /* In -2..2, as pixels are after normalisation; the multiplier is Knuth's (MMIX). */
    for (size_t i = 0; frame && i < count; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        frame[i] = (float)(state >> 40) * 0x1p-22F - 2.0F;
    }
    return frame;
}

/* ---- Samples ---- */

static int by_size(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts the samples. */
static struct tlee_bench_time sum_up(uint64_t *samples, size_t count) {
    qsort(samples, count, sizeof *samples, by_size);
    double below = (double)samples[(count - 1) / 2], above = (double)samples[count / 2];
    return (struct tlee_bench_time){(double)samples[0] / 1e6, (below + above) / 2e6};
}

/* ---- Backbone and exits ---- */

/* Takes one sample of each series; sample[i * stride] is the i-th's. Returns what all took. */
static uint64_t time_round(const struct bench *bench, size_t exits, uint64_t *sample,
                           size_t stride) {
    uint64_t begin = tlee_now_ns(), last = begin, now = begin;
    for (size_t i = 0; i <= exits; i++, last = now) {
        if (i == 0)
            tlee_session_backbone(bench->session, bench->frame, NULL);
        else
            tlee_session_exit(bench->session, bench->frame, i - 1, NULL);
        now = tlee_now_ns();
        sample[i * stride] = now - last;
    }
    return now - begin;
}

static size_t runs_for(uint64_t round_ns) {
    uint64_t runs = wanted_ns / (round_ns ? round_ns : 1);
    return runs < LEAST_RUNS ? LEAST_RUNS : runs > MOST_RUNS ? MOST_RUNS : (size_t)runs;
}

/* A round that does not count comes first and tells how many there is time for. */
static bool measure_exits(struct bench *bench, size_t runs, struct tlee_bench_times *times) {
    size_t series = times->exit_count + 1;
    uint64_t *warm = calloc(series, sizeof *warm);
    if (!warm)
        return false;
    uint64_t round_ns = time_round(bench, times->exit_count, warm, 1);
    free(warm);
    times->runs = runs ? runs : runs_for(round_ns);
    bench->samples = calloc(series * times->runs, sizeof *bench->samples);
    if (!bench->samples)
        return false;
    for (size_t r = 0; r < times->runs; r++) {
        tlee_progress_show(&bench->progress, "run", r + 1, times->runs);
        time_round(bench, times->exit_count, bench->samples + r, times->runs);
    }
    times->backbone = sum_up(bench->samples, times->runs);
    for (size_t b = 0; b < times->exit_count; b++)
        times->exits[b] = sum_up(bench->samples + (b + 1) * times->runs, times->runs);
    return true;
}

/* ---- Layers ---- */

static bool measure_layers(struct bench *bench, struct tlee_bench_times *times) {
    size_t count = times->layer_count, runs = times->runs;
    uint64_t *sums = calloc(count, sizeof *sums);
    free(bench->samples);
    bench->samples = calloc(count * runs, sizeof *bench->samples);
    if (!sums || !bench->samples) {
        free(sums);
        return false;
    }
    for (size_t r = 0; r < runs; r++) {
        tlee_progress_show(&bench->progress, "run by layers", r + 1, runs);
        memset(sums, 0, count * sizeof *sums);
        tlee_session_exit(bench->session, bench->frame, times->exit_count - 1, sums);
        for (size_t i = 0; i < count; i++) {
            struct tlee_layer_info layer;
            tlee_model_get_layer(bench->model, i, &layer);
            bench->samples[i * runs + r] = sums[i] / layer.executions;
        }
    }
    for (size_t i = 0; i < count; i++)
        times->layers[i] = sum_up(bench->samples + i * runs, runs);
    free(sums);
    return true;
}

bool tlee_bench_measure(const tlee_model *model, tlee_session *session, const float *frame,
                        size_t runs, bool layers, struct tlee_bench_times *times) {
    struct bench bench = {model, session, frame, tlee_progress_start(), NULL};
    *times = (struct tlee_bench_times){.exit_count = tlee_model_exit_count(model)};
    times->exits = calloc(times->exit_count, sizeof *times->exits);
    bool done = times->exits && measure_exits(&bench, runs, times);
    if (done && layers) {
        times->layer_count = tlee_model_layer_count(model);
        times->layers = calloc(times->layer_count, sizeof *times->layers);
        done = times->layers && measure_layers(&bench, times);
    }
    tlee_progress_clear(&bench.progress);
    free(bench.samples);
    return done;
}

void tlee_bench_times_free(struct tlee_bench_times *times) {
    free(times->exits);
    free(times->layers);
    *times = (struct tlee_bench_times){0};
}
