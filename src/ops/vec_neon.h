/* SPDX-License-Identifier: MIT */
/* NEON with VFPv4's fused multiply-add behind the names that kernel bodies use; included by
 * *_neon.c files alone. */
#ifndef TLEE_VEC_NEON_H
#define TLEE_VEC_NEON_H

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

#define VEC_INLINE static inline __attribute__((always_inline))

typedef float32x4_t vec;
enum {
    LANES = 4
};

VEC_INLINE vec vec_load(const float *from) {
    return vld1q_f32(from);
}
VEC_INLINE void vec_store(float *to, vec a) {
    vst1q_f32(to, a);
}
VEC_INLINE vec vec_set(float value) {
    return vdupq_n_f32(value);
}
VEC_INLINE vec vec_zero(void) {
    return vdupq_n_f32(0);
}
VEC_INLINE vec vec_add(vec a, vec b) {
    return vaddq_f32(a, b);
}
VEC_INLINE vec vec_sub(vec a, vec b) {
    return vsubq_f32(a, b);
}
VEC_INLINE vec vec_mul(vec a, vec b) {
    return vmulq_f32(a, b);
}
/* a * b + c */
VEC_INLINE vec vec_fma(vec a, vec b, vec c) {
    return vfmaq_f32(c, a, b);
}
/* NaN in either stays NaN. */
VEC_INLINE vec vec_max(vec a, vec b) {
    return vmaxq_f32(a, b);
}
VEC_INLINE vec vec_min(vec a, vec b) {
    return vminq_f32(a, b);
}
/* a > b ? a : b, but NaN when either is. */
VEC_INLINE vec vec_max_nan(vec a, vec b) {
    return vmaxq_f32(a, b);
}
VEC_INLINE vec vec_div(vec a, vec b) {
#if defined(__aarch64__)
    return vdivq_f32(a, b);
#else
    float x[LANES], y[LANES];
    vst1q_f32(x, a);
    vst1q_f32(y, b);
    for (size_t i = 0; i < LANES; i++)
        x[i] /= y[i];
    return vld1q_f32(x);
#endif
}
/* 2 to the power of a lane's lowest 9 bits - 127, those bits being 1..254. */
VEC_INLINE vec vec_power(vec a) {
    return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(a), 23));
}
/* The sum of all lanes. */
VEC_INLINE float vec_sum(vec a) {
    float32x2_t two = vadd_f32(vget_low_f32(a), vget_high_f32(a));
    return vget_lane_f32(vpadd_f32(two, two), 0);
}

/* The first `count` lanes alone, fewer than LANES; the others are 0. */
VEC_INLINE vec vec_load_first(const float *from, size_t count) {
    float lanes[LANES] = {0};
    for (size_t i = 0; i < count; i++)
        lanes[i] = from[i];
    return vld1q_f32(lanes);
}
VEC_INLINE void vec_store_first(float *to, vec a, size_t count) {
    float lanes[LANES];
    vst1q_f32(lanes, a);
    for (size_t i = 0; i < count; i++)
        to[i] = lanes[i];
}

/* IEEE half floats. */
VEC_INLINE vec vec_load_half(const uint16_t *from) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from)));
}
VEC_INLINE vec vec_load_half_first(const uint16_t *from, size_t count) {
    uint16_t lanes[LANES] = {0};
    for (size_t i = 0; i < count; i++)
        lanes[i] = from[i];
    return vec_load_half(lanes);
}
/* Fetches nothing: on ARM nobody has timed it. */
VEC_INLINE void vec_prefetch(uintptr_t place) {
    (void)place;
}
/* One byte of each of LANES words, `shift` bits from its lowest on. */
VEC_INLINE vec vec_bytes(const uint32_t *words, unsigned shift) {
    uint32x4_t low = vshlq_u32(vld1q_u32(words), vdupq_n_s32(-(int)shift));
    return vcvtq_f32_u32(vandq_u32(low, vdupq_n_u32(255)));
}

#endif
