/* SPDX-License-Identifier: MIT */
/* 6 pixels: 12 accumulators, two weights and an input in 16 registers. */
#include "vec_avx2.h"

#define PIXELS 6
#include "gemm_x86.h"

void tlee_gemm_f32_6x16_avx2(const struct tlee_gemm *g, size_t pixels, size_t channels) {
    gemm(g, pixels, channels);
}
