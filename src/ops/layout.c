/* SPDX-License-Identifier: MIT */
#include "layout.h"

size_t tlee_padded_channels(size_t c, size_t block) {
    return (c + block - 1) / block * block;
}

void tlee_to_blocks(const float *x, size_t c, size_t hw, size_t block, float *y) {
    for (size_t first = 0; first < c; first += block)
        for (size_t i = 0; i < hw; i++)
            for (size_t lane = 0; lane < block; lane++)
                *y++ = first + lane < c ? x[(first + lane) * hw + i] : 0.0F;
}

void tlee_from_blocks(const float *x, size_t c, size_t hw, size_t block, float *y) {
    for (size_t k = 0; k < c; k++)
        for (size_t i = 0; i < hw; i++)
            *y++ = x[(k / block * hw + i) * block + k % block];
}
