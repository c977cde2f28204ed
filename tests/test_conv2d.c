/* SPDX-License-Identifier: MIT */
/*
 * Prepared convolutions (conv.h) against the C row's conv2d: each method that can compute a shape,
 * with the kernels of every instruction set that this machine has.
 *
 *     test_conv2d [--quick]     or with TLEE_QUICK=1 in the environment: few cases
 */
#include "conv_case.h"
#include "denormals.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RANDOM_CASES = 900,
    QUICK_CASES = 24
};

struct context {
    struct tlee_threads *pools[CONV_POOLS];
    struct kernels_random random;
    struct conv_met met;
};

/* The methods that do the case, or only those of one kind. */
static void check_method(struct context *context, struct conv_case *it,
                         enum tlee_conv_method method) {
    bool transforms = method == TLEE_CONV_WINOGRAD;
    unsigned available = tlee_cpu_available();
    conv_case_fill(it, &context->random,
                   transforms || it->fractions ? KERNELS_UNIFORM : KERNELS_INTEGERS);
    for (unsigned level = 0; level <= available; level++) {
        struct tlee_ops ops;
        struct tlee_conv conv;
        tlee_ops_init(&ops, level & available);
        if ((level & ~available) || ops.blocked.block == 1)
            continue;
        if (!CHECK(tlee_conv_choose(&it->p, &ops.blocked, it->planar, TLEE_CONV_BY_GEMM, &conv) &&
                       conv.method == (transforms ? TLEE_CONV_GEMM : method) &&
                       (!it->scales_x || tlee_conv_take_scale(&conv)),
                   "%s: %zu channels, planar %d", tlee_cpu_name(level), it->p.c, it->planar))
            continue;
        for (int size = 0; transforms && size < TLEE_WINOGRAD_SIZES; size++) {
            tlee_conv_winograd_lay_out(&conv, (enum tlee_winograd_size)size);
            conv_case_check(it, &conv, level, context->pools, &context->met);
        }
        if (transforms)
            continue;
        conv_case_check(it, &conv, level, context->pools, &context->met);
        if (tlee_conv_keeps_half(&conv))
            conv_case_check_half(it, &conv, level, &context->random, context->pools, &context->met);
    }
    conv_case_free(it);
}

static bool can_transform(const struct conv_case *it) {
    const struct tlee_conv2d *p = &it->p;
    return p->kh == 3 && p->kw == 3 && p->sh == 1 && p->sw == 1 && !it->planar &&
           p->act <= TLEE_ACT_RELU6;
}

/* Windows in use, and some that are not. */
static const struct window {
    size_t kh, kw, sh, sw, ph, pw;
} windows[] = {
    {1, 1, 1, 1, 0, 0}, {1, 1, 2, 2, 0, 0}, {3, 3, 1, 1, 1, 1}, {3, 3, 1, 1, 0, 0},
    {3, 3, 2, 2, 1, 1}, {3, 3, 2, 2, 0, 0}, {7, 7, 2, 2, 3, 3}, {3, 3, 1, 1, 1, 1},
    {5, 5, 1, 1, 2, 2}, {5, 5, 2, 2, 1, 1}, {3, 3, 1, 1, 2, 0}, {1, 1, 1, 1, 1, 1},
    {1, 3, 1, 2, 0, 1}, {4, 2, 3, 1, 1, 0}, {1, 1, 1, 2, 0, 0},
};

/* Small maps of all kinds. The window, the planar input and the residual take turns, so that few
 * cases meet all of them. */
static void check_small(struct context *context, size_t count) {
    static const size_t sides[] = {1, 2, 3, 4, 5, 7, 8, 13, 14, 17, 23};
    static const size_t channels[] = {1, 2, 3, 8, 24, 40};
    struct kernels_random *random = &context->random;
    for (size_t i = 0; i < count;) {
        const struct window *by = &windows[i % (sizeof windows / sizeof *windows)];
        struct conv_case it = {
            .p = {.c = KERNELS_PICK(random, channels),
                  .h = KERNELS_PICK(random, sides),
                  .w = KERNELS_PICK(random, sides),
                  .oc = KERNELS_PICK(random, channels),
                  .kh = by->kh,
                  .kw = by->kw,
                  .sh = by->sh,
                  .sw = by->sw,
                  .ph = by->ph,
                  .pw = by->pw,
                  .groups = 1,
                  .act = (enum tlee_activation)kernels_below(random, TLEE_ACT_SILU + 1)},
            .planar = i % 4 == 2,
            .biased = kernels_below(random, 2),
            .scales_x = i % 4 != 2 && by->kh * by->kw * by->sh * by->sw == 1 && !by->ph &&
                        kernels_below(random, 2),
            .residual = (enum conv_residual)kernels_below(random, 3),
        };
        if (!kernels_set_output(&it.p))
            continue;
        i++;
        check_method(context, &it, TLEE_CONV_GEMM);
        if (can_transform(&it))
            check_method(context, &it, TLEE_CONV_WINOGRAD);
    }
}

