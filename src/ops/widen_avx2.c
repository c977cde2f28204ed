/* SPDX-License-Identifier: MIT */
#include "vec_avx2.h"

#include "widen_body.h"

void tlee_widen_f32_avx2(const uint16_t *halves, const float *scale, size_t rows, size_t channels,
                         float *y) {
    widen(halves, scale, rows, channels, y);
}
