/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

uint64_t tlee_clock_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}
