/* SPDX-License-Identifier: MIT */
#ifndef TLEE_RESIZE_TAPS_H
#define TLEE_RESIZE_TAPS_H

#include <stddef.h>

/* Between which two source pixels along an axis an output pixel lies, and their weights. */
struct tlee_taps {
    size_t at0, at1;
    float weight0, weight1;
};

/* For output pixel `at` of `out` on an axis of `in` source pixels. */
struct tlee_taps tlee_taps_locate(size_t at, size_t in, size_t out);

#endif
