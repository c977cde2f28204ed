/* SPDX-License-Identifier: MIT */
/* NEON with VFPv4's fused multiply-add behind the names that kernel bodies use; included by
 * *_neon.c files alone. */
#ifndef TLEE_VEC_NEON_H
#define TLEE_VEC_NEON_H

#include <arm_neon.h>
#include <stddef.h>

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

#endif
