/* SPDX-License-Identifier: MIT */
#include "expf.h"

#include <math.h>

float tlee_expf(float x) {
    if (x < -87.3365402f) /* e^x is below 2^-126, the smallest normal number */
        return 0.0f;
    if (x > 88.7228317f) /* e^x rounds to 2^128 */
        return INFINITY;
    if (x != x)
        return x;
    struct tlee_expf_parts parts = tlee_expf_parts(x);
    int32_t half = parts.exponent / 2; /* in two steps: 2^128 is no float */
    return (parts.sum + parts.rest) * tlee_expf_power(half) *
           tlee_expf_power(parts.exponent - half);
}
