/* SPDX-License-Identifier: MIT */
/*
 * Feature reuse (spec section 5): after the first frame each new feature is merged, in place, with
 * the one that the exit evaluated just before has left, whichever exit that was.
 */
#include "network.h"

void tlee_build_reuse(struct tlee_network_builder *builder) {
    struct tlee_network *network = builder->network;
    struct tlee_builder *base = &builder->base;
    const struct tlee_config *config = builder->config;
    tlee_value_id z = network->z, z_prev = network->z_prev;
    struct tlee_node *node = NULL;
    tlee_part_begin(builder, &network->reuse, "reuse");
    switch (config->reuse) {
    case TLEE_REUSE_MAXIMUM:
        tlee_build_elementwise(base, TLEE_OP_MAXIMUM, "feature_func", z, z_prev, z);
        break;
    case TLEE_REUSE_MEAN:
        tlee_build_elementwise(base, TLEE_OP_MEAN, "feature_func", z, z_prev, z);
        break;
    case TLEE_REUSE_EMA:
        node = tlee_build_elementwise(base, TLEE_OP_EMA, "feature_func", z, z_prev, z);
        if (node) {
            node->beta = (float)config->ema_beta;
            node->one_minus_beta = (float)(1 - config->ema_beta);
        }
        break;
    case TLEE_REUSE_NOTHING:
        break;
    }
    tlee_part_end(builder, &network->reuse);
}
