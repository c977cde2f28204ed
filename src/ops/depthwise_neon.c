/* SPDX-License-Identifier: MIT */
/* The kernel of depthwise.h. */
#include "vec_neon.h"

#ifdef __aarch64__
#define PIXELS 7 /* published maps are 7 pixels wide, or so often twice that */
#else
#define PIXELS 4 /* of 16 registers */
#endif

#include "depthwise_body.h"

void tlee_depthwise_f32_neon(const struct tlee_depthwise *d, size_t rows, size_t pixels) {
    depthwise(d, rows, pixels);
}
