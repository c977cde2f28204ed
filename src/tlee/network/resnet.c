/* SPDX-License-Identifier: MIT */
/*
 * ResNet-18, -34, -50, -101 and -152 (He et al. 2015), as torchvision has them: v1.5, the stride of
 * a bottleneck sits on its 3x3 convolution. Children of the flattened network: 0 conv1, 1 bn1, 2
 * relu, 3 maxpool, 4..7 layer1..4, 8 avgpool. Cuts lie after layer1, layer2 and layer3.
 */
#include "backbone.h"

#include <string.h>

enum {
    STAGES = 4
};

struct table {
    bool bottleneck;
    size_t blocks[STAGES];
};

/* Published widths, for random: models; those of a file come from its tensors. */
static const size_t stem_width = 64;
static const size_t widths[STAGES] = {64, 128, 256, 512};

/*
 * One convolution of a block, with batch-norm and ReLU: conv<number>, bn<number>. The last one of a
 * block gets the shortcut added before the ReLU; the others have none (TLEE_NO_VALUE).
 */
static tlee_value_id unit(struct tlee_network_builder *builder, const char *block, unsigned number,
                          tlee_value_id x, size_t oc, size_t kernel, size_t stride,
                          tlee_value_id shortcut) {
    struct tlee_builder *base = &builder->base;
    bool last = shortcut != TLEE_NO_VALUE;
    return tlee_backbone_conv(builder, x,
                              &(struct tlee_backbone_unit){
                                  .conv = tlee_build_name(base, "%s.conv%u", block, number),
                                  .norm = tlee_build_name(base, "%s.bn%u", block, number),
                                  .act_name = tlee_build_name(base, "%s.relu", block),
                                  .oc = oc,
                                  .kernel = kernel,
                                  .stride = stride,
                                  .add = last ? tlee_build_name(base, "%s.add", block) : NULL,
                                  .residual = shortcut,
                                  .act = TLEE_ACT_RELU,
                              });
}

/* 1x1 convolution and batch-norm where the block changes width or size. */
static tlee_value_id downsample(struct tlee_network_builder *builder, const char *block,
                                tlee_value_id x, size_t oc, size_t stride) {
    return tlee_backbone_conv_norm(
        builder, tlee_build_name(&builder->base, "%s.downsample", block), x,
        &(struct tlee_backbone_unit){.oc = oc, .kernel = 1, .stride = stride});
}

static tlee_value_id basic_block(struct tlee_network_builder *builder, const char *block,
                                 tlee_value_id x, tlee_value_id shortcut, size_t width,
                                 size_t stride) {
    x = unit(builder, block, 1, x, width, 3, stride, TLEE_NO_VALUE);
    return unit(builder, block, 2, x, width, 3, 1, shortcut);
}

static tlee_value_id bottleneck_block(struct tlee_network_builder *builder, const char *block,
                                      tlee_value_id x, tlee_value_id shortcut, size_t width,
                                      size_t stride) {
    x = unit(builder, block, 1, x, width, 1, 1, TLEE_NO_VALUE);
    x = unit(builder, block, 2, x, width, 3, stride, TLEE_NO_VALUE);
    return unit(builder, block, 3, x, 4 * width, 1, 1, shortcut);
}

/* layer<stage + 1>: its first block changes width, and halves the map in all but the first layer.
 */
static tlee_value_id layer(struct tlee_network_builder *builder, const struct table *table,
                           size_t stage, tlee_value_id x) {
    size_t expansion = table->bottleneck ? 4 : 1;
    for (size_t i = 0; i < table->blocks[stage]; i++) {
        const char *block =
            tlee_build_name(&builder->base, "backbone.baseModel.%zu.%zu", stage + 4, i);
        size_t stride = i == 0 && stage > 0 ? 2 : 1;
        tlee_value_id shortcut = x;
        if (i == 0 && (stage > 0 || table->bottleneck))
            shortcut = downsample(builder, block, x, widths[stage] * expansion, stride);
        x = (table->bottleneck ? bottleneck_block : basic_block)(builder, block, x, shortcut,
                                                                 widths[stage], stride);
    }
    return x;
}

static void build(struct tlee_network_builder *builder, const struct tlee_backbone *backbone) {
    struct tlee_builder *base = &builder->base;
    tlee_value_id x = tlee_backbone_conv(builder, builder->network->input,
                                         &(struct tlee_backbone_unit){
                                             .conv = "backbone.baseModel.0",
                                             .norm = "backbone.baseModel.1",
                                             .act_name = "backbone.baseModel.2",
                                             .oc = stem_width,
                                             .kernel = 7,
                                             .stride = 2,
                                             .act = TLEE_ACT_RELU,
                                         });
    x = tlee_build_max_pool(base, "backbone.baseModel.3", x, 3, 2, 1);
    for (size_t stage = 0; stage < STAGES; stage++) {
        x = layer(builder, backbone->table, stage, x);
        if (stage < TLEE_BRANCHES_MAX)
            tlee_network_cut(builder, stage, x);
    }
    tlee_build_global_avg_pool(base, "backbone.baseModel.8", x, builder->network->raw);
}

static const struct table tables[] = {
    {false, {2, 2, 2, 2}}, {false, {3, 4, 6, 3}}, {true, {3, 4, 6, 3}},
    {true, {3, 4, 23, 3}}, {true, {3, 8, 36, 3}},
};

const struct tlee_backbone *tlee_resnet_find(const char *name) {
    static const struct tlee_backbone backbones[] = {
        {"resnet18", 512, {0}, build, &tables[0]},
        {"resnet34", 512, {0}, build, &tables[1]},
        {"resnet50", 2048, {0.79, 1.83, 3.29, 4.1}, build, &tables[2]},
        {"resnet101", 2048, {0}, build, &tables[3]},
        {"resnet152", 2048, {0}, build, &tables[4]},
    };
    for (size_t i = 0; i < sizeof backbones / sizeof *backbones; i++)
        if (!strcmp(backbones[i].name, name))
            return &backbones[i];
    return NULL;
}
