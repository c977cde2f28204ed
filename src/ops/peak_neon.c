/* SPDX-License-Identifier: MIT */
#include "vec_neon.h"

/* 32 vector registers, or 16. */
enum {
#if defined(__aarch64__)
    GROUPS = 4
#else
    GROUPS = 3
#endif
};
#include "peak_body.h"

float tlee_peak_f32_neon(size_t count, float a) {
    return peak(count, a);
}
