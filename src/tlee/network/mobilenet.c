/* SPDX-License-Identifier: MIT */
/*
 * MobileNetV2 (Sandler et al. 2018), as torchvision has it. Its children are those of `features`: 0
 * the stem, 1..17 inverted residuals, 18 a 1x1 convolution. Cuts lie after children 3, 7 and 11.
 */
#include "backbone.h"

#include <string.h>

enum {
    STAGES = 7
};

/* Published widths, for random: models; those of a file come from its tensors. */
static const size_t stem_width = 32, end_width = 1280;
static const struct stage {
    size_t expansion, width, repeats, stride;
} stages[STAGES] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                    {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

/* The last child before each cut. */
static const size_t cuts[TLEE_BRANCHES_MAX] = {3, 7, 11};

/*
 * Expand (1x1; not with expansion 1), depthwise 3x3, project (1x1, no activation): a narrow map in
 * and out. The input is added where the output has its shape.
 */
static tlee_value_id inverted_residual(struct tlee_network_builder *builder, size_t child,
                                       tlee_value_id x, const struct stage *stage, size_t stride) {
    struct tlee_builder *base = &builder->base;
    const char *block = tlee_build_name(base, "backbone.baseModel.%zu", child);
    const size_t in = tlee_build_shape(base, x).c;
    tlee_value_id shortcut = x;
    size_t i = 0;
    if (stage->expansion > 1)
        x = tlee_backbone_conv_norm(builder, tlee_build_name(base, "%s.conv.%zu", block, i++), x,
                                    &(struct tlee_backbone_unit){.oc = stage->expansion * in,
                                                                 .kernel = 1,
                                                                 .stride = 1,
                                                                 .inner = true,
                                                                 .act = TLEE_ACT_RELU6});
    x = tlee_backbone_conv_norm(
        builder, tlee_build_name(base, "%s.conv.%zu", block, i++), x,
        &(struct tlee_backbone_unit){
            .kernel = 3, .stride = stride, .depthwise = true, .act = TLEE_ACT_RELU6});
    struct tlee_backbone_unit project = {
        .conv = tlee_build_name(base, "%s.conv.%zu", block, i),
        .norm = tlee_build_name(base, "%s.conv.%zu", block, i + 1),
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
            .oc = stem_width, .kernel = 3, .stride = 2, .act = TLEE_ACT_RELU6});
    size_t child = 1, cut = 0;
    for (size_t s = 0; s < STAGES; s++)
        for (size_t i = 0; i < stages[s].repeats; i++, child++) {
            x = inverted_residual(builder, child, x, &stages[s], i ? 1 : stages[s].stride);
            if (cut < TLEE_BRANCHES_MAX && child == cuts[cut])
                tlee_network_cut(builder, cut++, x);
        }
    x = tlee_backbone_conv_norm(
        builder, "backbone.baseModel.18", x,
        &(struct tlee_backbone_unit){
            .oc = end_width, .kernel = 1, .stride = 1, .act = TLEE_ACT_RELU6});
    tlee_build_global_avg_pool(base, "backbone.avgpool", x, builder->network->raw);
}

const struct tlee_backbone *tlee_mobilenet_find(const char *name) {
    static const struct tlee_backbone mobilenetv2 = {
        "mobilenetv2", 1280, {0.086, 0.135, 0.181, 0.319}, build, NULL};
    return strcmp(name, mobilenetv2.name) ? NULL : &mobilenetv2;
}
