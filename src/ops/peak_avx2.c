/* SPDX-License-Identifier: MIT */
#include "vec_avx2.h"

enum {
    GROUPS = 3
};
#include "peak_body.h"

float tlee_peak_f32_avx2(size_t count, float a) {
    return peak(count, a);
}
