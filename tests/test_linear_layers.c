/* SPDX-License-Identifier: MIT */
/*
 * Linear layers made ready in their ways: merged with the feature MLP's, or each by itself; with
 * weights stored in half precision, or as floats of the same values. All must give the same
 * decisions, costs and, to rounding, scores. The model is a narrow ResNet-18 with two branches.
 */
#include "ops.h"
#include "test.h"
#include "tlee.h"
#include "weights_writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 64,
    CLASSES = 6,
    FRAMES = 8,
    STEPS_MAX = 3 * FRAMES,
    LENGTH = 40, /* D */
    END = 24,    /* D0 */
    BRANCHES = 2
};

static const double bound = 5e-5; /* of the largest score */

/* ---- The model ---- */

struct maker {
    struct weights_writer writer;
    bool half;
    uint64_t state;
};

/* Exact for the values here: whole multiples of 2^-9 below 2. */
static uint16_t half_of(float value) {
    int exponent;
    float fraction = frexpf(fabsf(value), &exponent);
    if (value == 0)
        return 0;
    unsigned bits = (unsigned)(exponent + 14) << 10 | (unsigned)((2 * fraction - 1) * 1024);
    return (uint16_t)(bits | (value < 0 ? 0x8000u : 0u));
}

static void add(struct maker *maker, const char *layer, const char *suffix, unsigned ndim,
                const size_t *dims, double centre, double spread) {
    char name[128];
    size_t count = 1;
    for (unsigned i = 0; i < ndim; i++)
        count *= dims[i];
    float *values = malloc(count * sizeof *values);
    uint16_t *halves = malloc(count * sizeof *halves);
    for (size_t i = 0; values && halves && i < count; i++) {
        maker->state = maker->state * 6364136223846793005u + 1442695040888963407u;
        double random = (double)(maker->state >> 40) * 0x1p-23 - 1;
        values[i] = (float)(round((centre + spread * random) * 512) / 512);
        halves[i] = half_of(values[i]);
    }
    bool half = maker->half && ndim > 1;
    snprintf(name, sizeof name, "%s.%s", layer, suffix);
    writer_tensor(&maker->writer, name, half ? TLEE_F16 : TLEE_F32, 0, ndim, dims,
                  half ? (void *)halves : values, count * (half ? 2 : 4));
    free(values);
    free(halves);
}

static void add_conv(struct maker *maker, const char *layer, size_t oc, size_t c, size_t kernel,
                     bool bias) {
    size_t dims[] = {oc, c, kernel, kernel};
    add(maker, layer, "weight", 4, dims, 0, sqrt(6 / (double)(c * kernel * kernel)));
    if (bias)
        add(maker, layer, "bias", 1, dims, 0, 0.1);
}

static void add_linear(struct maker *maker, const char *layer, size_t out, size_t in) {
    size_t dims[] = {out, in};
    add(maker, layer, "weight", 2, dims, 0, sqrt(4 / (double)in));
    add(maker, layer, "bias", 1, dims, 0, 0.1);
}

static void add_norm(struct maker *maker, const char *layer, size_t c) {
    add(maker, layer, "weight", 1, &c, 0.8, 0.2);
    add(maker, layer, "bias", 1, &c, 0, 0.1);
    add(maker, layer, "running_mean", 1, &c, 0, 0.1);
    add(maker, layer, "running_var", 1, &c, 1, 0.4);
}

static const char *named(char *name, const char *format, size_t a, size_t b) {
    snprintf(name, 128, format, a, b);
    return name;
}

static void add_backbone(struct maker *maker) {
    static const size_t widths[] = {8, 8, 16, 16, END};
    char name[128];
    add_conv(maker, "backbone.baseModel.0", widths[0], 3, 7, false);
    add_norm(maker, "backbone.baseModel.1", widths[0]);
    for (size_t layer = 1; layer <= 4; layer++)
        for (size_t block = 0; block < 2; block++) {
            size_t width = widths[layer], c = block ? width : widths[layer - 1], i = layer + 3;
            add_conv(maker, named(name, "backbone.baseModel.%zu.%zu.conv1", i, block), width, c, 3,
                     false);
            add_norm(maker, named(name, "backbone.baseModel.%zu.%zu.bn1", i, block), width);
            add_conv(maker, named(name, "backbone.baseModel.%zu.%zu.conv2", i, block), width, width,
                     3, false);
            add_norm(maker, named(name, "backbone.baseModel.%zu.%zu.bn2", i, block), width);
            if (layer == 1 || block)
                continue;
            add_conv(maker, named(name, "backbone.baseModel.%zu.%zu.downsample.0", i, block), width,
                     c, 1, false);
            add_norm(maker, named(name, "backbone.baseModel.%zu.%zu.downsample.1", i, block),
                     width);
        }
}

