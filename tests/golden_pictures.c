/* SPDX-License-Identifier: MIT */
#include "golden_pictures.h"

uint64_t golden_mix(uint64_t value) {
    value += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31);
}

/* A triangle wave that runs across the picture as p says. */
static uint64_t wave(uint64_t p, size_t x, size_t y, size_t width, size_t height, uint64_t number) {
    uint64_t phase = (p >> 16) % 65536 + (p >> 32) % 4096 * number;
    uint64_t u = (p % 4 * x * 65536 / width + (p >> 8) % 4 * y * 65536 / height + phase) % 65536;
    return (u < 65535 - u ? u : 65535 - u) * (30 + (p >> 48) % 64);
}

void golden_picture(size_t width, size_t height, uint64_t seed, uint64_t number, uint8_t *rgb) {
    uint64_t base = golden_mix((seed << 32) + (number - 1) / 3);
    uint64_t p[12];
    for (uint64_t j = 0; j < 12; j++)
        p[j] = golden_mix(base ^ j);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            uint64_t grain = golden_mix(base ^ (y / 4 * 65536 + (x + 2 * number) / 4));
            for (size_t c = 0; c < 3; c++) {
                const uint64_t *q = p + 4 * c;
                uint64_t value = 0;
                for (size_t k = 0; k < 3; k++)
                    value += wave(q[k], x, y, width, height, number);
                value = value / 32768 + q[3] % 64 + (grain >> (8 * c)) % 48;
                *rgb++ = (uint8_t)(value < 255 ? value : 255);
            }
        }
}
