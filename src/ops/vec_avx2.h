/* SPDX-License-Identifier: MIT */
/* AVX2 behind the names that kernel bodies use; included by *_avx2.c files alone. */
#ifndef TLEE_VEC_AVX2_H
#define TLEE_VEC_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

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
/* a > b ? a : b, but NaN when either is. */
VEC_INLINE vec vec_max_nan(vec a, vec b) {
    return _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
}
VEC_INLINE vec vec_div(vec a, vec b) {
    return _mm256_div_ps(a, b);
}
/* 2 to the power of a lane's lowest 9 bits - 127, those bits being 1..254. */
VEC_INLINE vec vec_power(vec a) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23));
}
/* The sum of all lanes. */
VEC_INLINE float vec_sum(vec a) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

VEC_INLINE __m256i vec_mask(size_t count) {
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
}
/* The first `count` lanes alone, fewer than LANES; the others are 0. */
VEC_INLINE vec vec_load_first(const float *from, size_t count) {
    return _mm256_maskload_ps(from, vec_mask(count));
}
VEC_INLINE void vec_store_first(float *to, vec a, size_t count) {
    _mm256_maskstore_ps(to, vec_mask(count), a);
}

/* IEEE half floats. */
VEC_INLINE vec vec_load_half(const uint16_t *from) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)from));
}
VEC_INLINE vec vec_load_half_first(const uint16_t *from, size_t count) {
    uint16_t lanes[LANES] = {0};
    for (size_t i = 0; i < count; i++)
        lanes[i] = from[i];
    return vec_load_half(lanes);
}
/* Asks for the line at `place`, which need not exist. */
VEC_INLINE void vec_prefetch(uintptr_t place) {
    _mm_prefetch((const char *)place, _MM_HINT_T0);
}
/* One byte of each of LANES words, `shift` bits from its lowest on. */
VEC_INLINE vec vec_bytes(const uint32_t *words, unsigned shift) {
    __m256i all = _mm256_loadu_si256((const __m256i *)(const void *)words);
    __m256i low = _mm256_srl_epi32(all, _mm_cvtsi32_si128((int)shift));
    return _mm256_cvtepi32_ps(_mm256_and_si256(low, _mm256_set1_epi32(255)));
}

#endif
