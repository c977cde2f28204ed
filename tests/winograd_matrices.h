/* SPDX-License-Identifier: MIT */
/* Winograd's matrices by the definition in src/ops/winograd.h, for tests. */
#ifndef WINOGRAD_MATRICES_H
#define WINOGRAD_MATRICES_H

#include "winograd.h"

enum {
    WINOGRAD_N = 8 /* the largest n */
};

struct winograd_matrices {
    size_t m, n;
    double bt[WINOGRAD_N][WINOGRAD_N]; /* B^T, n x n */
    double g[WINOGRAD_N][3];           /* G, n x 3 */
    double at[WINOGRAD_N][WINOGRAD_N]; /* A^T, m x n */
    size_t input_roundings;            /* that an element of B^T d may have been through */
    size_t output_roundings;           /* likewise A^T m */
};

struct winograd_matrices winograd_matrices(enum tlee_winograd_size size);

#endif
