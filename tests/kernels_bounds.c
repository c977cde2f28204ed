/* SPDX-License-Identifier: MIT */
/* How far a float result may be from the exact value. */
#include "kernels.h"

#include <float.h>
#include <math.h>

double kernels_ulp(double value) {
    int exponent;
    frexp(value, &exponent);
    return ldexp(1.0, exponent < -125 ? -149 : exponent - 24);
}

/*
 * n * u * sum |x * w|, u = 2^-24 (Higham, Accuracy and Stability of Numerical Algorithms, 2nd
 * edition, section 3.1), n counting a rounding more than there are terms; and for each term
 * what underflow takes from the product and from the sum: half the smallest denormal from the
 * product alone, or all of both where denormals count as zeros.
 */
struct kernels_want kernels_sum(double value, size_t terms, double magnitude) {
    static const double underflow = KERNELS_LEAST * (KERNELS_LEAST > 0x1p-149 ? 2.0 : 0.5);
    struct kernels_want want = {value, 0.0};
    if (terms && isfinite(value))
        want.bound = (double)(terms + 1) * (0x1p-24 * magnitude + underflow);
    return want;
}

/* 2 units in the last place, or no normal number, where the result is too small for one. */
static double function_bound(double value) {
    return fabs(value) < (double)FLT_MIN ? (double)FLT_MIN : 2.0 * kernels_ulp(value);
}

/* The slope of silu is below 1.1, that of the others at most 1. */
struct kernels_want kernels_activated(enum tlee_activation act, double value, size_t terms,
                                      double magnitude) {
    struct kernels_want want = kernels_sum(value, terms, magnitude);
    double sigmoid = 1.0 / (1.0 + exp(-value));
    switch (act) {
    case TLEE_ACT_NONE:
        break;
    case TLEE_ACT_RELU:
        want.value = value < 0.0 ? 0.0 : value;
        break;
    case TLEE_ACT_RELU6:
        want.value = value < 0.0 ? 0.0 : value > 6.0 ? 6.0 : value;
        break;
    case TLEE_ACT_SILU:
        want.value = value * sigmoid;
        want.bound = 1.1 * want.bound + function_bound(want.value);
        break;
    case TLEE_ACT_SIGMOID:
        want.value = sigmoid;
        want.bound += function_bound(want.value);
        break;
    }
    return want;
}
