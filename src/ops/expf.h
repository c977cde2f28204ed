/* SPDX-License-Identifier: MIT */
/* The engine's own exponential, so that no libm changes an answer. */
#ifndef TLEE_EXPF_H
#define TLEE_EXPF_H

#include <float.h>

#if FLT_EVAL_METHOD != 0
#error "floats must be computed as floats: on 32-bit x86 build with -msse2 -mfpmath=sse"
#endif

/*
 * e to the x. Error below 0.7 units in the last place where the result is a normal number; smaller
 * results are 0; x above the largest finite result gives +infinity; NaN gives NaN. A fixed sequence
 * of float operations without fused multiply-adds: the same bits on every machine.
 */
float tlee_expf(float x);

#endif
