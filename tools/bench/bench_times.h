/* SPDX-License-Identifier: MIT */
/* The times that tlee bench takes. */
#ifndef TLEE_BENCH_TIMES_H
#define TLEE_BENCH_TIMES_H

#include "say.h"
#include "tlee.h"

/* Milliseconds. */
struct tlee_bench_time {
    double min, median;
};

struct tlee_bench_times {
    size_t runs; /* behind each of the times */
    struct tlee_bench_time backbone;
    size_t exit_count, layer_count;
    struct tlee_bench_time *exits;  /* [exit_count] */
    struct tlee_bench_time *layers; /* [layer_count], of one execution each; NULL: not wanted */
};

/* A made-up prepared frame for the network, side * side * 3 numbers, to be freed; NULL without
 * memory. */
float *tlee_bench_frame(size_t side);

/*
 * Times backbone and exits in rounds that go through all of them, so that a machine that slows down
 * meanwhile does so to each; then, if wanted, the layers in runs of their own, as looking at the
 * clock between them costs time. runs: of each, or 0 for as many as take about two seconds. False
 * without memory; times is given to tlee_bench_times_free in any case.
 */
bool tlee_bench_measure(const tlee_model *model, tlee_session *session, const float *frame,
                        size_t runs, bool layers, struct tlee_bench_times *times);
void tlee_bench_times_free(struct tlee_bench_times *times);

#endif
