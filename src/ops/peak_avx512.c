/* SPDX-License-Identifier: MIT */
#include "vec_avx512.h"

enum {
    GROUPS = 4
};
#include "peak_body.h"

float tlee_peak_f32_avx512(size_t count, float a) {
    return peak(count, a);
}
