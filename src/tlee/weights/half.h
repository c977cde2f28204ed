/* SPDX-License-Identifier: MIT */
/* IEEE 754 binary16, the storage type of half-precision weights. */
#ifndef TLEE_HALF_H
#define TLEE_HALF_H

#include <stddef.h>

/* values[i] = the binary16 number in bytes 2i and 2i + 1 (little-endian, any alignment). Exact for
 * every number; a NaN stays one with its sign and payload. */
void tlee_half_widen(const unsigned char *halves, size_t count, float *values);

#endif
