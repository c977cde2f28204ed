/* SPDX-License-Identifier: MIT */
/*
 * sigmoid(x) = 1 / (1 + e^-x) and silu(x) = x / (1 + e^-x), in float operations that give the same
 * bits in every row. elementwise_c.c has them for one number, logistic_body.h for a vector.
 *
 *   t = x within LEAST..MOST; n = the integer nearest to -t / ln 2; r = t + n ln 2
 *   e^-t = 2^n * (1 + s), s = e^-r - 1 by a polynomial
 *   denominator = m + (scale + m * s), m = 2^n * scale
 *   sigmoid = scale / denominator
 *   silu = t / denominator * scale + (x - t), where x - t counts above MOST alone
 *
 * n and r as in Cody and Waite, Software Manual for the Elementary Functions, 1980, chapter 6. The
 * scale is there for e^110, which is no float otherwise. Largest errors over all floats: 1.9991
 * units in the last place for sigmoid, 1.9980 for silu; adding m to the scale or 1 to s first would
 * make them 2.4.
 *
 * Products with m and the scale, powers of two, and of n and the parts of ln 2 are exact: there,
 * and nowhere else, a row may fuse multiplication and addition.
 */
#ifndef TLEE_LOGISTIC_H
#define TLEE_LOGISTIC_H

/* sigmoid is 1 here, and silu x. The largest float below 32, for with it MOST + (x - MOST) gives
 * back any x above, without a rounding or by one that is undone. */
#define TLEE_LOGISTIC_MOST 31.9999981f
/* sigmoid and silu are both below half the smallest denormal. */
#define TLEE_LOGISTIC_LEAST (-110.0f)

#define TLEE_LOGISTIC_SCALE 0x1p-32f

/* Adding it rounds to an integer and leaves the exponent field of 2^n * scale in the lowest bits:
 * 1.5 * 2^23 + 127 - 32. */
#define TLEE_LOGISTIC_ROUNDER 12583007.0f
#define TLEE_LOGISTIC_LOG2_E  1.44269504f
/* ln 2 to 2^-36, in two parts that n, of 8 bits, multiplies exactly: 15 and 16 bits. */
#define TLEE_LOGISTIC_LN2_HIGH 0.693145752f
#define TLEE_LOGISTIC_LN2_LOW  1.42861973e-6f

/* (e^-r - 1 + r) / r^2 from the highest power down, fitted for the smallest largest relative error
 * of e^-r: 2^-28. */
#define TLEE_LOGISTIC_Q4 0.00138145988f
#define TLEE_LOGISTIC_Q3 (-0.00836871658f)
#define TLEE_LOGISTIC_Q2 0.0416683890f
#define TLEE_LOGISTIC_Q1 (-0.166665211f)
#define TLEE_LOGISTIC_Q0 0.499999940f

#endif