/* Depthwise convolutions, with and without the one that widens their input. */
static void check_depthwise(struct context *context, bool quick) {
    static const size_t sides[] = {1, 2, 3, 6, 7, 11, 12, 13, 14, 17, 29, 70};
    static const size_t channels[] = {2, 8, 24, 33, 40};
    static const struct window by[] = {{3, 3, 1, 1, 1, 1}, {3, 3, 2, 2, 1, 1}, {5, 5, 1, 1, 2, 2},
                                       {5, 5, 2, 2, 2, 2}, {3, 3, 3, 3, 0, 2}, {1, 1, 1, 1, 0, 0},
                                       {7, 7, 2, 2, 3, 3}, {4, 4, 3, 3, 1, 2}};
    struct kernels_random *random = &context->random;
    for (size_t i = 0; i < (quick ? 24 : 400);) {
        const struct window *window = &by[i % (sizeof by / sizeof *by)];
        size_t c = KERNELS_PICK(random, channels);
        struct conv_case it = {
            .p = {.c = c,
                  .h = KERNELS_PICK(random, sides),
                  .w = KERNELS_PICK(random, sides),
                  .oc = c,
                  .kh = window->kh,
                  .kw = window->kw,
                  .sh = window->sh,
                  .sw = window->sw,
                  .ph = window->ph,
                  .pw = window->pw,
                  .groups = c,
                  .act = (enum tlee_activation)kernels_below(random, TLEE_ACT_SILU + 1)},
            .biased = kernels_below(random, 2),
        };
        if (!kernels_set_output(&it.p))
            continue;
        if (i++ % 3) {
            it.expand = (struct tlee_conv2d){.c = KERNELS_PICK(random, channels),
                                             .h = it.p.h,
                                             .w = it.p.w,
                                             .oc = c,
                                             .oh = it.p.h,
                                             .ow = it.p.w,
                                             .kh = 1,
                                             .kw = 1,
                                             .sh = 1,
                                             .sw = 1,
                                             .groups = 1};
            it.expand.act = (enum tlee_activation)kernels_below(random, TLEE_ACT_RELU6 + 1);
        }
        check_method(context, &it, TLEE_CONV_DEPTHWISE);
    }
}

/* Shapes that reach the ways of sharing out work, and some layers of ResNet with fewer channels. */
static const struct layer {
    size_t c, side, oc, k, stride;
    bool planar, quick;
    enum conv_residual residual;
} layers[] = {
    {3, 112, 24, 7, 2, true, true, CONV_RESIDUAL_NONE},     /* the stem */
    {8, 190, 8, 7, 2, true, false, CONV_RESIDUAL_NONE},     /* beyond a cache, strips outside */
    {64, 66, 24, 1, 1, false, true, CONV_RESIDUAL_NONE},    /* the same, pieces of the map */
    {64, 66, 40, 1, 1, false, false, CONV_RESIDUAL_IS_Y},   /* with a residual */
    {64, 64, 8, 3, 1, false, false, CONV_RESIDUAL_GIVEN},   /* rows; several groups of tiles */
    {72, 64, 24, 3, 2, false, false, CONV_RESIDUAL_NONE},   /* every other row */
    {96, 9, 24, 3, 2, false, true, CONV_RESIDUAL_NONE},     /* runs in several pieces */
    {100, 14, 40, 3, 1, false, true, CONV_RESIDUAL_NONE},   /* the same, light */
    {24, 40, 24, 3, 1, false, true, CONV_RESIDUAL_IS_Y},    /* threads take groups of their own */
    {40, 57, 40, 3, 1, false, false, CONV_RESIDUAL_NONE},   /* the same, places shared out */
    {512, 20, 520, 1, 1, false, false, CONV_RESIDUAL_NONE}, /* heavy, and pieces of the map */
    {128, 28, 96, 1, 2, false, false, CONV_RESIDUAL_NONE},  /* a shortcut */
    {256, 27, 48, 3, 1, false, false, CONV_RESIDUAL_IS_Y},  /* threads share groups of tiles */
    {128, 12, 104, 3, 1, false, true, CONV_RESIDUAL_NONE},  /* and a single one */
    {256, 7, 72, 3, 1, false, false, CONV_RESIDUAL_GIVEN},  /* few places: panels shared out */
};

