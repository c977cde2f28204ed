/* SPDX-License-Identifier: MIT */
#include "vec_avx512.h"

#include "pool_body.h"

void tlee_max_pool_f32_avx512(const struct tlee_pool2d *p, const float *x, float *y, size_t c_begin,
                              size_t c_end) {
    if (p->block % LANES)
        tlee_max_pool_f32_c(p, x, y, c_begin, c_end);
    else
        pool(p, LARGEST, 0, x, y, c_begin, c_end);
}

void tlee_avg_pool_f32_avx512(const struct tlee_pool2d *p, const float *x, float *y, size_t c_begin,
                              size_t c_end) {
    if (p->block % LANES)
        tlee_avg_pool_f32_c(p, x, y, c_begin, c_end);
    else
        pool(p, AVERAGE, 0, x, y, c_begin, c_end);
}

void tlee_mixed_pool_f32_avx512(const struct tlee_pool2d *p, float alpha, const float *x, float *y,
                                size_t c_begin, size_t c_end) {
    if (p->block % LANES)
        tlee_mixed_pool_f32_c(p, alpha, x, y, c_begin, c_end);
    else
        pool(p, MIXTURE, alpha, x, y, c_begin, c_end);
}

void tlee_adaptive_avg_pool_f32_avx512(const struct tlee_pool2d *p, const float *x, float *y,
                                       size_t c_begin, size_t c_end) {
    if (p->block % LANES)
        tlee_adaptive_avg_pool_f32_c(p, x, y, c_begin, c_end);
    else
        adaptive_avg_pool(p, x, y, c_begin, c_end);
}
