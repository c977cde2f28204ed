/* SPDX-License-Identifier: MIT */
#include "half.h"

#include <stdint.h>
#include <string.h>

/* binary16: 5 bits of exponent biased by 15, 10 of fraction; binary32: 8 biased by 127, and 23. */
enum {
    HALF_INFINITY = 0x7c00,
    HALF_SMALLEST_NORMAL = 0x0400,
    FRACTION_SHIFT = 23 - 10,
    REBIAS = (127 - 15) << 23
};
#define FLOAT_INFINITY UINT32_C(0x7f800000)

static uint32_t widened_bits(uint32_t half) {
    uint32_t sign = (half & 0x8000) << 16, magnitude = half & 0x7fff;
    if (magnitude >= HALF_INFINITY)
        return sign | FLOAT_INFINITY | (magnitude & 0x3ff) << FRACTION_SHIFT;
    if (magnitude >= HALF_SMALLEST_NORMAL)
        return sign | ((magnitude << FRACTION_SHIFT) + REBIAS);
    /* A subnormal is a small integer times 2^-24. The product is a normal float, so that it is
     * right even where the processor has been told to flush subnormal floats to zero. */
    float value = (float)magnitude * 0x1p-24f;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return sign | bits;
}

void tlee_half_widen(const unsigned char *halves, size_t count, float *values) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = widened_bits(halves[2 * i] | (uint32_t)halves[2 * i + 1] << 8);
        memcpy(&values[i], &bits, sizeof bits);
    }
}