static void check_layers(struct context *context, bool quick) {
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        const struct layer *layer = &layers[i];
        struct conv_case it = {
            .p = {.c = layer->c,
                  .h = layer->side,
                  .w = layer->side,
                  .oc = layer->oc,
                  .kh = layer->k,
                  .kw = layer->k,
                  .sh = layer->stride,
                  .sw = layer->stride,
                  .ph = layer->k / 2,
                  .pw = layer->k / 2,
                  .groups = 1,
                  .act = TLEE_ACT_RELU},
            .planar = layer->planar,
            .biased = true,
            .residual = layer->residual,
        };
        if ((quick && !layer->quick) || !kernels_set_output(&it.p))
            continue;
        check_method(context, &it, TLEE_CONV_GEMM);
        if (can_transform(&it))
            check_method(context, &it, TLEE_CONV_WINOGRAD);
    }
}

/* Weights in several pieces, and three threads leave a chunk of a single row: sums whose order
 * followed the chunks would be other bits. Integers do not show it. */
static void check_rounding(struct context *context) {
    struct conv_case it = {
        .p = {.c = 100,
              .h = 31,
              .w = 31,
              .oc = 24,
              .kh = 3,
              .kw = 3,
              .sh = 1,
              .sw = 1,
              .ph = 1,
              .pw = 1,
              .groups = 1,
              .act = TLEE_ACT_RELU},
        .biased = true,
        .fractions = true,
    };
    if (CHECK(kernels_set_output(&it.p), "no outputs"))
        check_method(context, &it, TLEE_CONV_GEMM);
}

/* No row needs to be able to run to be asked. */
static void check_choice(void) {
    static const struct tlee_conv2d good = {.c = 64,
                                            .h = 56,
                                            .w = 56,
                                            .oc = 64,
                                            .oh = 56,
                                            .ow = 56,
                                            .kh = 3,
                                            .kw = 3,
                                            .sh = 1,
                                            .sw = 1,
                                            .ph = 1,
                                            .pw = 1,
                                            .groups = 1,
                                            .act = TLEE_ACT_RELU};
    static const struct tlee_blocked blocks = {.block = 8, .weight_cost = 7}, plain = {.block = 1};
    struct tlee_conv conv;
    struct tlee_conv2d p = good;
    CHECK(tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv) &&
              conv.method == TLEE_CONV_WINOGRAD,
          "a large 3x3 convolution is not transformed");
    CHECK(tlee_conv_choose(&p, &blocks, false, TLEE_CONV_BY_GEMM, &conv) &&
              conv.method == TLEE_CONV_GEMM,
          "transformed in spite of exact");
    CHECK(tlee_conv_choose(&p, &blocks, true, TLEE_CONV_ANY, &conv) &&
              conv.method == TLEE_CONV_GEMM,
          "a planar map is transformed");
    p.sh = p.sw = 2, p.oh = p.ow = 28;
    CHECK(tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv) &&
              conv.method == TLEE_CONV_GEMM,
          "stride 2 is transformed");
    CHECK(!tlee_conv_keeps_half(&conv), "a large map keeps half weights");
    p.h = p.w = 15, p.oh = p.ow = 8;
    CHECK(tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv) && tlee_conv_keeps_half(&conv),
          "a small map keeps no half weights");
    CHECK(!tlee_conv_choose(&good, &plain, false, TLEE_CONV_ANY, &conv), "block 1 is taken");
    p = good, p.groups = 2;
    CHECK(!tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "groups are taken");
    p = good, p.groups = 64;
    CHECK(tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv) &&
              conv.method == TLEE_CONV_DEPTHWISE,
          "not depthwise");
    CHECK(!tlee_conv_choose(&p, &blocks, true, TLEE_CONV_ANY, &conv), "a planar map is taken");
    p.ph = 3, p.oh = 60;
    CHECK(!tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "a wide border is taken");
    p.ph = 1, p.oh = 56;
    CHECK(!tlee_conv_take_scale(&conv), "a depthwise convolution takes factors");
    p = good, p.act = TLEE_ACT_SILU;
    CHECK(tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv) &&
              conv.method == TLEE_CONV_GEMM,
          "SiLU is transformed");
    p = good, p.act = TLEE_ACT_SIGMOID;
    CHECK(!tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "sigmoid is taken");
    /* Layers of the published networks, for machines with small addresses, too. */
    p = good, p.h = p.w = p.oh = p.ow = 224;
    CHECK(tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "VGG16's largest map");
    p = good, p.h = p.w = p.oh = p.ow = 7, p.c = p.oc = p.groups = 2304;
    CHECK(tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "2304 channels, depthwise");
    p = good, p.h = p.w = p.oh = p.ow = 14, p.c = p.oc = 512;
    CHECK(tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "512 channels");
    p = good, p.h = p.oh = SIZE_MAX / 8;
    CHECK(!tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "a map of h %zu is taken",
          p.h);
    p = good, p.h = p.oh = SIZE_MAX / (256 * 58);
    CHECK(!tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "a map of h %zu is taken",
          p.h);
    p = good, p.c = SIZE_MAX / 4096;
    CHECK(!tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "%zu channels are taken",
          p.c);
    p = good, p.oc = SIZE_MAX / 32;
    CHECK(!tlee_conv_choose(&p, &blocks, false, TLEE_CONV_ANY, &conv), "%zu outputs are taken",
          p.oc);
}

