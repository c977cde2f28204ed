/* SPDX-License-Identifier: MIT */
#include "half.h"

void tlee_half_widen(const unsigned char *halves, size_t count, float *values) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = tlee_half_bits((uint16_t)(halves[2 * i] | halves[2 * i + 1] << 8));
        memcpy(&values[i], &bits, sizeof bits);
    }
}
