/* SPDX-License-Identifier: MIT */
/*
 * Multiply-adds at the pace of the arithmetic units alone, for every instruction set: included once
 * by each peak_<isa>.c, after its vector header, which sets
 *   GROUPS   3, or 4 where there are 32 vector registers
 * A result comes some cycles later, and meanwhile the units must find other work: four of them that
 * take four cycles each, as in the largest ARM cores, need sixteen vectors. These are arrays of
 * four, because GCC keeps longer ones in memory.
 */
#include "ops.h"

#include <assert.h>

enum {
    GROUP = 4,
    CHAINS = GROUPS * GROUP * LANES
};
_Static_assert(TLEE_PEAK_UNIT % CHAINS == 0, "whole steps of all chains");

/* The chains that follow on those of `last`. */
VEC_INLINE void begin(vec *x, vec last) {
    for (size_t v = 0; v < GROUP; v++)
        x[v] = last = vec_add(last, vec_set(LANES));
}

VEC_INLINE void step(vec *x, vec a) {
    for (size_t v = 0; v < GROUP; v++)
        x[v] = vec_fma(x[v], a, x[v]);
}

VEC_INLINE vec sum_of(const vec *x) {
    return vec_add(vec_add(x[0], x[1]), vec_add(x[2], x[3]));
}

VEC_INLINE float peak(size_t count, float a) {
    assert(count % TLEE_PEAK_UNIT == 0);
    float before[LANES];
    for (int i = 0; i < LANES; i++)
        before[i] = (float)(i - LANES);
    vec x[GROUP], y[GROUP], z[GROUP], fourth[GROUP], factor = vec_set(a);
    begin(x, vec_load(before));
    begin(y, x[GROUP - 1]);
    begin(z, y[GROUP - 1]);
    begin(fourth, z[GROUP - 1]);
    for (; count; count -= CHAINS) {
        step(x, factor);
        step(y, factor);
        step(z, factor);
        if (GROUPS > 3)
            step(fourth, factor);
    }
    vec sum = vec_add(vec_add(sum_of(x), sum_of(y)), sum_of(z));
    if (GROUPS > 3)
        sum = vec_add(sum, sum_of(fourth));
    return vec_sum(sum) / (float)CHAINS;
}
