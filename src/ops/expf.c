/* SPDX-License-Identifier: MIT */
#include "expf.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* e^x = (sum + rest) * 2^exponent; sum in 0.65..1.35, rest in -0.02..0.08. */
struct parts {
    float sum, rest;
    int32_t exponent;
};

/*
 * For |x| <= 104: e^x = 2^n * e^r with n the integer nearest to x / ln 2 and |r| <= ln(2) / 2 (Cody
 * and Waite, Software Manual for the Elementary Functions, 1980, chapter 6).
 */
static struct parts split(float x) {
    /* Adding 1.5 * 2^23 leaves the nearest integer in the lowest bits. */
    const float rounder = 12582912.0f;
    float rounded = x * 1.44269504f + rounder;
    int32_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    float n = rounded - rounder;
    /* ln 2 in two parts: the first has 15 bits, so that n times it is exact. */
    float high = x - n * 0.693145752f;
    float low = n * 1.42860677e-6f;
    float r = high - low;
    /* (e^r - 1 - r) / r^2, fitted for the smallest largest relative error of e^r: 2^-28. */
    float q = 0.00138145988f;
    q = q * r + 0.00836871658f;
    q = q * r + 0.0416683890f;
    q = q * r + 0.166665211f;
    q = q * r + 0.499999940f;
    /* e^r = 1 + high + (r^2 * q - low); what rounding 1 + high loses goes into the rest. */
    float sum = 1.0f + high;
    float lost = high - (sum - 1.0f);
    struct parts parts = {sum, lost + (r * r * q - low), bits - 0x4b400000};
    return parts;
}

/* 2^n, n in -126..127. */
static float power_of_two(int32_t n) {
    uint32_t bits = (uint32_t)(n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

float tlee_expf(float x) {
    if (x < -87.3365402f) /* e^x is below 2^-126, the smallest normal number */
        return 0.0f;
    if (x > 88.7228317f) /* e^x rounds to 2^128 */
        return INFINITY;
    if (x != x)
        return x;
    struct parts parts = split(x);
    int32_t half = parts.exponent / 2; /* in two steps: 2^128 is no float */
    return (parts.sum + parts.rest) * power_of_two(half) * power_of_two(parts.exponent - half);
}
