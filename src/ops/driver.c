/* SPDX-License-Identifier: MIT */
#include "driver.h"

/* Waking the threads costs about as much as this many multiply-adds or moved elements; less work
 * than that stays with the caller. */
enum {
    WORTH_SHARING = 20000
};

/* Chunks per thread: enough that a thread which is held up leaves its share to the others. */
enum {
    CHUNKS_PER_THREAD = 4
};

/* Units of output, of `unit_cost` each, that are worth waking a thread for. */
static size_t worth_sharing(size_t unit_cost) {
    return WORTH_SHARING / (unit_cost ? unit_cost : 1) + 1;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static void share(const struct tlee_machine *machine, size_t units, size_t unit_cost,
                  tlee_task_fn *task, void *context) {
    size_t grain = units / (machine->thread_count * CHUNKS_PER_THREAD);
    tlee_threads_run(machine->threads, units, larger(grain, worth_sharing(unit_cost)), task,
                     context);
}

/* An equal share for each thread, but no more than the kernel gathers for at once; smaller chunks
 * would repeat the gathering (plain C, 3x3: twice the time with 8 channels instead of 32). */
static size_t conv2d_grain(const struct tlee_machine *machine, size_t oc) {
    const struct tlee_ops *ops = machine->ops;
    size_t share_of_each = (oc + machine->thread_count - 1) / machine->thread_count;
    size_t blocks = (share_of_each + ops->conv2d_block - 1) / ops->conv2d_block;
    size_t channels = blocks * ops->conv2d_block;
    return channels < ops->conv2d_channels ? channels : ops->conv2d_channels;
}

struct conv2d_call {
    tlee_conv2d_fn *kernel;
    const struct tlee_conv2d *p;
    const float *x, *weight, *bias, *residual;
    float *y;
};

static void conv2d_task(void *context, size_t begin, size_t end) {
    const struct conv2d_call *call = context;
    call->kernel(call->p, call->x, call->weight, call->bias, call->residual, call->y, begin, end);
}

void tlee_run_conv2d(const struct tlee_machine *machine, const struct tlee_conv2d *p,
                     const float *x, const float *weight, const float *bias, const float *residual,
                     float *y) {
    struct conv2d_call call = {machine->ops->conv2d, p, x, weight, bias, residual, y};
    size_t unit_cost = p->oh * p->ow * (p->c / p->groups) * p->kh * p->kw;
    size_t grain = larger(conv2d_grain(machine, p->oc), worth_sharing(unit_cost));
    tlee_threads_run(machine->threads, p->oc, grain, conv2d_task, &call);
}

struct linear_call {
    tlee_linear_fn *kernel;           /* NULL: half weights */
    tlee_linear_half_fn *half_kernel; /* with these */
    const struct tlee_linear *p;
    const float *x, *weight;
    const uint16_t *half_weight;
    const float *scale; /* with half weights */
    const float *bias;
    float *y;
};

static void linear_task(void *context, size_t begin, size_t end) {
    const struct linear_call *call = context;
    if (call->kernel)
        call->kernel(call->p, call->x, call->weight, call->bias, call->y, begin, end);
    else
        call->half_kernel(call->p, call->x, call->half_weight, call->scale, call->bias, call->y,
                          begin, end);
}

/* Long stretches of the weights for each thread, as memory likes best; kernels take four rows at a
 * time. */
static void run_linear(const struct tlee_machine *machine, struct linear_call *call) {
    size_t grain = call->p->out / (machine->thread_count * CHUNKS_PER_THREAD);
    grain = (larger(grain, worth_sharing(call->p->in)) + 3) / 4 * 4;
    tlee_threads_run(machine->threads, call->p->out, grain, linear_task, call);
}

void tlee_run_linear(const struct tlee_machine *machine, const struct tlee_linear *p,
                     const float *x, const float *weight, const float *bias, float *y) {
    struct linear_call call = {
        .kernel = machine->ops->linear, .p = p, .x = x, .weight = weight, .bias = bias, .y = y};
    run_linear(machine, &call);
}

void tlee_run_linear_half(const struct tlee_machine *machine, const struct tlee_linear *p,
                          const float *x, const uint16_t *weight, const float *scale,
                          const float *bias, float *y) {
    struct linear_call call = {.half_kernel = machine->ops->linear_half,
                               .p = p,
                               .x = x,
                               .half_weight = weight,
                               .scale = scale,
                               .bias = bias,
                               .y = y};
    run_linear(machine, &call);
}

struct batch_norm_call {
    tlee_batch_norm_fn *kernel;
    const float *x, *weight, *bias, *mean, *var;
    double eps;
    size_t hw;
    float *y;
};

static void batch_norm_task(void *context, size_t begin, size_t end) {
    const struct batch_norm_call *call = context;
    call->kernel(call->x, call->weight, call->bias, call->mean, call->var, call->eps, call->hw,
                 call->y, begin, end);
}

void tlee_run_batch_norm(const struct tlee_machine *machine, const float *x, const float *weight,
                         const float *bias, const float *mean, const float *var, double eps,
                         size_t c, size_t hw, float *y) {
    struct batch_norm_call call = {
        machine->ops->batch_norm, x, weight, bias, mean, var, eps, hw, y};
    share(machine, c, hw, batch_norm_task, &call);
}

struct scale_channels_call {
    tlee_scale_channels_fn *kernel;
    const float *x, *scale;
    size_t hw;
    float *y;
};

static void scale_channels_task(void *context, size_t begin, size_t end) {
    const struct scale_channels_call *call = context;
    call->kernel(call->x, call->scale, call->hw, 1, call->y, begin, end);
}

void tlee_run_scale_channels(const struct tlee_machine *machine, const float *x, const float *scale,
                             size_t c, size_t hw, float *y) {
    struct scale_channels_call call = {machine->ops->scale_channels, x, scale, hw, y};
    share(machine, c, hw, scale_channels_task, &call);
}

struct unary_call {
    tlee_unary_fn *kernel;
    const float *x;
    float *y;
};

static void unary_task(void *context, size_t begin, size_t end) {
    const struct unary_call *call = context;
    call->kernel(call->x + begin, call->y + begin, end - begin);
}

void tlee_run_unary(const struct tlee_machine *machine, tlee_unary_fn *kernel, const float *x,
                    float *y, size_t count) {
    struct unary_call call = {kernel, x, y};
    share(machine, count, 1, unary_task, &call);
}

struct binary_call {
    tlee_binary_fn *kernel;
    const float *a, *b;
    float *y;
};

static void binary_task(void *context, size_t begin, size_t end) {
    const struct binary_call *call = context;
    call->kernel(call->a + begin, call->b + begin, call->y + begin, end - begin);
}

void tlee_run_binary(const struct tlee_machine *machine, tlee_binary_fn *kernel, const float *a,
                     const float *b, float *y, size_t count) {
    struct binary_call call = {kernel, a, b, y};
    share(machine, count, 1, binary_task, &call);
}

struct pool_call {
    tlee_pool_fn *kernel;             /* NULL: mixed */
    tlee_mixed_pool_fn *mixed_kernel; /* with alpha */
    const struct tlee_pool2d *p;
    float alpha;
    const float *x;
    float *y;
};

static void pool_task(void *context, size_t begin, size_t end) {
    const struct pool_call *call = context;
    if (call->kernel)
        call->kernel(call->p, call->x, call->y, begin, end);
    else
        call->mixed_kernel(call->p, call->alpha, call->x, call->y, begin, end);
}

void tlee_run_pool(const struct tlee_machine *machine, tlee_pool_fn *kernel,
                   const struct tlee_pool2d *p, const float *x, float *y) {
    struct pool_call call = {.kernel = kernel, .p = p, .x = x, .y = y};
    share(machine, p->c / p->block, p->h * p->w * p->block, pool_task, &call);
}

void tlee_run_mixed_pool(const struct tlee_machine *machine, const struct tlee_pool2d *p,
                         float alpha, const float *x, float *y) {
    struct pool_call call = {
        .mixed_kernel = machine->ops->mixed_pool, .p = p, .alpha = alpha, .x = x, .y = y};
    share(machine, p->c / p->block, p->h * p->w * p->block, pool_task, &call);
}

struct resize_call {
    tlee_resize_fn *kernel;
    const struct tlee_resize *p;
    const uint8_t *rgb;
    size_t row_bytes;
    float *y;
};

static void resize_task(void *context, size_t begin, size_t end) {
    const struct resize_call *call = context;
    call->kernel(call->p, call->rgb, call->row_bytes, call->y, begin, end);
}

void tlee_run_resize(const struct tlee_machine *machine, const struct tlee_resize *p,
                     const uint8_t *rgb, size_t row_bytes, float *y) {
    struct resize_call call = {machine->ops->resize, p, rgb, row_bytes, y};
    share(machine, p->side, p->side * 3 * 4, resize_task, &call);
}
