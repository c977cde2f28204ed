/* SPDX-License-Identifier: MIT */
/* 14 pixels: every map of a 224 x 224 network is 7 or a multiple of 14 wide. */
#include "vec_avx512.h"

#define PIXELS 14
#include "gemm_x86.h"

void tlee_gemm_f32_14x32_avx512(const struct tlee_gemm *g, size_t pixels, size_t channels) {
    gemm(g, pixels, channels);
}
