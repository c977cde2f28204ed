/* SPDX-License-Identifier: MIT */
#include "tlee_base.h"

/* No kernels but the C row are built so far. */
unsigned tlee_cpu_available(void) {
    return TLEE_CPU_C;
}

const char *tlee_cpu_name(unsigned cpu) {
    if (cpu & TLEE_CPU_AVX512)
        return "avx512";
    if (cpu & TLEE_CPU_AVX2)
        return "avx2";
    return cpu & TLEE_CPU_NEON ? "neon" : "c";
}
