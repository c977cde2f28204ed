/* SPDX-License-Identifier: MIT */
/* Thresholds and temperatures of the exits: defaults, bounds, and whose count. */
#ifndef TLEE_THRESHOLDS_H
#define TLEE_THRESHOLDS_H

#include "tlee.h"

#define TLEE_TEMPERATURE_LEAST 0.001
#define TLEE_TEMPERATURE_MOST  1000.0

/* Every entry NaN. */
void tlee_thresholds_open(struct tlee_thresholds *thresholds);

/* Where `wanted` is NaN it becomes what `own` has. */
void tlee_thresholds_complete(struct tlee_thresholds *wanted, const struct tlee_thresholds *own);

/* ARG unless every entry is NaN or a threshold is in 0..1, a temperature in 0.001..1000. */
enum tlee_status tlee_thresholds_check(const struct tlee_thresholds *thresholds,
                                       struct tlee_error *error);

/* The one number at exits 0 .. exits - 1, or NaN where they differ. */
double tlee_thresholds_common(const double *values, size_t exits);

/*
 * Probabilities of the scores at a temperature: softmax(y / temperature), the division in float32.
 * In place allowed. With 1 the scores are taken as they are.
 */
struct tlee_ops;
void tlee_probabilities(const struct tlee_ops *ops, const float *logits, double temperature,
                        float *probabilities, size_t classes);

#endif
