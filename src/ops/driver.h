/* SPDX-License-Identifier: MIT */
/*
 * Ops on whole tensors: each splits its outputs over the threads and calls the table's kernel on
 * the ranges. Threads split outputs only, so every element is summed by one thread in one order,
 * and results are the same bits for any number of threads.
 */
#ifndef TLEE_DRIVER_H
#define TLEE_DRIVER_H

#include "ops.h"
#include "threads.h"

/* What runs an op: the kernels of one instruction set and the threads to use. */
struct tlee_machine {
    const struct tlee_ops *ops;
    struct tlee_threads *threads; /* NULL: the caller alone */
    unsigned thread_count;        /* with the caller */
};

/* Each computes the op of the same name in ops.h on its whole output; operands as there. */
void tlee_run_conv2d(const struct tlee_machine *machine, const struct tlee_conv2d *p,
                     const float *x, const float *weight, const float *bias, const float *residual,
                     float *y);
void tlee_run_linear(const struct tlee_machine *machine, const struct tlee_linear *p,
                     const float *x, const float *weight, const float *bias, float *y);
void tlee_run_linear_half(const struct tlee_machine *machine, const struct tlee_linear *p,
                          const float *x, const uint16_t *weight, const float *scale,
                          const float *bias, float *y);
void tlee_run_batch_norm(const struct tlee_machine *machine, const float *x, const float *weight,
                         const float *bias, const float *mean, const float *var, double eps,
                         size_t c, size_t hw, float *y);
void tlee_run_scale_channels(const struct tlee_machine *machine, const float *x, const float *scale,
                             size_t c, size_t hw, float *y);
void tlee_run_unary(const struct tlee_machine *machine, tlee_unary_fn *kernel, const float *x,
                    float *y, size_t count);
void tlee_run_binary(const struct tlee_machine *machine, tlee_binary_fn *kernel, const float *a,
                     const float *b, float *y, size_t count);
void tlee_run_pool(const struct tlee_machine *machine, tlee_pool_fn *kernel,
                   const struct tlee_pool2d *p, const float *x, float *y);
void tlee_run_mixed_pool(const struct tlee_machine *machine, const struct tlee_pool2d *p,
                         float alpha, const float *x, float *y);
void tlee_run_resize(const struct tlee_machine *machine, const struct tlee_resize *p,
                     const uint8_t *rgb, size_t row_bytes, float *y);

#endif
