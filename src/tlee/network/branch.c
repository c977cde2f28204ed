/* SPDX-License-Identifier: MIT */
/*
 * The branch of an early exit (spec section 4): mixed pooling to a small grid, the channel
 * reduction module ("crm", 1x1 convolutions with ReLU), and a linear layer to the feature's length.
 */
#include "network.h"

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
    tlee_build_linear(base, x,
                      &(struct tlee_linear_unit){.linear = tlee_build_name(base, "%s.fc1", name),
                                                 .out = builder->backbone_feature,
                                                 .into = builder->network->raw});
}
