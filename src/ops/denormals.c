/* SPDX-License-Identifier: MIT */
#include "denormals.h"

#if defined(__SSE__)

#include <xmmintrin.h>

/* MXCSR: all exceptions masked (as at the start of a process), flush to zero, denormals are zero.
 * The last exists on every 64-bit processor, but on the first with SSE2 setting it is a fault. */
enum {
    MASKED = 0x1f80,
    FTZ = 0x8000,
#if defined(__x86_64__) || defined(__SSE3__)
    DAZ = 0x0040
#else
    DAZ = 0
#endif
};

uint64_t tlee_denormals_flush(void) {
    unsigned before = _mm_getcsr();
    _mm_setcsr(MASKED | FTZ | DAZ);
    return before;
}

void tlee_denormals_restore(uint64_t before) {
    _mm_setcsr((unsigned)before);
}

#elif defined(__aarch64__) || (defined(__arm__) && defined(__ARM_FP))

/* FPCR, or the FPSCR of 32-bit machines: all zero but FZ, flush to zero. Compilers share no name
 * for these registers. */
#define FZ (1U << 24)

#ifdef __aarch64__
#define GET "mrs %0, fpcr"
#define SET "msr fpcr, %0"
typedef uint64_t control;
#else
#define GET "vmrs %0, fpscr"
#define SET "vmsr fpscr, %0"
typedef uint32_t control;
#endif

uint64_t tlee_denormals_flush(void) {
    control before;
    __asm__ volatile(GET : "=r"(before));
    __asm__ volatile(SET : : "r"((control)FZ));
    return before;
}

void tlee_denormals_restore(uint64_t before) {
    __asm__ volatile(SET : : "r"((control)before));
}

#else

uint64_t tlee_denormals_flush(void) {
    return 0;
}

void tlee_denormals_restore(uint64_t before) {
    (void)before;
}

#endif
