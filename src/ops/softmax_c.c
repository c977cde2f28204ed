/* SPDX-License-Identifier: MIT */
/* Softmax in plain C: the definition. */
#include "expf.h"
#include "ops.h"

#include <assert.h>

void tlee_softmax_f32_c(const float *x, float *y, size_t count) {
    assert(count >= 1);
    float largest = x[0];
    for (size_t i = 1; i < count; i++)
        largest = x[i] > largest ? x[i] : largest;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        y[i] = tlee_expf(x[i] - largest);
        sum += (double)y[i];
    }
    for (size_t i = 0; i < count; i++)
        y[i] = (float)((double)y[i] / sum);
}
