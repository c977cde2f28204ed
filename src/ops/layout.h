/* SPDX-License-Identifier: MIT */
/*
 * Maps in blocks of channels (gemm.h): element (c, h, w) at ((c / block * H + h) * W + w) * block +
 * c % block. c is padded to a multiple of block by channels of zeros. A vector (a 1 x 1 map) lies
 * as it always does, and block 1 is the plain layout.
 */
#ifndef TLEE_LAYOUT_H
#define TLEE_LAYOUT_H

#include <stddef.h>

/* Channels with padding. */
size_t tlee_padded_channels(size_t c, size_t block);

/* From the plain layout to blocks, padding filled with zeros, and back. x and y do not overlap.
 * planes: c; hw: elements of a plane. */
void tlee_to_blocks(const float *x, size_t c, size_t hw, size_t block, float *y);
void tlee_from_blocks(const float *x, size_t c, size_t hw, size_t block, float *y);

#endif
