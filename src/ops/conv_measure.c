/* SPDX-License-Identifier: MIT */
/*
 * Which way of computing a convolution is fastest here, by measurement. In use a layer's input is
 * fresh from the layer before, while its weights were last read a whole picture ago: so before each
 * run other memory goes through the caches, and then the input is written. As much of it as a
 * network has weights, even where a third level could hold more: on a Xeon with 480 MiB of it, two
 * transforms took two thirds of their time in ResNet-18 after 32 MiB, and all of it after 128.
 */
#include "conv.h"

#include "clock.h"
#include "memory.h"

enum {
    SWEEP_BYTES = 128 * 1048576,
    SWEEP_PIECE = 65536,
    PAGE_FLOATS = 1024, /* of the smallest pages */
    ROUNDS = 9,         /* the first does not count: it finds pages unmapped and cores asleep */
    ROUNDS_LEAST = 4,
    ENOUGH_NS = 300000000
};

/* Ways to try, and what they compute with. */
struct trial {
    const struct tlee_machine *machine;
    struct tlee_conv ways[TLEE_CONV_CHOICES];
    uint64_t least_ns[TLEE_CONV_CHOICES];
    size_t way_count;
    size_t x_floats, y_floats;
    float *x, *y, *weight, *workspace, *sweep;
    float *residual; /* as y; NULL: none */
    size_t *runs;
};

/* What it writes does not matter; a kernel takes as long for any numbers but denormal ones. */
static void fill(float *data, size_t count) {
    for (size_t i = 0; i < count; i++)
        data[i] = (float)(i % 7) - 3.0F;
}

/* Reads a number of each cache line, as weights are read; the sum is kept so that it is done. */
static void sweep_task(void *context, size_t begin, size_t end) {
    const struct trial *trial = context;
    size_t piece = SWEEP_PIECE / sizeof *trial->sweep, line = TLEE_ALIGNMENT / sizeof *trial->sweep;
    for (; begin < end; begin++) {
        float sum = 0, *data = trial->sweep + begin * piece;
        for (size_t i = 0; i < piece; i += line)
            sum += data[i];
        *data = sum / (float)piece;
    }
}

static void input_task(void *context, size_t begin, size_t end) {
    const struct trial *trial = context;
    fill(trial->x + begin, end - begin);
}

static void residual_task(void *context, size_t begin, size_t end) {
    const struct trial *trial = context;
    fill(trial->residual + begin, end - begin);
}

static uint64_t run_ns(struct trial *trial, struct tlee_conv *conv) {
    const struct tlee_machine *machine = trial->machine;
    tlee_conv_runs(conv, trial->runs);
    conv->runs = trial->runs;
    conv->weight = trial->weight;
    tlee_threads_run(machine->threads, SWEEP_BYTES / SWEEP_PIECE, 1, sweep_task, trial);
    if (trial->residual)
        tlee_threads_run(machine->threads, trial->y_floats,
                         trial->y_floats / machine->thread_count + 1, residual_task, trial);
    tlee_threads_run(machine->threads, trial->x_floats, trial->x_floats / machine->thread_count + 1,
                     input_task, trial);
    uint64_t start = tlee_clock_ns();
    tlee_conv_run(machine, conv, trial->x, NULL, trial->residual, trial->workspace, trial->y);
    return tlee_clock_ns() - start;
}

/* The ways take turns, so that a machine that grows slower or faster does so for all of them. */
static void measure(struct trial *trial) {
    uint64_t start = tlee_clock_ns();
    for (int round = 0; round < ROUNDS; round++) {
        if (round >= ROUNDS_LEAST && tlee_clock_ns() - start > ENOUGH_NS)
            return;
        for (size_t i = 0; i < trial->way_count; i++) {
            uint64_t ns = run_ns(trial, &trial->ways[i]);
            if (round == 1 || ns < trial->least_ns[i])
                trial->least_ns[i] = ns;
        }
    }
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static bool allocate(struct trial *trial, bool residual, const struct tlee_allocator *allocator) {
    size_t weight = 0, workspace = 0, runs = 0;
    for (size_t i = 0; i < trial->way_count; i++) {
        const struct tlee_conv *conv = &trial->ways[i];
        weight = larger(weight, conv->packed_floats);
        workspace = larger(workspace, tlee_conv_workspace(conv, trial->machine->thread_count));
        runs = larger(runs, conv->run_count);
    }
    trial->x = tlee_alloc_aligned(allocator, trial->x_floats * sizeof *trial->x);
    trial->y = tlee_alloc_aligned(allocator, trial->y_floats * sizeof *trial->y);
    if (residual)
        trial->residual = tlee_alloc_aligned(allocator, trial->y_floats * sizeof *trial->residual);
    trial->weight = tlee_alloc_aligned(allocator, weight * sizeof *trial->weight);
    trial->workspace = tlee_alloc_aligned(allocator, workspace * sizeof *trial->workspace);
    trial->sweep = tlee_alloc_aligned(allocator, SWEEP_BYTES);
    trial->runs = tlee_alloc(allocator, runs * sizeof *trial->runs);
    if (!trial->x || !trial->y || (residual && !trial->residual) || !trial->weight ||
        !trial->workspace || !trial->sweep || !trial->runs)
        return false;
    fill(trial->weight, weight);
    fill(trial->workspace, workspace);
    /* A page that was never written may be one of zeros that all share, and stays in a cache. */
    for (size_t i = 0; i < SWEEP_BYTES / sizeof *trial->sweep; i += PAGE_FLOATS)
        trial->sweep[i] = 0;
    return true;
}

bool tlee_conv_measure(const struct tlee_machine *machine, const struct tlee_conv2d *p,
                       bool residual, const struct tlee_allocator *allocator,
                       enum tlee_conv_choice *choice) {
    const struct tlee_blocked *kernels = &machine->ops->blocked;
    struct trial trial = {.machine = machine};
    struct tlee_conv *ways = trial.ways;
    *choice = TLEE_CONV_ANY;
    if (!tlee_conv_choose(p, kernels, false, TLEE_CONV_ANY, &ways[0]))
        return true;
    *choice = tlee_conv_choice_of(&ways[0]);
    trial.way_count = 1;
    for (int i = TLEE_CONV_BY_GEMM; i < TLEE_CONV_CHOICES; i++) {
        enum tlee_conv_choice other = (enum tlee_conv_choice)i;
        struct tlee_conv *way = &ways[trial.way_count];
        if (other != *choice && tlee_conv_choose(p, kernels, false, other, way) &&
            way->cost <= 2 * ways[0].cost)
            trial.way_count++;
    }
    if (trial.way_count == 1)
        return true;
    trial.x_floats = ways[0].in_blocks * ways[0].block * p->h * p->w;
    trial.y_floats = ways[0].out_blocks * ways[0].block * p->oh * p->ow;
    bool ready = allocate(&trial, residual, allocator);
    if (ready)
        measure(&trial);
    uint64_t least = trial.least_ns[0] - trial.least_ns[0] / 50;
    for (size_t i = 1; ready && i < trial.way_count; i++)
        if (trial.least_ns[i] < least) {
            least = trial.least_ns[i];
            *choice = tlee_conv_choice_of(&ways[i]);
        }
    tlee_free_aligned(allocator, trial.x);
    tlee_free_aligned(allocator, trial.residual);
    tlee_free_aligned(allocator, trial.y);
    tlee_free_aligned(allocator, trial.weight);
    tlee_free_aligned(allocator, trial.workspace);
    tlee_free_aligned(allocator, trial.sweep);
    tlee_free(allocator, trial.runs);
    return ready;
}
