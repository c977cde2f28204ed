/* SPDX-License-Identifier: MIT */
/*
 * The gates that decide in time (spec section 6). Both see the running feature first and the one
 * before it second, and end in one number through a sigmoid. One gate serves all frames and exits.
 */
#include "network.h"

bool tlee_gate_is_stored(enum tlee_gate_kind kind, const struct tlee_weights *weights) {
    if (tlee_weights_is_random(weights) || kind == TLEE_GATE_KIND_RANDOM ||
        kind == TLEE_GATE_KIND_NONE)
        return true;
    return tlee_weights_find(weights, kind == TLEE_GATE_KIND_GM ? "exit_selector.0.fc1.weight"
                                                                : "exit_selector.0.conv1.weight");
}

/* gm: fc2(concat(fc1(z), fc1(z_prev))), nothing between. */
static void build_gm(struct tlee_network_builder *builder, tlee_value_id out) {
    struct tlee_builder *base = &builder->base;
    const struct tlee_network *network = builder->network;
    size_t hidden = tlee_build_dim(base, "exit_selector.0.fc1", 0, 32);
    tlee_value_id both = tlee_build_value(base, 2 * hidden, 1, 1, true);
    tlee_value_id arms[2] = {network->z, network->z_prev};
    for (size_t i = 0; i < 2; i++)
        tlee_build_linear(
            base, arms[i],
            &(struct tlee_linear_unit){.linear = "exit_selector.0.fc1",
                                       .out = hidden,
                                       .again = i > 0,
                                       .into = tlee_build_view(base, both, i * hidden, hidden)});
    tlee_build_linear(
        base, both,
        &(struct tlee_linear_unit){.linear = "exit_selector.0.fc2", .out = 1, .into = out});
}

/*
 * eg: linear(concat(a(z), a(z_prev))), a = relu(conv2(relu(conv1(v)))) on a 1x1 map, without the
 * batch-norms that the published network skips at batch 1.
 */
static void build_eg(struct tlee_network_builder *builder, tlee_value_id out) {
    struct tlee_builder *base = &builder->base;
    const struct tlee_network *network = builder->network;
    size_t hidden = tlee_build_dim(base, "exit_selector.0.conv1", 0, 128);
    size_t width = tlee_build_dim(base, "exit_selector.0.conv2", 0, 64);
    tlee_value_id both = tlee_build_value(base, 2 * width, 1, 1, true);
    tlee_value_id arms[2] = {network->z, network->z_prev};
    for (size_t i = 0; i < 2; i++) {
        tlee_value_id first = tlee_build_value(base, hidden, 1, 1, true);
        tlee_value_id second = tlee_build_view(base, both, i * width, width);
        tlee_build_pointwise(base, arms[i],
                             &(struct tlee_linear_unit){.linear = "exit_selector.0.conv1",
                                                        .act_name = "exit_selector.0.relu",
                                                        .out = hidden,
                                                        .act = TLEE_ACT_RELU,
                                                        .again = i > 0,
                                                        .into = first});
        tlee_build_pointwise(base, first,
                             &(struct tlee_linear_unit){.linear = "exit_selector.0.conv2",
                                                        .act_name = "exit_selector.0.relu",
                                                        .out = width,
                                                        .act = TLEE_ACT_RELU,
                                                        .again = i > 0,
                                                        .into = second});
    }
    tlee_build_linear(
        base, both,
        &(struct tlee_linear_unit){.linear = "exit_selector.0.linear", .out = 1, .into = out});
}

void tlee_build_gate(struct tlee_network_builder *builder) {
    struct tlee_network *network = builder->network;
    struct tlee_builder *base = &builder->base;
    enum tlee_gate_kind kind = builder->config->gate;
    network->gate_out = TLEE_NO_VALUE;
    tlee_part_begin(builder, &network->gate, "gate");
    if (kind == TLEE_GATE_KIND_GM || kind == TLEE_GATE_KIND_EG) {
        tlee_value_id logit = tlee_build_value(base, 1, 1, 1, true);
        network->gate_out = tlee_build_value(base, 1, 1, 1, true);
        (kind == TLEE_GATE_KIND_GM ? build_gm : build_eg)(builder, logit);
        struct tlee_node *sigmoid =
            tlee_build_elementwise(base, TLEE_OP_ACTIVATION, "exit_selector.0.sigmoid", logit,
                                   TLEE_NO_VALUE, network->gate_out);
        if (sigmoid)
            sigmoid->p.act = TLEE_ACT_SIGMOID;
    }
    tlee_part_end(builder, &network->gate);
}
