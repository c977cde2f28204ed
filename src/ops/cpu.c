/* SPDX-License-Identifier: MIT */
/* Which instruction sets this build has kernels for and this machine, with its system, can run. */
#include "tlee_base.h"

#if defined(__x86_64__) && !defined(TLEE_PLAIN_C)

#include <cpuid.h>
#include <stdbool.h>

/* Bits of CPUID leaf 1, ecx; leaf 7, ebx; and of XCR0 (Intel SDM volumes 1, 13.3, and 2A). */
enum {
    LEAF1_FMA = 1 << 12,
    LEAF1_OSXSAVE = 1 << 27,
    LEAF1_AVX = 1 << 28,
    LEAF1_F16C = 1 << 29,
    LEAF7_AVX2 = 1 << 5,
    XCR0_YMM = 0x6, /* the system saves xmm and ymm */
    XCR0_ZMM = 0xe6 /* and masks and zmm */
};
static const unsigned leaf7_avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; /* F DQ BW VL */

static unsigned xcr0(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static bool has(unsigned bits, unsigned wanted) {
    return (bits & wanted) == wanted;
}

unsigned tlee_cpu_available(void) {
    unsigned a, b, c, d, cpu = TLEE_CPU_C;
    if (!__get_cpuid(1, &a, &b, &c, &d) ||
        !has(c, LEAF1_FMA | LEAF1_OSXSAVE | LEAF1_AVX | LEAF1_F16C))
        return cpu;
    unsigned saved = xcr0();
    if (!has(saved, XCR0_YMM) || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !has(b, LEAF7_AVX2))
        return cpu;
    cpu |= TLEE_CPU_AVX2;
    if (has(saved, XCR0_ZMM) && has(b, leaf7_avx512))
        cpu |= TLEE_CPU_AVX512;
    return cpu;
}

#elif defined(__aarch64__) && !defined(TLEE_PLAIN_C)

/* Every ARMv8-A machine that runs Linux has NEON; nothing newer is used. */
unsigned tlee_cpu_available(void) {
    return TLEE_CPU_NEON;
}

#elif defined(__arm__) && !defined(TLEE_PLAIN_C)

#include <sys/auxv.h>

/* From the kernel's arch/arm/include/uapi/asm/hwcap.h. A Cortex-A9 has NEON without the fused
 * multiply-add that VFPv4 brings and the kernels use. */
enum {
    NEON = 1 << 12,
    VFPV4 = 1 << 16
};

unsigned tlee_cpu_available(void) {
    unsigned long both = NEON | VFPV4;
    return (getauxval(AT_HWCAP) & both) == both ? TLEE_CPU_NEON : TLEE_CPU_C;
}

#else

unsigned tlee_cpu_available(void) {
    return TLEE_CPU_C;
}

#endif

const char *tlee_cpu_name(unsigned cpu) {
    if (cpu & TLEE_CPU_AVX512)
        return "avx512";
    if (cpu & TLEE_CPU_AVX2)
        return "avx2";
    return cpu & TLEE_CPU_NEON ? "neon" : "c";
}
