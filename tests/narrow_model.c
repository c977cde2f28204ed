/* SPDX-License-Identifier: MIT */
#include "narrow_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    NAME_BYTES = 128 /* room for a name */
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

static void add(struct narrow_model *model, const char *layer, const char *suffix, unsigned ndim,
                const size_t *dims, double centre, double spread) {
    char name[NAME_BYTES];
    size_t count = 1;
    for (unsigned i = 0; i < ndim; i++)
        count *= dims[i];
    float *values = malloc(count * sizeof *values);
    uint16_t *halves = malloc(count * sizeof *halves);
    for (size_t i = 0; values && halves && i < count; i++) {
        model->state = model->state * 6364136223846793005u + 1442695040888963407u;
        double random = (double)(model->state >> 40) * 0x1p-23 - 1;
        values[i] = (float)(round((centre + spread * random) * 512) / 512);
        halves[i] = half_of(values[i]);
    }
    bool half = model->half && ndim > 1;
    snprintf(name, sizeof name, "%s.%s", layer, suffix);
    writer_tensor(&model->writer, name, half ? TLEE_F16 : TLEE_F32, 0, ndim, dims,
                  half ? (void *)halves : values, count * (half ? 2 : 4));
    free(values);
    free(halves);
}

static void add_conv(struct narrow_model *model, const char *layer, size_t oc, size_t c,
                     size_t kernel, bool bias) {
    size_t dims[] = {oc, c, kernel, kernel};
    add(model, layer, "weight", 4, dims, 0, sqrt(6 / (double)(c * kernel * kernel)));
    if (bias)
        add(model, layer, "bias", 1, dims, 0, 0.1);
}

static void add_linear(struct narrow_model *model, const char *layer, size_t out, size_t in) {
    size_t dims[] = {out, in};
    add(model, layer, "weight", 2, dims, 0, sqrt(4 / (double)in));
    add(model, layer, "bias", 1, dims, 0, 0.1);
}

static void add_norm(struct narrow_model *model, const char *layer, size_t c) {
    add(model, layer, "weight", 1, &c, 0.8, 0.2);
    add(model, layer, "bias", 1, &c, 0, 0.1);
    add(model, layer, "running_mean", 1, &c, 0, 0.1);
    add(model, layer, "running_var", 1, &c, 1, 0.4);
}

static const char *block_name(char *name, size_t layer, size_t block, const char *what) {
    snprintf(name, NAME_BYTES, "backbone.baseModel.%zu.%zu.%s", layer + 3, block, what);
    return name;
}

static const char *branch_name(char *name, size_t branch, const char *what) {
    snprintf(name, NAME_BYTES, "backbone.branches.%zu%s", branch, what);
    return name;
}

static void add_backbone(struct narrow_model *model) {
    static const size_t widths[] = {8, 8, 16, 16, NARROW_END};
    char name[NAME_BYTES];
    add_conv(model, "backbone.baseModel.0", widths[0], 3, 7, false);
    add_norm(model, "backbone.baseModel.1", widths[0]);
    for (size_t layer = 1; layer <= 4; layer++)
        for (size_t block = 0; block < 2; block++) {
            size_t width = widths[layer], c = block ? width : widths[layer - 1];
            add_conv(model, block_name(name, layer, block, "conv1"), width, c, 3, false);
            add_norm(model, block_name(name, layer, block, "bn1"), width);
            add_conv(model, block_name(name, layer, block, "conv2"), width, width, 3, false);
            add_norm(model, block_name(name, layer, block, "bn2"), width);
            if (layer == 1 || block)
                continue;
            add_conv(model, block_name(name, layer, block, "downsample.0"), width, c, 1, false);
            add_norm(model, block_name(name, layer, block, "downsample.1"), width);
        }
}

/* Both branches sit on 16 channels: maps of 8 x 8, pooled to 2 x 2, and 4 x 4, pooled to one. */
static void add_head(struct narrow_model *model, bool eg) {
    char name[NAME_BYTES];
    for (size_t b = 0; b < 2; b++) {
        const size_t one = 1, k = b ? 4 : 16;
        add(model, branch_name(name, b, ""), "alpha", 1, &one, 0.5, 0.3);
        add_conv(model, branch_name(name, b, ".crm.conv0"), 8, 16, 1, true);
        add_conv(model, branch_name(name, b, ".crm.conv1"), 4, 8, 1, true);
        add_linear(model, branch_name(name, b, ".fc1"), NARROW_END, k);
    }
    add_linear(model, "mlp.layers.0", NARROW_LENGTH, NARROW_END);
    add_norm(model, "mlp.layers.1", NARROW_LENGTH);
    add_linear(model, "classifiers.0", NARROW_CLASSES, NARROW_LENGTH);
    if (eg) {
        add_conv(model, "exit_selector.0.conv1", 12, NARROW_LENGTH, 1, true);
        add_conv(model, "exit_selector.0.conv2", 6, 12, 1, true);
        add_linear(model, "exit_selector.0.linear", 1, 12);
    } else {
        add_linear(model, "exit_selector.0.fc1", 12, NARROW_LENGTH);
        add_linear(model, "exit_selector.0.fc2", 1, 24);
    }
}

void narrow_model_begin(struct narrow_model *model, bool half, bool eg) {
    static const struct {
        const char *key;
        int64_t value;
    } ints[] = {
        {"classes", NARROW_CLASSES}, {"branches", 2},         {"branch_scale", 1},  {"crm", 2},
        {"frames", NARROW_FRAMES},   {"resize", NARROW_SIDE}, {"crop", NARROW_SIDE}};
    const char *const texts[][2] = {{"backbone", "resnet18"},
                                    {"dataset", "ucf101"},
                                    {"mode", "ts"},
                                    {"reuse", "mp"},
                                    {"gate", eg ? "eg" : "gm"}};
    static const double first = 1, leave = 0.8, grey[] = {0.5, 0.5, 0.5};
    *model = (struct narrow_model){.half = half, .state = 1};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        writer_ints(&model->writer, ints[i].key, 0, 1, &ints[i].value);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        writer_texts(&model->writer, texts[i][0], 0, 1, &texts[i][1]);
    writer_reals(&model->writer, "first_threshold", 0, 1, &first);
    writer_reals(&model->writer, "exit_threshold", 0, 1, &leave);
    writer_reals(&model->writer, "mean", 0, 3, grey);
    writer_reals(&model->writer, "std", 0, 3, grey);
    add_backbone(model);
    add_head(model, eg);
}

void narrow_model_make(struct narrow_model *model, bool half, bool eg) {
    narrow_model_begin(model, half, eg);
    writer_finish(&model->writer);
}
