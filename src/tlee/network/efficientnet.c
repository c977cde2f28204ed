/* SPDX-License-Identifier: MIT */
/*
 * EfficientNet-B3 (Tan and Le 2019), as torchvision has it, run at 224. Its children are those of
 * `features`: 0 the stem, 1..7 stages of inverted residuals with squeeze-and-excitation (Hu et al.
 * 2017), 8 a 1x1 convolution. Cuts lie after children 1, 3 and 5. Stochastic depth is a matter of
 * training.
 */
#include "backbone.h"

#include <string.h>

enum {
    STAGES = 7
};

/* Published widths, for random: models; those of a file come from its tensors. */
static const size_t stem_width = 40, end_width = 1536;
static const struct stage {
    size_t expansion, kernel, stride, width, repeats;
} stages[STAGES] = {{1, 3, 1, 24, 2},  {6, 3, 2, 32, 3},  {6, 5, 2, 48, 3}, {6, 3, 2, 96, 5},
                    {6, 5, 1, 136, 5}, {6, 5, 2, 232, 6}, {6, 3, 1, 384, 2}};

/* A factor between 0 and 1 for each channel of x, which two small layers make of the averages of
 * all channels. squeezed: their width. */
static tlee_value_id squeeze_and_excitation(struct tlee_builder *builder, const char *name,
                                            tlee_value_id x, size_t squeezed) {
    size_t c = tlee_build_shape(builder, x).c;
    struct tlee_linear_unit squeeze = {
        .linear = tlee_build_name(builder, "%s.fc1", name),
        .act_name = tlee_build_name(builder, "%s.activation", name),
        .act = TLEE_ACT_SILU,
    };
    squeeze.out = tlee_build_dim(builder, squeeze.linear, 0, squeezed);
    squeeze.into = tlee_build_value(builder, squeeze.out, 1, 1, false);
    struct tlee_linear_unit excite = {
        .linear = tlee_build_name(builder, "%s.fc2", name),
        .act_name = tlee_build_name(builder, "%s.scale_activation", name),
        .out = c,
        .act = TLEE_ACT_SIGMOID,
        .into = tlee_build_value(builder, c, 1, 1, false),
    };
    const char *pool = tlee_build_name(builder, "%s.avgpool", name);
    tlee_build_pointwise(builder, tlee_build_adaptive_avg_pool(builder, pool, x, 1), &squeeze);
    tlee_build_pointwise(builder, squeeze.into, &excite);
    return excite.into;
}

/*
 * Expand (1x1; not with expansion 1), depthwise, squeeze-and-excitation, project (1x1, no
 * activation). The input is added where the output has its shape.
 */
static tlee_value_id inverted_residual(struct tlee_network_builder *builder, const char *block,
                                       tlee_value_id x, const struct stage *stage, size_t stride) {
    struct tlee_builder *base = &builder->base;
    const size_t in = tlee_build_shape(base, x).c;
    tlee_value_id shortcut = x;
    size_t i = 0;
    if (stage->expansion > 1)
        x = tlee_backbone_conv_norm(builder, tlee_build_name(base, "%s.block.%zu", block, i++), x,
                                    &(struct tlee_backbone_unit){.oc = stage->expansion * in,
                                                                 .kernel = 1,
                                                                 .stride = 1,
                                                                 .inner = true,
                                                                 .act = TLEE_ACT_SILU});
    x = tlee_backbone_conv_norm(
        builder, tlee_build_name(base, "%s.block.%zu", block, i++), x,
        &(struct tlee_backbone_unit){
            .kernel = stage->kernel, .stride = stride, .depthwise = true, .act = TLEE_ACT_SILU});
    const char *excitation = tlee_build_name(base, "%s.block.%zu", block, i++);
    struct tlee_backbone_unit project = {
        .scale_name = excitation,
        .scale = squeeze_and_excitation(base, excitation, x, in / 4),
        .conv = tlee_build_name(base, "%s.block.%zu.0", block, i),
        .norm = tlee_build_name(base, "%s.block.%zu.1", block, i),
        .oc = stage->width,
        .kernel = 1,
        .stride = 1,
        .residual = shortcut,
    };
    if (stride == 1 && tlee_build_dim(base, project.conv, 0, stage->width) == in)
        project.add = tlee_build_name(base, "%s.add", block);
    return tlee_backbone_conv(builder, x, &project);
}

static void build(struct tlee_network_builder *builder, const struct tlee_backbone *backbone) {
    (void)backbone;
    struct tlee_builder *base = &builder->base;
    tlee_value_id x = tlee_backbone_conv_norm(
        builder, "backbone.baseModel.0", builder->network->input,
        &(struct tlee_backbone_unit){
            .oc = stem_width, .kernel = 3, .stride = 2, .act = TLEE_ACT_SILU});
    for (size_t s = 0; s < STAGES; s++) {
        for (size_t i = 0; i < stages[s].repeats; i++)
            x = inverted_residual(builder,
                                  tlee_build_name(base, "backbone.baseModel.%zu.%zu", s + 1, i), x,
                                  &stages[s], i ? 1 : stages[s].stride);
        if (s % 2 == 0 && s / 2 < TLEE_BRANCHES_MAX)
            tlee_network_cut(builder, s / 2, x);
    }
    x = tlee_backbone_conv_norm(
        builder, "backbone.baseModel.8", x,
        &(struct tlee_backbone_unit){
            .oc = end_width, .kernel = 1, .stride = 1, .act = TLEE_ACT_SILU});
    tlee_build_global_avg_pool(base, "backbone.avgpool", x, builder->network->raw);
}

const struct tlee_backbone *tlee_efficientnet_find(const char *name) {
    static const struct tlee_backbone efficientnetb3 = {
        "efficientnetb3", 1536, {0.045, 0.295, 0.629, 0.992}, build, NULL};
    return strcmp(name, efficientnetb3.name) ? NULL : &efficientnetb3;
}
