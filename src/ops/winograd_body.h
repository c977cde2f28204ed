/* SPDX-License-Identifier: MIT */
/*
 * The transforms of winograd.h on vectors of channels, for every instruction set: included once by
 * each winograd_<isa>.c, after its vector header, which brings vec, LANES and vec_*.
 */
#include "winograd.h"

#include <math.h>

enum {
    N_MAX = 8
};

/* One row or column of B^T d B: v = B^T d. */
VEC_INLINE void input2(const vec d[4], vec v[4]) {
    v[0] = vec_sub(d[2], d[0]);
    v[1] = vec_add(d[2], d[1]);
    v[2] = vec_sub(d[2], d[1]);
    v[3] = vec_sub(d[3], d[1]);
}

VEC_INLINE void input4(const vec d[6], vec v[6]) {
    vec quarter = vec_set(0.25F), minus_quarter = vec_set(-0.25F), half = vec_set(0.5F);
    vec minus_half = vec_set(-0.5F), minus_five_quarters = vec_set(-1.25F);
    vec even1 = vec_fma(minus_quarter, d[2], d[4]), odd1 = vec_fma(minus_quarter, d[1], d[3]);
    vec even2 = vec_sub(d[4], d[2]), odd2 = vec_sub(d[3], d[1]);
    v[0] = vec_fma(quarter, d[0], vec_fma(minus_five_quarters, d[2], d[4]));
    v[1] = vec_add(even1, odd1);
    v[2] = vec_sub(even1, odd1);
    v[3] = vec_fma(half, odd2, even2);
    v[4] = vec_fma(minus_half, odd2, even2);
    v[5] = vec_fma(quarter, d[1], vec_fma(minus_five_quarters, d[3], d[5]));
}

VEC_INLINE void input6(const vec d[8], vec v[8]) {
    vec a = vec_set(5.25F), b = vec_set(-4.25F), c = vec_set(-1.25F), quarter = vec_set(0.25F);
    vec four = vec_set(4), minus_five = vec_set(-5), half = vec_set(0.5F), two = vec_set(2);
    vec minus_half = vec_set(-0.5F), minus_two = vec_set(-2);
    vec even1 = vec_fma(b, d[4], vec_add(d[6], d[2]));
    vec odd1 = vec_fma(b, d[3], vec_add(d[5], d[1]));
    vec even2 = vec_fma(four, d[2], vec_fma(minus_five, d[4], d[6]));
    vec odd2 = vec_fma(four, d[1], vec_fma(minus_five, d[3], d[5]));
    vec even3 = vec_fma(quarter, d[2], vec_fma(c, d[4], d[6]));
    vec odd3 = vec_fma(quarter, d[1], vec_fma(c, d[3], d[5]));
    v[0] = vec_fma(a, vec_sub(d[2], d[4]), vec_sub(d[6], d[0]));
    v[1] = vec_add(even1, odd1);
    v[2] = vec_sub(even1, odd1);
    v[3] = vec_fma(half, odd2, even2);
    v[4] = vec_fma(minus_half, odd2, even2);
    v[5] = vec_fma(two, odd3, even3);
    v[6] = vec_fma(minus_two, odd3, even3);
    v[7] = vec_fma(a, vec_sub(d[3], d[5]), vec_sub(d[7], d[1]));
}

/* One row or column of A^T M A: y = A^T m. */
VEC_INLINE void output2(const vec m[4], vec y[2]) {
    y[0] = vec_add(m[0], vec_add(m[1], m[2]));
    y[1] = vec_add(m[3], vec_sub(m[1], m[2]));
}

VEC_INLINE void output4(const vec m[6], vec y[4]) {
    vec even1 = vec_add(m[1], m[2]), odd1 = vec_sub(m[1], m[2]);
    vec even2 = vec_add(m[3], m[4]), odd2 = vec_sub(m[3], m[4]);
    y[0] = vec_add(m[0], vec_add(even1, even2));
    y[1] = vec_fma(vec_set(0.5F), odd2, odd1);
    y[2] = vec_fma(vec_set(0.25F), even2, even1);
    y[3] = vec_add(m[5], vec_fma(vec_set(0.125F), odd2, odd1));
}

VEC_INLINE void output6(const vec m[8], vec y[6]) {
    vec even1 = vec_add(m[1], m[2]), odd1 = vec_sub(m[1], m[2]);
    vec even2 = vec_add(m[3], m[4]), odd2 = vec_sub(m[3], m[4]);
    vec even3 = vec_add(m[5], m[6]), odd3 = vec_sub(m[5], m[6]);
    y[0] = vec_add(vec_add(m[0], even1), vec_add(even2, even3));
    y[1] = vec_fma(vec_set(2), odd3, vec_fma(vec_set(0.5F), odd2, odd1));
    y[2] = vec_fma(vec_set(4), even3, vec_fma(vec_set(0.25F), even2, even1));
    y[3] = vec_fma(vec_set(8), odd3, vec_fma(vec_set(0.125F), odd2, odd1));
    y[4] = vec_fma(vec_set(16), even3, vec_fma(vec_set(0.0625F), even2, even1));
    y[5] = vec_add(m[7], vec_fma(vec_set(32), odd3, vec_fma(vec_set(0.03125F), odd2, odd1)));
}