/* A way that is asked for is taken or refused, never replaced. */
static void check_wishes(void) {
    static const struct tlee_conv2d shapes[] = {
        {.kh = 3, .kw = 3, .sh = 1, .sw = 1, .ph = 1, .pw = 1},
        {.kh = 3, .kw = 3, .sh = 2, .sw = 1, .ph = 1, .pw = 1},
        {.kh = 3, .kw = 3, .sh = 1, .sw = 2, .ph = 1, .pw = 1},
        {.kh = 3, .kw = 5, .sh = 1, .sw = 1, .ph = 1, .pw = 2},
        {.kh = 1, .kw = 1, .sh = 1, .sw = 1},
    };
    static const char *const names[] = {"any", "gemm", "winograd2", "winograd4", "winograd6"};
    static const struct tlee_blocked blocks = {.block = 8, .weight_cost = 7};
    for (size_t i = 0; i < 2 * sizeof shapes / sizeof *shapes; i++)
        for (int wish = TLEE_CONV_BY_GEMM; wish < TLEE_CONV_CHOICES; wish++) {
            enum tlee_conv_choice wanted = (enum tlee_conv_choice)wish;
            struct tlee_conv2d p = shapes[i / 2];
            struct tlee_conv conv, any;
            bool planar = i % 2;
            p.groups = 1, p.c = 16, p.oc = 24, p.h = p.w = 14;
            kernels_set_output(&p);
            bool can = wanted == TLEE_CONV_BY_GEMM || i == 0;
            bool done = tlee_conv_choose(&p, &blocks, planar, wanted, &conv);
            CHECK(done == can, "shape %zu, planar %d, %s", i / 2, planar, names[wish]);
            CHECK(!done || tlee_conv_choice_of(&conv) == wanted, "%s: is %s", names[wish],
                  tlee_conv_choice_name(tlee_conv_choice_of(&conv)));
            CHECK(!strcmp(tlee_conv_choice_name(wanted), names[wish]), "%s", names[wish]);
            CHECK(tlee_conv_choose(&p, &blocks, planar, TLEE_CONV_ANY, &any) &&
                      (!done || any.cost <= conv.cost),
                  "%s costs %g, the choice %g", names[wish], conv.cost, any.cost);
        }
}

/* Without a case for one of them a change of the limits in conv_*.c has left it untested. */
static void check_met(const struct conv_met *met, bool quick) {
    CHECK(met->copied && met->uncopied && met->strips_outside && met->whole_strips,
          "GEMM: %zu copied, %zu not, %zu strips outside, %zu not", met->copied, met->uncopied,
          met->strips_outside, met->whole_strips);
    CHECK(met->own_groups && met->shared_groups && (quick || met->many_groups),
          "Winograd: %zu own groups, %zu shared, %zu with more than one", met->own_groups,
          met->shared_groups, met->many_groups);
    CHECK(met->depthwise && met->expanded > met->expanded_half && met->expanded_half &&
              (quick || met->bands),
          "%zu depthwise, %zu of them expand, %zu by half weights, %zu in bands", met->depthwise,
          met->expanded, met->expanded_half, met->bands);
    CHECK(quick || (met->scaled && met->scaled_weights), "factors: %zu with x, %zu with weights",
          met->scaled, met->scaled_weights);
    CHECK(met->half_copied && met->half_uncopied, "half weights: %zu copied, %zu not",
          met->half_copied, met->half_uncopied);
    printf("%zu cases; Winograd is off by %.1e (F2), %.1e (F4), %.1e (F6)\n", met->cases,
           met->worst[TLEE_WINOGRAD_F2], met->worst[TLEE_WINOGRAD_F4],
           met->worst[TLEE_WINOGRAD_F6]);
}

int main(int argc, char **argv) {
    const char *wish = getenv("TLEE_QUICK");
    bool quick = (wish && *wish && strcmp(wish, "0")) || (argc > 1 && !strcmp(argv[1], "--quick"));
    struct context context = {.random = {1}};
    tlee_denormals_flush(); /* as in the pools' threads */
    check_choice();
    check_wishes();
    if (tlee_cpu_available() != TLEE_CPU_C && conv_open_pools(context.pools)) {
        check_small(&context, quick ? QUICK_CASES : RANDOM_CASES);
        check_depthwise(&context, quick);
        check_layers(&context, quick);
        check_rounding(&context);
        check_met(&context.met, quick);
    }
    conv_close_pools(context.pools);
    return test_summary();
}
