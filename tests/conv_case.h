/* SPDX-License-Identifier: MIT */
/* A convolution with its data, for tests/test_conv2d.c. Failures are counted and printed here. */
#ifndef CONV_CASE_H
#define CONV_CASE_H

#include "conv.h"
#include "kernels.h"

enum {
    CONV_POOLS = 4
};

enum conv_residual {
    CONV_RESIDUAL_NONE,
    CONV_RESIDUAL_GIVEN,
    CONV_RESIDUAL_IS_Y
};

/* All maps in the plain layout. */
struct conv_case {
    struct tlee_conv2d p;
    bool planar, biased, scales_x;
    bool fractions; /* data whose sums are rounded, rather than small integers */
    enum conv_residual residual;
    struct tlee_conv2d expand; /* comes before a depthwise convolution, with bias; oc 0: nothing */
    float *x, *weight, *bias, *x_scale, *residual_map;
    float *expand_weight, *expand_bias; /* the weights are expand_half times expand_scale */
    float *expand_scale, *expand_half;  /* the latter has room for as many half floats */
    float *want;                        /* by the C row */
};

/* What the cases have met: that each way of computing is tested shows here. */
struct conv_met {
    size_t cases, copied, uncopied, strips_outside, whole_strips, own_groups, shared_groups;
    size_t many_groups, depthwise, bands, expanded, expanded_half, scaled, scaled_weights,
        half_copied, half_uncopied;
    double worst[TLEE_WINOGRAD_SIZES]; /* error, as in conv_case.c */
};

/* Pools of 1, 2, 3 and 8 threads. */
bool conv_open_pools(struct tlee_threads *pools[CONV_POOLS]);
void conv_close_pools(struct tlee_threads *pools[CONV_POOLS]);

/* Data for p and what the C row makes of it. Ends the program when memory runs out. */
void conv_case_fill(struct conv_case *it, struct kernels_random *random, enum kernels_data data);
void conv_case_free(struct conv_case *it);

/* Packs and runs conv with each pool: the same bits each time, nothing written but the outputs and
 * the workspace, and close to what is wanted: equal to it with small integers but for
 * transforms. */
void conv_case_check(const struct conv_case *it, const struct tlee_conv *conv, unsigned level,
                     struct tlee_threads *const pools[CONV_POOLS], struct conv_met *met);

/* The same bits with half weights as with what they are times a scale, or without one, as floats.
 * For cases whose weights may stay halves. */
void conv_case_check_half(const struct conv_case *given, const struct tlee_conv *conv,
                          unsigned level, struct kernels_random *random,
                          struct tlee_threads *const pools[CONV_POOLS], struct conv_met *met);

#endif