/* Both branches sit on 16 channels: maps of 8 x 8, pooled to 2 x 2, and 4 x 4, pooled to one. */
static void add_head(struct maker *maker, bool eg) {
    char name[128];
    for (size_t b = 0; b < BRANCHES; b++) {
        const size_t one = 1, k = b ? 4 : 16;
        add(maker, named(name, "backbone.branches.%zu", b, 0), "alpha", 1, &one, 0.5, 0.3);
        add_conv(maker, named(name, "backbone.branches.%zu.crm.conv0", b, 0), 8, 16, 1, true);
        add_conv(maker, named(name, "backbone.branches.%zu.crm.conv1", b, 0), 4, 8, 1, true);
        add_linear(maker, named(name, "backbone.branches.%zu.fc1", b, 0), END, k);
    }
    add_linear(maker, "mlp.layers.0", LENGTH, END);
    add_norm(maker, "mlp.layers.1", LENGTH);
    add_linear(maker, "classifiers.0", CLASSES, LENGTH);
    if (eg) {
        add_conv(maker, "exit_selector.0.conv1", 12, LENGTH, 1, true);
        add_conv(maker, "exit_selector.0.conv2", 6, 12, 1, true);
        add_linear(maker, "exit_selector.0.linear", 1, 12);
    } else {
        add_linear(maker, "exit_selector.0.fc1", 12, LENGTH);
        add_linear(maker, "exit_selector.0.fc2", 1, 24);
    }
}

static void make_model(struct maker *maker, bool half, bool eg) {
    static const struct {
        const char *key;
        int64_t value;
    } ints[] = {{"classes", CLASSES}, {"branches", 2},  {"branch_scale", 1}, {"crm", 2},
                {"frames", FRAMES},   {"resize", SIDE}, {"crop", SIDE}};
    const char *const texts[][2] = {{"backbone", "resnet18"},
                                    {"dataset", "ucf101"},
                                    {"mode", "ts"},
                                    {"reuse", "mp"},
                                    {"gate", eg ? "eg" : "gm"}};
    static const double first = 1, leave = 0.8, grey[] = {0.5, 0.5, 0.5};
    *maker = (struct maker){.half = half, .state = 1};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        writer_ints(&maker->writer, ints[i].key, 0, 1, &ints[i].value);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        writer_texts(&maker->writer, texts[i][0], 0, 1, &texts[i][1]);
    writer_reals(&maker->writer, "first_threshold", 0, 1, &first);
    writer_reals(&maker->writer, "exit_threshold", 0, 1, &leave);
    writer_reals(&maker->writer, "mean", 0, 3, grey);
    writer_reals(&maker->writer, "std", 0, 3, grey);
    add_backbone(maker);
    add_head(maker, eg);
    writer_finish(&maker->writer);
}

/* ---- What comes of it ---- */

struct outcome {
    struct tlee_result result;
    struct tlee_model_info info;
    struct tlee_exit_info exits[3];
    struct tlee_step steps[STEPS_MAX];
    float logits[STEPS_MAX][CLASSES];
    size_t step_count, merged;
};

static tlee_model *open_model(const void *bytes, size_t length,
                              const struct tlee_model_options *options) {
    struct tlee_error error = {0};
    tlee_model *model = NULL;
    tlee_model_open_memory(bytes, length, options, &model, &error);
    CHECK(model, "%s", error.message);
    return model;
}

static void recognise(const tlee_model *model, struct outcome *out) {
    static uint8_t rgb[3 * SIDE * SIDE];
    tlee_session *session = NULL;
    struct tlee_error error = {0};
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    enum tlee_status status = tlee_session_create(model, NULL, &session, &error);
    if (status == TLEE_OK)
        tlee_session_begin(session, 0);
    for (size_t t = 0; status == TLEE_OK && decision != TLEE_FINISHED; t++) {
        for (size_t i = 0; i < sizeof rgb; i++)
            rgb[i] = (uint8_t)((i * 7 + t * 31 + (i / 97) * t) >> 1);
        status =
            tlee_session_push_rgb8(session, rgb, SIDE, SIDE, (size_t)3 * SIDE, &decision, &error);
    }
    CHECK(status == TLEE_OK && tlee_session_result(session, &out->result) == TLEE_OK, "%s",
          error.message);
    out->step_count = session ? tlee_session_step_count(session) : 0;
    for (size_t i = 0; i < out->step_count; i++) {
        tlee_session_get_step(session, i, &out->steps[i]);
        memcpy(out->logits[i], out->steps[i].logits, sizeof out->logits[i]);
    }
    tlee_session_free(&session);
}

