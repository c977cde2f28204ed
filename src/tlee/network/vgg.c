/* SPDX-License-Identifier: MIT */
/*
 * VGG16 with batch-norm (Simonyan and Zisserman 2014, configuration D), as torchvision has it. Its
 * children are those of `features`: each convolution, batch-norm, ReLU and pooling counts as one.
 * Cuts lie after the second, third and fourth pooling. It ends with three linear layers of its own,
 * the last of which makes the D0 vector.
 */
#include "backbone.h"

#include <string.h>

enum {
    GROUPS = 5,
    FINAL_SIDE = 7,
    HIDDEN = 4096
};

/* Published widths, for random: models; those of a file come from its tensors. */
static const struct {
    size_t convolutions, width;
} groups[GROUPS] = {{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}};

/* 3x3 convolution with bias, batch-norm and ReLU: children `child` to child + 2. */
static tlee_value_id unit(struct tlee_builder *builder, size_t child, tlee_value_id x,
                          size_t width) {
    struct tlee_conv_unit spec = {
        .conv = tlee_build_name(builder, "backbone.baseModel.%zu", child),
        .norm = tlee_build_name(builder, "backbone.baseModel.%zu", child + 1),
        .act_name = tlee_build_name(builder, "backbone.baseModel.%zu", child + 2),
        .kernel = 3,
        .stride = 1,
        .pad = 1,
        .bias = true,
        .act = TLEE_ACT_RELU,
    };
    spec.oc = tlee_build_dim(builder, spec.conv, 0, width);
    return tlee_build_conv(builder, x, &spec);
}

/* Linear layer and ReLU, children `child` and child + 1 of fc_layer. */
static tlee_value_id hidden(struct tlee_builder *builder, size_t child, tlee_value_id x) {
    struct tlee_linear_unit spec = {
        .linear = tlee_build_name(builder, "backbone.fc_layer.%zu", child),
        .act_name = tlee_build_name(builder, "backbone.fc_layer.%zu", child + 1),
        .act = TLEE_ACT_RELU,
    };
    spec.out = tlee_build_dim(builder, spec.linear, 0, HIDDEN);
    spec.into = tlee_build_value(builder, spec.out, 1, 1, false);
    tlee_build_linear(builder, x, &spec);
    return spec.into;
}

static void build(struct tlee_network_builder *builder, const struct tlee_backbone *backbone) {
    (void)backbone;
    struct tlee_builder *base = &builder->base;
    tlee_value_id x = builder->network->input;
    size_t child = 0;
    for (size_t group = 0; group < GROUPS; group++) {
        for (size_t i = 0; i < groups[group].convolutions; i++, child += 3)
            x = unit(base, child, x, groups[group].width);
        const char *pool = tlee_build_name(base, "backbone.baseModel.%zu", child++);
        x = tlee_build_max_pool(base, pool, x, 2, 2, 0);
        if (group >= 1 && group <= TLEE_BRANCHES_MAX)
            tlee_network_cut(builder, group - 1, x);
    }
    x = tlee_build_adaptive_avg_pool(base, "backbone.avgpool", x, FINAL_SIDE);
    x = hidden(base, 0, x);
    x = hidden(base, 3, x);
    tlee_build_linear(base, x,
                      &(struct tlee_linear_unit){.linear = "backbone.fc_layer.5",
                                                 .out = builder->backbone_feature,
                                                 .into = builder->network->raw});
}

const struct tlee_backbone *tlee_vgg_find(const char *name) {
    static const struct tlee_backbone vgg16 = {
        "vgg16", 512, {4.754, 9.389, 14.018, 15.531}, build, NULL};
    return strcmp(name, vgg16.name) ? NULL : &vgg16;
}
