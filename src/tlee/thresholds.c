/* SPDX-License-Identifier: MIT */
#include "thresholds.h"

#include "ops.h"
#include "status.h"

#include <math.h>

void tlee_thresholds_fill(double values[TLEE_EXITS_MAX], double value) {
    for (size_t b = 0; b < TLEE_EXITS_MAX; b++)
        values[b] = value;
}

void tlee_thresholds_open(struct tlee_thresholds *thresholds) {
    tlee_thresholds_fill(thresholds->first, (double)NAN);
    tlee_thresholds_fill(thresholds->exit, (double)NAN);
    tlee_thresholds_fill(thresholds->gate, (double)NAN);
    tlee_thresholds_fill(thresholds->temperature, (double)NAN);
}

static void complete(double *wanted, const double *own) {
    for (size_t b = 0; b < TLEE_EXITS_MAX; b++)
        if (isnan(wanted[b]))
            wanted[b] = own[b];
}

void tlee_thresholds_complete(struct tlee_thresholds *wanted, const struct tlee_thresholds *own) {
    complete(wanted->first, own->first);
    complete(wanted->exit, own->exit);
    complete(wanted->gate, own->gate);
    complete(wanted->temperature, own->temperature);
}

static bool are_within(const double *values, double least, double most) {
    bool within = true;
    for (size_t b = 0; b < TLEE_EXITS_MAX; b++)
        within = within && (isnan(values[b]) || (values[b] >= least && values[b] <= most));
    return within;
}

enum tlee_status tlee_thresholds_check(const struct tlee_thresholds *thresholds,
                                       struct tlee_error *error) {
    if (!are_within(thresholds->first, 0, 1) || !are_within(thresholds->exit, 0, 1) ||
        !are_within(thresholds->gate, 0, 1))
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a threshold is outside 0..1");
    if (!are_within(thresholds->temperature, TLEE_TEMPERATURE_LEAST, TLEE_TEMPERATURE_MOST))
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a temperature is outside %g..%g",
                         TLEE_TEMPERATURE_LEAST, TLEE_TEMPERATURE_MOST);
    return TLEE_OK;
}

double tlee_thresholds_common(const double *values, size_t exits) {
    for (size_t b = 1; b < exits; b++)
        if (values[b] != values[0])
            return (double)NAN;
    return values[0];
}

void tlee_probabilities(const struct tlee_ops *ops, const float *logits, double temperature,
                        float *probabilities, size_t classes) {
    float divisor = (float)temperature;
    if (divisor == 1.0F) {
        ops->softmax(logits, probabilities, classes);
        return;
    }
    for (size_t i = 0; i < classes; i++)
        probabilities[i] = logits[i] / divisor;
    ops->softmax(probabilities, probabilities, classes);
}