static void run(const void *bytes, size_t length, const struct tlee_model_options *options,
                struct outcome *out) {
    tlee_model *model = open_model(bytes, length, options);
    *out = (struct outcome){0};
    if (!model)
        return;
    tlee_model_get_info(model, &out->info);
    for (size_t b = 0; b < 3; b++)
        tlee_model_get_exit(model, b, &out->exits[b]);
    for (size_t i = 0; i < tlee_model_layer_count(model); i++) {
        struct tlee_layer_info layer;
        char name[128];
        tlee_model_get_layer(model, i, &layer);
        named(name, "backbone.branches.%zu.fc1+mlp.layers.0", out->merged, 0);
        out->merged += !strcmp(layer.name, name) && layer.output[0] == LENGTH;
        if (!strcmp(layer.name, "mlp.layers.0"))
            CHECK(layer.executions == 3 - out->merged, "%zu of 3", layer.executions);
        if (!strcmp(layer.name, "classifiers.0"))
            CHECK(layer.executions == 3, "%zu of 3", layer.executions);
    }
    recognise(model, out);
    tlee_model_close(&model);
}

/* The same decisions and costs, and scores that differ by rounding alone. */
static void expect_same(const char *what, const struct outcome *a, const struct outcome *b) {
    bool same = a->step_count == b->step_count && a->step_count > 3 &&
                a->result.label == b->result.label && a->result.frame == b->result.frame &&
                a->result.exit == b->result.exit && a->result.macs == b->result.macs &&
                a->info.macs_full == b->info.macs_full && a->info.parameters == b->info.parameters;
    for (size_t i = 0; i < 3; i++)
        same = same && a->exits[i].macs == b->exits[i].macs &&
               a->exits[i].macs_backbone == b->exits[i].macs_backbone;
    if (!CHECK(same, "%s: %zu and %zu steps, label %zu and %zu, or other costs", what,
               a->step_count, b->step_count, a->result.label, b->result.label))
        return;
    double off = 0, scale = 0, gates = 0;
    for (size_t i = 0; i < a->step_count; i++) {
        same = same && a->steps[i].frame == b->steps[i].frame &&
               a->steps[i].exit == b->steps[i].exit && a->steps[i].top1 == b->steps[i].top1;
        if (!isnan(a->steps[i].gate))
            gates = fmax(gates, fabs((double)a->steps[i].gate - (double)b->steps[i].gate));
        for (size_t k = 0; k < CLASSES; k++) {
            scale = fmax(scale, fabs((double)a->logits[i][k]));
            off = fmax(off, fabs((double)a->logits[i][k] - (double)b->logits[i][k]));
        }
    }
    CHECK(same, "%s: another path", what);
    CHECK(off < bound * scale && gates < bound, "%s: logits are off by %.1e of %.1e, gates by %.1e",
          what, off, scale, gates);
    printf("%-42s %zu steps, logits off by %.1e of their scale\n", what, a->step_count,
           off / scale);
}

/* ---- The checks ---- */

static struct outcome plain, other;

static struct tlee_model_options options_of(bool fold, bool exact, bool thorough, int cpu) {
    struct tlee_model_options options;
    tlee_model_options_default(&options);
    options.fold = fold;
    options.exact = exact;
    options.thorough = thorough;
    options.cpu = cpu;
    return options;
}

