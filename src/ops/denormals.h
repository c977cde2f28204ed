/* SPDX-License-Identifier: MIT */
/*
 * The floating-point settings of the calling thread that the engine computes with: round to
 * nearest, no traps, and denormal numbers taken and given as zero. Denormals cost a hundred cycles
 * each on many machines, and networks whose activations fade away are full of them; 32-bit NEON
 * knows no others than zero anyway. As each thread has settings of its own, all that share an op
 * must have these, or its bits would depend on who computed which part.
 */
#ifndef TLEE_DENORMALS_H
#define TLEE_DENORMALS_H

#include <stdint.h>

/* Sets them, where the machine has them, and returns what was set before. */
uint64_t tlee_denormals_flush(void);

/* Sets what tlee_denormals_flush returned, exception flags included, so that no trace is left. */
void tlee_denormals_restore(uint64_t before);

#endif
