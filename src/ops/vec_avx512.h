/* SPDX-License-Identifier: MIT */
/* AVX-512 behind the names that kernel bodies use; included by *_avx512.c files alone. */
#ifndef TLEE_VEC_AVX512_H
#define TLEE_VEC_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

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
/* a > b ? a : b, but NaN when either is. */
VEC_INLINE vec vec_max_nan(vec a, vec b) {
    return _mm512_mask_mov_ps(_mm512_max_ps(a, b), _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), a);
}
VEC_INLINE vec vec_div(vec a, vec b) {
    return _mm512_div_ps(a, b);
}
/* 2 to the power of a lane's lowest 9 bits - 127, those bits being 1..254. */
VEC_INLINE vec vec_power(vec a) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
}
/* The sum of all lanes. */
VEC_INLINE float vec_sum(vec a) {
    return _mm512_reduce_add_ps(a);
}

VEC_INLINE __mmask16 vec_mask(size_t count) {
    return (__mmask16)((1U << count) - 1);
}
/* The first `count` lanes alone, fewer than LANES; the others are 0. */
VEC_INLINE vec vec_load_first(const float *from, size_t count) {
    return _mm512_maskz_loadu_ps(vec_mask(count), from);
}
VEC_INLINE void vec_store_first(float *to, vec a, size_t count) {
    _mm512_mask_storeu_ps(to, vec_mask(count), a);
}

/* IEEE half floats. */
VEC_INLINE vec vec_load_half(const uint16_t *from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)from));
}
VEC_INLINE vec vec_load_half_first(const uint16_t *from, size_t count) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(vec_mask(count), from));
}
/* Asks for the line at `place`, which need not exist. */
VEC_INLINE void vec_prefetch(uintptr_t place) {
    _mm_prefetch((const char *)place, _MM_HINT_T0);
}
/* One byte of each of LANES words, `shift` bits from its lowest on. */
VEC_INLINE vec vec_bytes(const uint32_t *words, unsigned shift) {
    __m512i all = _mm512_loadu_si512(words);
    __m512i low = _mm512_srl_epi32(all, _mm_cvtsi32_si128((int)shift));
    return _mm512_cvtepi32_ps(_mm512_and_si512(low, _mm512_set1_epi32(255)));
}

#endif
