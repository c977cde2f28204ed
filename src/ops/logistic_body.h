/* SPDX-License-Identifier: MIT */
/* silu and sigmoid of a vector (logistic.h): included by the elementwise_<isa>.c that have them,
 * after the vector header. Fused where the product is exact: the bits are those of the C row. */
#include "logistic.h"

/* NaN stays NaN. */
VEC_INLINE vec at_most(vec x) {
    return vec_min(vec_set(TLEE_LOGISTIC_MOST), x);
}

VEC_INLINE vec at_least(vec x) {
    return vec_max(vec_set(TLEE_LOGISTIC_LEAST), x);
}

VEC_INLINE vec polynomial(vec r) {
    vec q = vec_set(TLEE_LOGISTIC_Q4);
    q = vec_add(vec_mul(q, r), vec_set(TLEE_LOGISTIC_Q3));
    q = vec_add(vec_mul(q, r), vec_set(TLEE_LOGISTIC_Q2));
    q = vec_add(vec_mul(q, r), vec_set(TLEE_LOGISTIC_Q1));
    q = vec_add(vec_mul(q, r), vec_set(TLEE_LOGISTIC_Q0));
    return vec_sub(vec_mul(vec_mul(r, r), q), r);
}

/* (1 + e^-t) * scale. */
VEC_INLINE vec denominator(vec t) {
    vec rounder = vec_set(TLEE_LOGISTIC_ROUNDER);
    vec rounded = vec_add(vec_mul(t, vec_set(-TLEE_LOGISTIC_LOG2_E)), rounder);
    vec n = vec_sub(rounded, rounder);
    vec high = vec_fma(n, vec_set(TLEE_LOGISTIC_LN2_HIGH), t);
    vec r = vec_fma(n, vec_set(TLEE_LOGISTIC_LN2_LOW), high);
    vec m = vec_power(rounded);
    return vec_add(m, vec_fma(m, polynomial(r), vec_set(TLEE_LOGISTIC_SCALE)));
}

VEC_INLINE vec sigmoid(vec x) {
    return vec_div(vec_set(TLEE_LOGISTIC_SCALE), denominator(at_least(at_most(x))));
}

VEC_INLINE vec silu(vec x) {
    vec below = at_most(x), t = at_least(below);
    vec quotient = vec_div(t, denominator(t));
    return vec_fma(quotient, vec_set(TLEE_LOGISTIC_SCALE), vec_sub(x, below));
}
