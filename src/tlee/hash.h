/* SPDX-License-Identifier: MIT */
/* The integer hash behind random: weights and the random gate. */
#ifndef TLEE_HASH_H
#define TLEE_HASH_H

#include <stdint.h>

/* Mixes 64 bits (the finaliser of splitmix64, Steele, Lea and Flood 2014). */
static inline uint64_t tlee_hash_mix(uint64_t v) {
    v += UINT64_C(0x9E3779B97F4A7C15);
    v = (v ^ (v >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    v = (v ^ (v >> 27)) * UINT64_C(0x94D049BB133111EB);
    return v ^ (v >> 31);
}

#endif
