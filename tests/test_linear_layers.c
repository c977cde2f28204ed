/* SPDX-License-Identifier: MIT */
/*
 * Linear layers made ready in their ways: merged with the feature MLP's, or each by itself; with
 * weights stored in half precision, or as floats of the same values. All must give the same
 * decisions, costs and, to rounding, scores.
 */
#include "narrow_model.h"
#include "ops.h"
#include "test.h"
#include "tlee.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STEPS_MAX = 3 * NARROW_FRAMES
};

static const double bound = 5e-5; /* of the largest score */

/* ---- What comes of it ---- */

struct outcome {
    struct tlee_result result;
    struct tlee_model_info info;
    struct tlee_exit_info exits[3];
    struct tlee_step steps[STEPS_MAX];
    float logits[STEPS_MAX][NARROW_CLASSES];
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
    static uint8_t rgb[3 * NARROW_SIDE * NARROW_SIDE];
    tlee_session *session = NULL;
    struct tlee_error error = {0};
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    enum tlee_status status = tlee_session_create(model, NULL, &session, &error);
    if (status == TLEE_OK)
        tlee_session_begin(session, 0);
    for (size_t t = 0; status == TLEE_OK && decision != TLEE_FINISHED; t++) {
        for (size_t i = 0; i < sizeof rgb; i++)
            rgb[i] = (uint8_t)((i * 7 + t * 31 + (i / 97) * t) >> 1);
        status = tlee_session_push_rgb8(session, rgb, NARROW_SIDE, NARROW_SIDE,
                                        (size_t)3 * NARROW_SIDE, &decision, &error);
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
    uint64_t macs = 0;
    tlee_model_get_info(model, &out->info);
    for (size_t b = 0; b < 3; b++)
        tlee_model_get_exit(model, b, &out->exits[b]);
    for (size_t i = 0; i < tlee_model_layer_count(model); i++) {
        struct tlee_layer_info layer;
        char name[128];
        tlee_model_get_layer(model, i, &layer);
        for (size_t b = 0; b < 2; b++) {
            snprintf(name, sizeof name, "backbone.branches.%zu.fc1+mlp.layers.0", b);
            out->merged += !strcmp(layer.name, name) && layer.output[0] == NARROW_LENGTH;
        }
        if (!strcmp(layer.name, "mlp.layers.0"))
            CHECK(layer.executions == 3 - out->merged, "%zu of 3", layer.executions);
        if (!strcmp(layer.name, "classifiers.0"))
            CHECK(layer.executions == 3, "%zu of 3", layer.executions);
        macs += layer.macs * layer.executions;
    }
    CHECK(macs == out->exits[2].macs, "layers have %" PRIu64 " MACs, the exits %" PRIu64, macs,
          out->exits[2].macs);
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
        for (size_t k = 0; k < NARROW_CLASSES; k++) {
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

static struct tlee_model_options options_of(bool fold, bool exact, int cpu) {
    struct tlee_model_options options;
    tlee_model_options_default(&options);
    options.fold = fold;
    options.exact = exact;
    options.cpu = cpu;
    return options;
}

static void test_merging(const struct writer_buffer *file, int cpu) {
    struct tlee_model_options exact = options_of(true, true, cpu);
    struct tlee_model_options merged = options_of(true, false, cpu);
    struct tlee_model_options unfolded = options_of(false, false, cpu);
    run(file->bytes, file->used, &exact, &plain);
    CHECK(plain.merged == 0, "exact: %zu layers are merged", plain.merged);
    run(file->bytes, file->used, &merged, &other);
    CHECK(other.merged == 2, "%zu layers are merged, not 2", other.merged);
    expect_same("merged", &plain, &other);
    CHECK(memcmp(plain.logits, other.logits, sizeof plain.logits), "merging changes no bit");
    static struct outcome threads;
    merged.threads = 3;
    run(file->bytes, file->used, &merged, &threads);
    CHECK(!memcmp(threads.logits, other.logits, sizeof other.logits), "threads change bits");
    run(file->bytes, file->used, &unfolded, &other);
    CHECK(other.merged == 0, "no-fold: %zu layers are merged", other.merged);
    expect_same("unfolded", &plain, &other);
}

/* The linear layers' weights, in which the two files differ; those of branches may be merged. */
static size_t linear_weights(bool eg) {
    size_t gate = eg ? 12 * NARROW_LENGTH + 6 * 12 + 12 : 12 * NARROW_LENGTH + 24;
    return NARROW_END * (16 + 4) + NARROW_LENGTH * NARROW_END + NARROW_CLASSES * NARROW_LENGTH +
           gate;
}

/* A prepared file holds the halves as they are in memory, and computes the same bits. `other` has
 * been run with the options. */
static void test_prepared(const struct writer_buffer *half,
                          const struct tlee_model_options *options) {
    static struct outcome again;
    static unsigned char bytes[1 << 19];
    char path[600], *temporary = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/tlee-test-XXXXXX", temporary ? temporary : "/tmp");
    int file = mkstemp(path);
    tlee_model *model = open_model(half->bytes, half->used, options);
    struct tlee_error error = {0};
    if (model && CHECK(file >= 0 && !tlee_model_write_prepared(model, path, &error), "%s: %s", path,
                       error.message)) {
        FILE *written = fopen(path, "rb");
        size_t size = written ? fread(bytes, 1, sizeof bytes, written) : 0;
        if (written)
            fclose(written);
        CHECK(size && size < sizeof bytes, "%zu bytes are written", size);
        run(bytes, size, options, &again);
        CHECK(again.info.half_weight_bytes == other.info.half_weight_bytes &&
                  again.info.weight_bytes == other.info.weight_bytes,
              "prepared, other sizes: %llu and %llu bytes of halves",
              (unsigned long long)again.info.half_weight_bytes,
              (unsigned long long)other.info.half_weight_bytes);
        CHECK(!memcmp(again.logits, other.logits, sizeof other.logits), "prepared differs");
    }
    tlee_model_close(&model);
    if (file >= 0)
        close(file);
    unlink(path);
}

static size_t padded(size_t channels, size_t block) {
    return (channels + block - 1) / block * block;
}

/* The convolutions on maps of at most 64 pixels, the same: layers 2 to 4, and the branches'. */
static void conv_weights(size_t block, size_t *weights, size_t *scales) {
    static const size_t widths[] = {8, 16, 16, NARROW_END};
    *weights = *scales = 0;
    for (size_t layer = 1; layer < 4 && block > 1; layer++) {
        size_t c = padded(widths[layer - 1], block), oc = padded(widths[layer], block);
        *weights += 9 * (c + 3 * oc) * oc + c * oc;
        *scales += 5 * oc;
    }
    if (block > 1)
        *weights += 2 * padded(16, block) * padded(8, block);
    if (block > 1)
        *weights += 2 * padded(8, block) * padded(4, block);
}

static void test_half(const struct writer_buffer *half, const struct writer_buffer *wide, bool eg,
                      int cpu) {
    struct tlee_model_options exact = options_of(true, true, cpu);
    struct tlee_model_options merged = options_of(true, false, cpu);
    struct tlee_model_options unfolded = options_of(false, false, cpu);
    run(wide->bytes, wide->used, &exact, &plain);
    run(half->bytes, half->used, &exact, &other);
    expect_same("half", &plain, &other);
    struct tlee_ops ops;
    tlee_ops_init(&ops, cpu == TLEE_CPU_AUTO ? tlee_cpu_available() : (unsigned)cpu);
    size_t halves, scales;
    conv_weights(ops.blocked.block, &halves, &scales);
    if (ops.linear_half_is_fast) {
        halves += linear_weights(eg);
        scales += NARROW_LENGTH;
    }
    size_t saved = 2 * halves - scales * sizeof(float);
    CHECK(plain.info.half_weight_bytes == 0 && other.info.half_weight_bytes == 2 * halves,
          "%llu bytes of halves, then %llu, not %zu",
          (unsigned long long)plain.info.half_weight_bytes,
          (unsigned long long)other.info.half_weight_bytes, 2 * halves);
    CHECK(plain.info.weight_bytes - other.info.weight_bytes == saved, "%llu bytes, then %llu",
          (unsigned long long)plain.info.weight_bytes, (unsigned long long)other.info.weight_bytes);

    /* At an odd address the halves have to be copied. */
    static struct outcome odd;
    unsigned char *copy = calloc(half->used + 1, 1);
    if (CHECK(copy, "no memory")) {
        memcpy(copy + 1, half->bytes, half->used);
        run(copy + 1, half->used, &exact, &odd);
        CHECK(!memcmp(odd.logits, other.logits, sizeof other.logits), "an odd address matters");
    }
    free(copy);
    test_prepared(half, &exact);

    run(half->bytes, half->used, &merged, &other);
    /* Halves take half as long to come, which with vectors of four does not pay for the first. */
    size_t worth = ops.linear_half_is_fast && ops.blocked.block == 4 ? 1 : 2;
    CHECK(other.merged == worth, "%zu layers are merged, not %zu", other.merged, worth);
    expect_same("half, merged", &plain, &other);
    run(wide->bytes, wide->used, &unfolded, &plain);
    run(half->bytes, half->used, &unfolded, &other);
    expect_same("half, unfolded", &plain, &other);
}

/* Each failure is NOMEM, and nothing leaks. */
static void test_allocations(const struct writer_buffer *file) {
    struct tlee_model_options options = options_of(true, false, TLEE_CPU_AUTO);
    unsigned char *copy = calloc(file->used + 1, 1);
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
        struct narrow_model half, wide;
        narrow_model_make(&half, true, eg);
        narrow_model_make(&wide, false, eg);
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