static void test_merging(const struct writer_buffer *file, int cpu) {
    struct tlee_model_options exact = options_of(true, true, true, cpu);
    struct tlee_model_options thorough = options_of(true, false, true, cpu);
    struct tlee_model_options unfolded = options_of(false, false, true, cpu);
    run(file->bytes, file->used, &exact, &plain);
    CHECK(plain.merged == 0, "exact: %zu layers are merged", plain.merged);
    run(file->bytes, file->used, &thorough, &other);
    CHECK(other.merged == 2, "thorough: %zu layers are merged", other.merged);
    expect_same("merged", &plain, &other);
    CHECK(memcmp(plain.logits, other.logits, sizeof plain.logits), "merging changes no bit");
    static struct outcome threads;
    thorough.threads = 3;
    run(file->bytes, file->used, &thorough, &threads);
    CHECK(!memcmp(threads.logits, other.logits, sizeof other.logits), "threads change bits");
    run(file->bytes, file->used, &unfolded, &other);
    CHECK(other.merged == 0, "no-fold: %zu layers are merged", other.merged);
    expect_same("unfolded", &plain, &other);
}

/* The linear layers' weights, in which the two files differ. */
static size_t linear_weights(bool eg) {
    size_t gate = eg ? 12 * LENGTH + 6 * 12 + 12 : 12 * LENGTH + 24;
    return END * (16 + 4) + LENGTH * END + CLASSES * LENGTH + gate;
}

static void test_half(const struct writer_buffer *half, const struct writer_buffer *wide, bool eg,
                      int cpu) {
    struct tlee_model_options exact = options_of(true, true, false, cpu);
    struct tlee_model_options thorough = options_of(true, false, true, cpu);
    struct tlee_model_options unfolded = options_of(false, false, false, cpu);
    run(wide->bytes, wide->used, &exact, &plain);
    run(half->bytes, half->used, &exact, &other);
    expect_same("half", &plain, &other);
    struct tlee_ops ops;
    tlee_ops_init(&ops, cpu == TLEE_CPU_AUTO ? tlee_cpu_available() : (unsigned)cpu);
    size_t saved = 2 * linear_weights(eg) - LENGTH * sizeof(float); /* a scale for each output */
    saved = ops.linear_half_is_fast ? saved : 0;
    CHECK(plain.info.weight_bytes - other.info.weight_bytes == saved, "%llu bytes, then %llu",
          (unsigned long long)plain.info.weight_bytes, (unsigned long long)other.info.weight_bytes);

    /* At an odd address the halves have to be copied. */
    static struct outcome odd;
    unsigned char *copy = malloc(half->used + 1);
    if (CHECK(copy, "no memory")) {
        memcpy(copy + 1, half->bytes, half->used);
        run(copy + 1, half->used, &exact, &odd);
        CHECK(!memcmp(odd.logits, other.logits, sizeof other.logits), "an odd address matters");
    }
    free(copy);

    run(half->bytes, half->used, &thorough, &other);
    CHECK(other.merged == 2, "thorough: %zu layers are merged", other.merged);
    expect_same("half, merged", &plain, &other);
    run(wide->bytes, wide->used, &unfolded, &plain);
    run(half->bytes, half->used, &unfolded, &other);
    expect_same("half, unfolded", &plain, &other);
}

/* Each failure is NOMEM, and nothing leaks. */
static void test_allocations(const struct writer_buffer *file) {
    struct tlee_model_options options = options_of(true, false, true, TLEE_CPU_AUTO);
    unsigned char *copy = malloc(file->used + 1);
    if (!CHECK(copy, "no memory"))
        return;
    memcpy(copy + 1, file->bytes, file->used);
    size_t live = test_live_blocks();
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        tlee_model *model = NULL;
        test_fail_allocation(nth, false);
        enum tlee_status status =
            tlee_model_open_memory(copy + 1, file->used, &options, &model, NULL);
        failed = test_allocation_failed();
        test_fail_allocation(0, false);
        CHECK(status == (failed ? TLEE_ERR_NOMEM : TLEE_OK), "allocation %zu: %s", nth,
              tlee_status_name(status));
        tlee_model_close(&model);
        CHECK(test_live_blocks() == live, "allocation %zu leaks", nth);
    }
    free(copy);
}

int main(void) {
    for (int eg = 0; eg < 2; eg++) {
        static const int cpus[] = {TLEE_CPU_C, TLEE_CPU_AUTO};
        struct maker half, wide;
        make_model(&half, true, eg);
        make_model(&wide, false, eg);
        for (size_t i = 0; i < sizeof cpus / sizeof *cpus; i++) {
            test_merging(&wide.writer.file, cpus[i]);
            test_half(&half.writer.file, &wide.writer.file, eg, cpus[i]);
        }
        if (!eg)
            test_allocations(&half.writer.file);
        writer_free(&half.writer);
        writer_free(&wide.writer);
    }
    return test_summary();
}
