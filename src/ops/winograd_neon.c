/* SPDX-License-Identifier: MIT */
/* The transforms of winograd.h. */
#include "vec_neon.h"

#include "winograd_body.h"

void tlee_winograd2_input_f32_neon(const struct tlee_winograd *p, const float *x, size_t begin,
                                   size_t end, float *v, size_t frequency) {
    input(p, 2, x, begin, end, v, frequency);
}

void tlee_winograd2_output_f32_neon(const struct tlee_winograd *p, const float *products,
                                    size_t frequency, size_t begin, size_t end, const float *bias,
                                    const float *residual, enum tlee_activation act, float *y) {
    output(p, 2, products, frequency, begin, end, bias, residual, act, y);
}

void tlee_winograd4_input_f32_neon(const struct tlee_winograd *p, const float *x, size_t begin,
                                   size_t end, float *v, size_t frequency) {
    input(p, 4, x, begin, end, v, frequency);
}

void tlee_winograd4_output_f32_neon(const struct tlee_winograd *p, const float *products,
                                    size_t frequency, size_t begin, size_t end, const float *bias,
                                    const float *residual, enum tlee_activation act, float *y) {
    output(p, 4, products, frequency, begin, end, bias, residual, act, y);
}

void tlee_winograd6_input_f32_neon(const struct tlee_winograd *p, const float *x, size_t begin,
                                   size_t end, float *v, size_t frequency) {
    input(p, 6, x, begin, end, v, frequency);
}

void tlee_winograd6_output_f32_neon(const struct tlee_winograd *p, const float *products,
                                    size_t frequency, size_t begin, size_t end, const float *bias,
                                    const float *residual, enum tlee_activation act, float *y) {
    output(p, 6, products, frequency, begin, end, bias, residual, act, y);
}
