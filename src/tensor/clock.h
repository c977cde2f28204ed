/* SPDX-License-Identifier: MIT */
#ifndef TLEE_CLOCK_H
#define TLEE_CLOCK_H

#include <stdint.h>

/* Nanoseconds of the system's monotonic clock. */
uint64_t tlee_clock_ns(void);

#endif
