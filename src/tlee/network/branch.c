/* SPDX-License-Identifier: MIT */
/*
 * The branch of an early exit (spec section 4): mixed pooling to a small grid, the channel
 * reduction module ("crm", 1x1 convolutions with ReLU), and a linear layer to the feature's length.
 */
#include "network.h"

/* fc1 and the feature MLP in one layer, where a prepared file holds them so (merge.c); false
 * elsewhere. Cost and parameters stay those of fc1, as the method has it. */
static bool build_merged(struct tlee_network_builder *builder, size_t branch, tlee_value_id x,
                         const char *fc1) {
    struct tlee_builder *base = &builder->base;
    struct tlee_network *network = builder->network;
    const char *merged = tlee_build_name(base, "%s+mlp.layers.0", fc1);
    const char *weight = tlee_build_name(base, "%s.weight", merged ? merged : "");
    if (base->status != TLEE_OK || !tlee_weights_find_prepared(base->weights, weight))
        return false;
    size_t d0 = builder->backbone_feature;
    tlee_build_linear(
        base, x,
        &(struct tlee_linear_unit){
            .linear = merged, .out = builder->feature, .act = TLEE_ACT_RELU, .into = network->z});
    if (base->status != TLEE_OK)
        return true;
    struct tlee_node *node = &network->graph.nodes[network->graph.node_count - 1];
    node->macs = (uint64_t)node->p.linear.in * d0;
    node->parameters = node->macs + d0;
    network->makes_feature[branch] = true;
    return true;
}

void tlee_build_branch(struct tlee_network_builder *builder, size_t branch, tlee_value_id x) {
    struct tlee_builder *base = &builder->base;
    const struct tlee_config *config = builder->config;
    const char *name = tlee_build_name(base, "backbone.branches.%zu", branch);
    struct tlee_shape map = tlee_build_shape(base, x);
    size_t grid = map.h / 4;
    if (base->status != TLEE_OK)
        return;
    if (!grid) {
        tlee_build_fail(base, TLEE_ERR_SHAPE, "%s: its map of %zu x %zu is smaller than 4 x 4",
                        name, map.h, map.w);
        return;
    }
    x = tlee_build_mixed_pool(base, name, tlee_build_name(base, "%s.alpha", name), x, map.h / grid);
    for (size_t i = 0; i < config->crm; i++) {
        size_t shift = config->branch_scale + i;
        const char *conv = tlee_build_name(base, "%s.crm.conv%zu", name, i);
        struct tlee_conv_unit unit = {
            .conv = conv,
            .act_name = tlee_build_name(base, "%s.crm.relu%zu", name, i),
            .oc = shift < 8 * sizeof(size_t) ? map.c >> shift : 0,
            .kernel = 1,
            .stride = 1,
            .bias = true,
            .act = TLEE_ACT_RELU,
        };
        if (base->status == TLEE_OK && !unit.oc)
            tlee_build_fail(base, TLEE_ERR_SHAPE,
                            "%s would have no channels: %zu channels at the cut, branch_scale %zu, "
                            "crm %zu",
                            conv, map.c, config->branch_scale, config->crm);
        x = tlee_build_conv(base, x, &unit);
    }
    const char *fc1 = tlee_build_name(base, "%s.fc1", name);
    if (base->status == TLEE_OK && build_merged(builder, branch, x, fc1))
        return;
    tlee_build_linear(base, x,
                      &(struct tlee_linear_unit){.linear = fc1,
                                                 .out = builder->backbone_feature,
                                                 .into = builder->network->raw});
}
