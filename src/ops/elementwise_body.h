/* SPDX-License-Identifier: MIT */
/* Elementwise ops for every instruction set: included once by each elementwise_<isa>.c, after its
 * vector header. The operations are those of the C row, and so are the bits. */
#include "ops.h"

typedef vec unary_fn(vec x);
typedef vec binary_fn(vec a, vec b);

VEC_INLINE void unary(unary_fn of, const float *x, float *y, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(y + i, of(vec_load(x + i)));
    if (i < count)
        vec_store_first(y + i, of(vec_load_first(x + i, count - i)), count - i);
}

VEC_INLINE void binary(binary_fn of, const float *a, const float *b, float *y, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(y + i, of(vec_load(a + i), vec_load(b + i)));
    if (i < count)
        vec_store_first(y + i,
                        of(vec_load_first(a + i, count - i), vec_load_first(b + i, count - i)),
                        count - i);
}

VEC_INLINE vec relu(vec x) {
    return vec_max(vec_zero(), x);
}

VEC_INLINE vec relu6(vec x) {
    return vec_min(vec_set(6), relu(x));
}

/* Multiplying by a half is as exact as dividing by two. */
VEC_INLINE vec mean(vec a, vec b) {
    return vec_mul(vec_add(a, b), vec_set(0.5F));
}

VEC_INLINE vec average(vec previous, vec x, float beta, float one_minus_beta) {
    return vec_add(vec_mul(vec_set(beta), previous), vec_mul(vec_set(one_minus_beta), x));
}

VEC_INLINE void ema(const float *x, const float *previous, float beta, float one_minus_beta,
                    float *y, size_t count) {
    size_t i = 0, rest = count % LANES;
    for (; i + LANES <= count; i += LANES)
        vec_store(y + i, average(vec_load(previous + i), vec_load(x + i), beta, one_minus_beta));
    if (rest)
        vec_store_first(y + i,
                        average(vec_load_first(previous + i, rest), vec_load_first(x + i, rest),
                                beta, one_minus_beta),
                        rest);
}