/* v = B^T d or y = A^T m along one axis; m is a constant where it is called. */
VEC_INLINE void input_axis(size_t m, const vec *d, vec *v) {
    if (m == 2)
        input2(d, v);
    else if (m == 4)
        input4(d, v);
    else
        input6(d, v);
}

VEC_INLINE void output_axis(size_t m, const vec *from, vec *y) {
    if (m == 2)
        output2(from, y);
    else if (m == 4)
        output4(from, y);
    else
        output6(from, y);
}

/* Columns first, then rows; patch: the first of n x n pixels, row_floats from row to row. */
VEC_INLINE void input_patch(size_t m, const float *patch, size_t row_floats, float *v,
                            size_t frequency) {
    size_t n = m + 2;
    vec columns[N_MAX][N_MAX]; /* [column][row] */
    for (size_t j = 0; j < n; j++) {
        vec d[N_MAX];
        for (size_t i = 0; i < n; i++)
            d[i] = vec_load(patch + i * row_floats + j * LANES);
        input_axis(m, d, columns[j]);
    }
    for (size_t i = 0; i < n; i++) {
        vec d[N_MAX], out[N_MAX];
        for (size_t j = 0; j < n; j++)
            d[j] = columns[j][i];
        input_axis(m, d, out);
        for (size_t j = 0; j < n; j++)
            vec_store(v + (i * n + j) * frequency, out[j]);
    }
}

VEC_INLINE void input(const struct tlee_winograd *p, size_t m, const float *x, size_t begin,
                      size_t end, float *v, size_t frequency) {
    size_t n = m + 2;
    for (size_t t = begin; t < end; t++, v += LANES) {
        /* The patch's first row and column on the map with its border of zeros. */
        size_t top = t / p->tiles_w * m, left = t % p->tiles_w * m;
        if (top >= p->ph && left >= p->pw && top + n <= p->h + p->ph && left + n <= p->w + p->pw) {
            const float *patch = x + ((top - p->ph) * p->w + left - p->pw) * LANES;
            input_patch(m, patch, p->w * LANES, v, frequency);
            continue;
        }
        float edge[N_MAX * N_MAX * LANES];
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                size_t row = top + i, column = left + j;
                int inside =
                    row >= p->ph && row < p->h + p->ph && column >= p->pw && column < p->w + p->pw;
                vec pixel = vec_zero();
                if (inside)
                    pixel = vec_load(x + ((row - p->ph) * p->w + column - p->pw) * LANES);
                vec_store(edge + (i * n + j) * LANES, pixel);
            }
        input_patch(m, edge, n * LANES, v, frequency);
    }
}

VEC_INLINE void output(const struct tlee_winograd *p, size_t m, const float *products,
                       size_t frequency, size_t begin, size_t end, const float *bias,
                       const float *residual, enum tlee_activation act, float *y) {
    size_t n = m + 2;
    vec added = bias ? vec_load(bias) : vec_zero();
    vec least = act == TLEE_ACT_NONE ? vec_set(-INFINITY) : vec_zero();
    vec most = vec_set(act == TLEE_ACT_RELU6 ? 6.0F : INFINITY);
    for (size_t t = begin; t < end; t++, products += LANES) {
        size_t top = t / p->tiles_w * m, left = t % p->tiles_w * m;
        size_t rows = p->oh - top < m ? p->oh - top : m;
        size_t columns = p->ow - left < m ? p->ow - left : m;
        vec sums[N_MAX][N_MAX]; /* [column][row] */
        for (size_t j = 0; j < n; j++) {
            vec d[N_MAX];
            for (size_t i = 0; i < n; i++)
                d[i] = vec_load(products + (i * n + j) * frequency);
            output_axis(m, d, sums[j]);
        }
        for (size_t i = 0; i < rows; i++) {
            vec d[N_MAX], out[N_MAX];
            for (size_t j = 0; j < n; j++)
                d[j] = sums[j][i];
            output_axis(m, d, out);
            size_t place = ((top + i) * p->ow + left) * LANES;
            for (size_t j = 0; j < columns; j++) {
                vec sum = vec_add(out[j], added);
                if (residual)
                    sum = vec_add(sum, vec_load(residual + place + j * LANES));
                vec_store(y + place + j * LANES, vec_min(most, vec_max(least, sum)));
            }
        }
    }
}
