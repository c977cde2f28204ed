/* SPDX-License-Identifier: MIT */
/* Running parts of a graph. */
#ifndef TLEE_EXECUTE_H
#define TLEE_EXECUTE_H

#include "driver.h"
#include "graph.h"
#include "tlee.h"

/* What a run needs: the graph, its arena, kernels and threads, and who watches. */
struct tlee_run {
    const struct tlee_graph *graph;
    float *arena;
    float *workspace; /* tlee_graph_workspace */
    struct tlee_machine machine;
    uint64_t *layer_ns;      /* each node's time is added to its entry; NULL: nobody asks */
    tlee_observer *observer; /* NULL: nobody */
    void *observer_cookie;
    float *observed;    /* room for the largest map, with an observer */
    size_t frame, exit; /* where the video is, for the observer */
};

/* Where a value lies. */
float *tlee_run_value(const struct tlee_run *run, tlee_value_id value);

/* Runs the nodes of a part in order. */
void tlee_run_part(const struct tlee_run *run, const struct tlee_part *part);

#endif
