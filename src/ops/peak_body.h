/* SPDX-License-Identifier: MIT */
/*
 * Multiply-adds at the pace of the arithmetic units alone, for every instruction set: included once
 * by each peak_<isa>.c, after its vector header, which sets
 *   GROUPS   of four vectors each, that fill most of the registers: an operation's result comes
 *            some cycles later, and meanwhile the units must find others to do
 */
#include "ops.h"

#include <assert.h>

enum {
    GROUP = 4,
    CHAINS = GROUPS * GROUP * LANES
};
_Static_assert(TLEE_PEAK_UNIT % CHAINS == 0, "whole steps of all chains");

VEC_INLINE float peak(size_t count) {
    assert(count % TLEE_PEAK_UNIT == 0);
    float ends[CHAINS], sum = 0.0F;
    vec x[GROUPS][GROUP], half = vec_set(0.5F);
    for (size_t i = 0; i < CHAINS; i++)
        ends[i] = (float)i;
    for (size_t g = 0; g < GROUPS; g++)
        for (size_t v = 0; v < GROUP; v++)
            x[g][v] = vec_load(ends + (g * GROUP + v) * LANES);
    for (; count; count -= CHAINS)
        for (size_t g = 0; g < GROUPS; g++)
            for (size_t v = 0; v < GROUP; v++)
                x[g][v] = vec_fma(x[g][v], half, half);
    for (size_t g = 0; g < GROUPS; g++)
        for (size_t v = 0; v < GROUP; v++)
            vec_store(ends + (g * GROUP + v) * LANES, x[g][v]);
    for (size_t i = 0; i < CHAINS; i++)
        sum += ends[i];
    return sum / (float)CHAINS;
}
