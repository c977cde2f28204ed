/* SPDX-License-Identifier: MIT */
/* Times a case: with its data in the caches, as far as they fit, and with the caches full of
 * something else. */
#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    WARM_RUNS = 15,
    COLD_RUNS = 7,
    RUN_NS = 2000000,       /* a warm run repeats the call for about as long */
    OTHER_BYTES = 128 << 20 /* more than caches hold; large servers' last level apart */
};

/* Nanoseconds of a call. */
struct timing {
    double least, median;
};

struct timed {
    const struct kernels_case *it;
    kernels_fn *fn;
    const void *in[KERNELS_INPUTS];
    float *y;
};

static double run_ns(const struct timed *timed, size_t calls) {
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (size_t i = 0; i < calls; i++)
        timed->it->call(timed->it, timed->fn, timed->in, timed->y, 0, timed->it->units);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - begin.tv_sec);
    return (seconds * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / (double)calls;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct timing sorted(double *ns, size_t runs) {
    qsort(ns, runs, sizeof *ns, ascending);
    return (struct timing){ns[0], ns[runs / 2]};
}

static struct timing time_warm(const struct timed *timed) {
    double ns[WARM_RUNS];
    run_ns(timed, 1);
    size_t calls = (size_t)(RUN_NS / (run_ns(timed, 1) + 1.0)) + 1;
    for (size_t i = 0; i < WARM_RUNS; i++)
        ns[i] = run_ns(timed, calls);
    return sorted(ns, WARM_RUNS);
}

static void fill_caches(void) {
    static volatile unsigned char *other;
    if (!other)
        other = malloc(OTHER_BYTES);
    for (size_t i = 0; other && i < OTHER_BYTES; i += 32)
        other[i]++;
}

static struct timing time_cold(const struct timed *timed) {
    double ns[COLD_RUNS];
    for (size_t i = 0; i < COLD_RUNS; i++) {
        fill_caches();
        ns[i] = run_ns(timed, 1);
    }
    return sorted(ns, COLD_RUNS);
}

static void print(const char *state, struct timing own, struct timing reference, double bytes,
                  double work) {
    printf("    %s: min %.0f ns, median %.0f ns, %.2f GB/s, %.2f GFLOP/s", state, own.least,
           own.median, bytes / own.median, work / own.median);
    if (reference.median > 0.0)
        printf(", C takes %.2f times as long (min), %.2f (median)", reference.least / own.least,
               reference.median / own.median);
    printf("\n");
}

/* The beginning of a slot's first page: the end lies before a page that cannot be touched, of which
 * masked loads that reach there take much longer, though they leave it alone. */
static size_t place(size_t slot) {
    return KERNELS_AT_FRONT + (4 - slot % 4) % 4;
}

void kernels_time(const struct kernels_run *run, const struct kernels_case *it) {
    struct timed own = {.it = it, .fn = run->fn};
    double bytes = (double)it->outputs * sizeof(float);
    own.y = kernels_put_output(place(KERNELS_INPUTS), NULL, it->outputs);
    for (size_t i = 0; i < KERNELS_INPUTS; i++)
        if (it->input[i].values) {
            own.in[i] = kernels_put(i, place(i), it->input[i].values, it->input[i].bytes,
                                    it->input[i].element);
            bytes += (double)it->input[i].bytes;
        }
    struct timed reference = own;
    reference.fn = run->reference;
    struct timing none = {0.0, 0.0};
    printf("%s_%s, %s\n", run->op, run->isa, it->shape);
    print("warm", time_warm(&own), reference.fn ? time_warm(&reference) : none, bytes, it->work);
    print("cold", time_cold(&own), reference.fn ? time_cold(&reference) : none, bytes, it->work);
}
