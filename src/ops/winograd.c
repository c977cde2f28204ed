/* SPDX-License-Identifier: MIT */
#include "winograd.h"

/* Finite points, in the order of the frequencies; infinity is the last. */
static const double points[] = {0, 1, -1, 0.5, -0.5, 2, -2};

size_t tlee_winograd_m(enum tlee_winograd_size size) {
    static const size_t m[] = {2, 4, 6};
    return m[size];
}

size_t tlee_winograd_n(enum tlee_winograd_size size) {
    return tlee_winograd_m(size) + 2;
}

/* Row i of G. */
static void filter_row(size_t i, size_t n, double row[3]) {
    row[0] = row[1] = 0;
    row[2] = 1;
    if (i == n - 1)
        return;
    double point = points[i], product = 1;
    for (size_t l = 0; l < n - 1; l++)
        if (l != i)
            product *= point - points[l];
    row[0] = 1 / product;
    row[1] = point / product;
    row[2] = point * point / product;
}

void tlee_winograd_filter(enum tlee_winograd_size size, const float g[9], float *u) {
    size_t n = tlee_winograd_n(size);
    double rows[8][3];
    for (size_t i = 0; i < n; i++)
        filter_row(i, n, rows[i]);
    for (size_t i = 0; i < n; i++) {
        double half[3] = {0};
        for (size_t k = 0; k < 3; k++)
            for (size_t j = 0; j < 3; j++)
                half[j] += rows[i][k] * (double)g[3 * k + j];
        for (size_t j = 0; j < n; j++)
            u[i * n + j] =
                (float)(half[0] * rows[j][0] + half[1] * rows[j][1] + half[2] * rows[j][2]);
    }
}
