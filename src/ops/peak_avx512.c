/* SPDX-License-Identifier: MIT */
#include "vec_avx512.h"

enum {
    GROUPS = 6
};
#include "peak_body.h"

float tlee_peak_f32_avx512(size_t count) {
    return peak(count);
}
