/* SPDX-License-Identifier: MIT */
#include "ops.h"

#include <assert.h>

/* Compilers make twelve vectors of four floats of these where there are such vectors. */
enum {
    CHAINS = 48
};
_Static_assert(TLEE_PEAK_UNIT % CHAINS == 0, "whole steps of all chains");

float tlee_peak_f32_c(size_t count, float a) {
    assert(count % TLEE_PEAK_UNIT == 0);
    float x[CHAINS], sum = 0.0F;
    for (size_t i = 0; i < CHAINS; i++)
        x[i] = (float)i;
    for (; count; count -= CHAINS)
        for (size_t i = 0; i < CHAINS; i++)
            x[i] += x[i] * a;
    for (size_t i = 0; i < CHAINS; i++)
        sum += x[i];
    return sum / (float)CHAINS;
}
