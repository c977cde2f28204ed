/* SPDX-License-Identifier: MIT */
#include "winograd_matrices.h"

#include <math.h>

/* Coefficients of the product of (z - points[l]) over l < count, l != except. */
static void polynomial(const double *points, size_t count, size_t except, double *coefficients) {
    coefficients[0] = 1.0;
    for (size_t l = 0, degree = 0; l < count; l++) {
        if (l == except)
            continue;
        degree++;
        coefficients[degree] = coefficients[degree - 1];
        for (size_t k = degree - 1; k > 0; k--)
            coefficients[k] = coefficients[k - 1] - points[l] * coefficients[k];
        coefficients[0] *= -points[l];
    }
}

static double value_at(const double *coefficients, size_t degree, double z) {
    double value = 0.0;
    for (size_t k = degree + 1; k-- > 0;)
        value = value * z + coefficients[k];
    return value;
}

struct winograd_matrices winograd_matrices(enum tlee_winograd_size size) {
    static const double points[] = {0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0};
    static const size_t m[] = {2, 4, 6}, input_roundings[] = {1, 2, 3},
                        output_roundings[] = {2, 3, 4};
    struct winograd_matrices made = {.m = m[size],
                                     .n = m[size] + 2,
                                     .input_roundings = input_roundings[size],
                                     .output_roundings = output_roundings[size]};
    size_t finite = made.n - 1;
    for (size_t i = 0; i < made.n; i++) {
        polynomial(points, finite, i, made.bt[i]);
        if (i == finite) {
            made.g[i][2] = 1.0;
            made.at[made.m - 1][i] = 1.0;
            continue;
        }
        double product = value_at(made.bt[i], finite - 1, points[i]);
        for (size_t k = 0; k < 3; k++)
            made.g[i][k] = pow(points[i], (double)k) / product;
        for (size_t j = 0; j < made.m; j++)
            made.at[j][i] = pow(points[i], (double)j);
    }
    return made;
}
