/* SPDX-License-Identifier: MIT */
/* Packed weights from half precision to floats, for every instruction set: included once by each
 * widen_<isa>.c, after its vector header. */
#include "gemm.h"

#include <assert.h>

VEC_INLINE void widen_rows(const uint16_t *halves, const float *scale, size_t rows, size_t vectors,
                           float *y) {
    vec scale0 = scale ? vec_load(scale) : vec_set(1);
    vec scale1 = scale && vectors > 1 ? vec_load(scale + LANES) : scale0;
    for (size_t r = 0; r < rows; r++, halves += vectors * LANES, y += vectors * LANES) {
        vec_store(y, vec_mul(vec_load_half(halves), scale0));
        if (vectors > 1)
            vec_store(y + LANES, vec_mul(vec_load_half(halves + LANES), scale1));
    }
}

VEC_INLINE void widen(const uint16_t *halves, const float *scale, size_t rows, size_t channels,
                      float *y) {
    assert(channels == LANES || channels == 2 * LANES);
    if (channels == LANES)
        widen_rows(halves, scale, rows, 1, y);
    else
        widen_rows(halves, scale, rows, 2, y);
}
