/* SPDX-License-Identifier: MIT */
/* AVX2 behind the names that kernel bodies use; included by *_avx2.c files alone. */
#ifndef TLEE_VEC_AVX2_H
#define TLEE_VEC_AVX2_H

#include <immintrin.h>
#include <stddef.h>

#define VEC_INLINE static inline __attribute__((always_inline))

typedef __m256 vec;
enum {
    LANES = 8
};

VEC_INLINE vec vec_load(const float *from) {
    return _mm256_loadu_ps(from);
}
VEC_INLINE void vec_store(float *to, vec a) {
    _mm256_storeu_ps(to, a);
}
VEC_INLINE vec vec_set(float value) {
    return _mm256_set1_ps(value);
}
VEC_INLINE vec vec_zero(void) {
    return _mm256_setzero_ps();
}
VEC_INLINE vec vec_add(vec a, vec b) {
    return _mm256_add_ps(a, b);
}
VEC_INLINE vec vec_sub(vec a, vec b) {
    return _mm256_sub_ps(a, b);
}
VEC_INLINE vec vec_mul(vec a, vec b) {
    return _mm256_mul_ps(a, b);
}
/* a * b + c */
VEC_INLINE vec vec_fma(vec a, vec b, vec c) {
    return _mm256_fmadd_ps(a, b, c);
}
/* NaN in b stays NaN. */
VEC_INLINE vec vec_max(vec a, vec b) {
    return _mm256_max_ps(a, b);
}
VEC_INLINE vec vec_min(vec a, vec b) {
    return _mm256_min_ps(a, b);
}

#endif
