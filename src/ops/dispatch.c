/* SPDX-License-Identifier: MIT */
/* Which kernel serves which op: the C row, then better rows as far as the CPU goes. */
#include "ops.h"
#include "tlee_base.h"

static void use_c(struct tlee_ops *ops) {
    *ops = (struct tlee_ops){
        .blocked = {.block = 1},
        .conv2d = tlee_conv2d_f32_c,
        .conv2d_channels = TLEE_CONV2D_C_CHANNELS,
        .conv2d_block = TLEE_CONV2D_C_BLOCK,
        .batch_norm = tlee_batch_norm_f32_c,
        .relu = tlee_relu_f32_c,
        .relu6 = tlee_relu6_f32_c,
        .silu = tlee_silu_f32_c,
        .sigmoid = tlee_sigmoid_f32_c,
        .add = tlee_add_f32_c,
        .maximum = tlee_maximum_f32_c,
        .mean = tlee_mean_f32_c,
        .ema = tlee_ema_f32_c,
        .scale_channels = tlee_scale_channels_f32_c,
        .max_pool = tlee_max_pool_f32_c,
        .avg_pool = tlee_avg_pool_f32_c,
        .mixed_pool = tlee_mixed_pool_f32_c,
        .adaptive_avg_pool = tlee_adaptive_avg_pool_f32_c,
        .linear = tlee_linear_f32_c,
        .linear_half = tlee_linear_half_f32_c,
        .softmax = tlee_softmax_f32_c,
        .resize = tlee_resize_rgb8_c,
        .peak = tlee_peak_f32_c,
    };
}

#ifndef TLEE_PLAIN_C

#if defined(__x86_64__)

static void use_avx2(struct tlee_ops *ops) {
    ops->blocked = (struct tlee_blocked){
        .block = 8,
        .weight_cost = 7,
        .gemm = tlee_gemm_f32_6x16_avx2,
        .depthwise = tlee_depthwise_f32_avx2,
        .widen = tlee_widen_f32_avx2,
        .winograd_input = {tlee_winograd2_input_f32_avx2, tlee_winograd4_input_f32_avx2,
                           tlee_winograd6_input_f32_avx2},
        .winograd_output = {tlee_winograd2_output_f32_avx2, tlee_winograd4_output_f32_avx2,
                            tlee_winograd6_output_f32_avx2},
    };
    ops->batch_norm = tlee_batch_norm_f32_avx2;
    ops->relu = tlee_relu_f32_avx2;
    ops->relu6 = tlee_relu6_f32_avx2;
    ops->silu = tlee_silu_f32_avx2;
    ops->sigmoid = tlee_sigmoid_f32_avx2;
    ops->add = tlee_add_f32_avx2;
    ops->maximum = tlee_maximum_f32_avx2;
    ops->mean = tlee_mean_f32_avx2;
    ops->ema = tlee_ema_f32_avx2;
    ops->scale_channels = tlee_scale_channels_f32_avx2;
    ops->max_pool = tlee_max_pool_f32_avx2;
    ops->avg_pool = tlee_avg_pool_f32_avx2;
    ops->mixed_pool = tlee_mixed_pool_f32_avx2;
    ops->adaptive_avg_pool = tlee_adaptive_avg_pool_f32_avx2;
    ops->linear = tlee_linear_f32_avx2;
    ops->linear_half = tlee_linear_half_f32_avx2;
    ops->linear_half_is_fast = true;
    ops->resize = tlee_resize_rgb8_avx2;
    ops->peak = tlee_peak_f32_avx2;
}

static void use_avx512(struct tlee_ops *ops) {
    ops->blocked = (struct tlee_blocked){
        .block = 16,
        .weight_cost = 30,
        .gemm = tlee_gemm_f32_14x32_avx512,
        .depthwise = tlee_depthwise_f32_avx512,
        .widen = tlee_widen_f32_avx512,
        .winograd_input = {tlee_winograd2_input_f32_avx512, tlee_winograd4_input_f32_avx512,
                           tlee_winograd6_input_f32_avx512},
        .winograd_output = {tlee_winograd2_output_f32_avx512, tlee_winograd4_output_f32_avx512,
                            tlee_winograd6_output_f32_avx512},
    };
    ops->batch_norm = tlee_batch_norm_f32_avx512;
    ops->relu = tlee_relu_f32_avx512;
    ops->relu6 = tlee_relu6_f32_avx512;
    ops->silu = tlee_silu_f32_avx512;
    ops->sigmoid = tlee_sigmoid_f32_avx512;
    ops->add = tlee_add_f32_avx512;
    ops->maximum = tlee_maximum_f32_avx512;
    ops->mean = tlee_mean_f32_avx512;
    ops->ema = tlee_ema_f32_avx512;
    ops->scale_channels = tlee_scale_channels_f32_avx512;
    ops->max_pool = tlee_max_pool_f32_avx512;
    ops->avg_pool = tlee_avg_pool_f32_avx512;
    ops->mixed_pool = tlee_mixed_pool_f32_avx512;
    ops->adaptive_avg_pool = tlee_adaptive_avg_pool_f32_avx512;
    ops->linear = tlee_linear_f32_avx512;
    ops->linear_half = tlee_linear_half_f32_avx512;
    ops->peak = tlee_peak_f32_avx512;
}

#elif defined(__aarch64__) || defined(__arm__)

static void use_neon(struct tlee_ops *ops) {
    ops->blocked = (struct tlee_blocked){
        .block = 4,
        .weight_cost = 5,
        .gemm = tlee_gemm_f32_8x8_neon,
        .depthwise = tlee_depthwise_f32_neon,
        .widen = tlee_widen_f32_neon,
        .winograd_input = {tlee_winograd2_input_f32_neon, tlee_winograd4_input_f32_neon,
                           tlee_winograd6_input_f32_neon},
        .winograd_output = {tlee_winograd2_output_f32_neon, tlee_winograd4_output_f32_neon,
                            tlee_winograd6_output_f32_neon},
    };
#if defined(__aarch64__)
    ops->silu = tlee_silu_f32_neon;
    ops->sigmoid = tlee_sigmoid_f32_neon;
#endif
    ops->max_pool = tlee_max_pool_f32_neon;
    ops->avg_pool = tlee_avg_pool_f32_neon;
    ops->mixed_pool = tlee_mixed_pool_f32_neon;
    ops->adaptive_avg_pool = tlee_adaptive_avg_pool_f32_neon;
    ops->linear = tlee_linear_f32_neon;
    ops->linear_half = tlee_linear_half_f32_neon;
    ops->linear_half_is_fast = true;
    ops->resize = tlee_resize_rgb8_neon;
    ops->peak = tlee_peak_f32_neon;
}

#endif

#endif

void tlee_ops_init(struct tlee_ops *ops, unsigned cpu) {
    use_c(ops);
#ifndef TLEE_PLAIN_C
#if defined(__x86_64__)
    if (!(cpu & TLEE_CPU_AVX2))
        return;
    use_avx2(ops);
    if (!(cpu & TLEE_CPU_AVX512))
        return;
    use_avx512(ops);
#elif defined(__aarch64__) || defined(__arm__)
    if (!(cpu & TLEE_CPU_NEON))
        return;
    use_neon(ops);
#endif
#endif
    (void)cpu;
}
