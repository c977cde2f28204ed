/* SPDX-License-Identifier: MIT */
/* AVX-512 behind the names that kernel bodies use; included by *_avx512.c files alone. */
#ifndef TLEE_VEC_AVX512_H
#define TLEE_VEC_AVX512_H

#include <immintrin.h>
#include <stddef.h>

#define VEC_INLINE static inline __attribute__((always_inline))

typedef __m512 vec;
enum {
    LANES = 16
};

VEC_INLINE vec vec_load(const float *from) {
    return _mm512_loadu_ps(from);
}
VEC_INLINE void vec_store(float *to, vec a) {
    _mm512_storeu_ps(to, a);
}
VEC_INLINE vec vec_set(float value) {
    return _mm512_set1_ps(value);
}
VEC_INLINE vec vec_zero(void) {
    return _mm512_setzero_ps();
}
VEC_INLINE vec vec_add(vec a, vec b) {
    return _mm512_add_ps(a, b);
}
VEC_INLINE vec vec_sub(vec a, vec b) {
    return _mm512_sub_ps(a, b);
}
VEC_INLINE vec vec_mul(vec a, vec b) {
    return _mm512_mul_ps(a, b);
}
/* a * b + c */
VEC_INLINE vec vec_fma(vec a, vec b, vec c) {
    return _mm512_fmadd_ps(a, b, c);
}
/* NaN in b stays NaN. */
VEC_INLINE vec vec_max(vec a, vec b) {
    return _mm512_max_ps(a, b);
}
VEC_INLINE vec vec_min(vec a, vec b) {
    return _mm512_min_ps(a, b);
}

#endif
