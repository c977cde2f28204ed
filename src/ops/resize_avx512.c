/* SPDX-License-Identifier: MIT */
#include "vec_avx512.h"

#include "resize_body.h"

void tlee_resize_rgb8_avx512(const struct tlee_resize *p, const uint8_t *rgb, size_t row_bytes,
                             float *y, size_t row_begin, size_t row_end) {
    resize(p, rgb, row_bytes, y, row_begin, row_end);
}
