/* SPDX-License-Identifier: MIT */
#include "network.h"

#include "backbone.h"
#include "status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void tlee_part_begin(struct tlee_network_builder *builder, struct tlee_part *part,
                     const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(part->label, sizeof part->label, format, args);
    va_end(args);
    part->begin = builder->network->graph.node_count;
}

void tlee_part_end(struct tlee_network_builder *builder, struct tlee_part *part) {
    part->end = builder->network->graph.node_count;
}

static void begin_stage(struct tlee_network_builder *builder) {
    tlee_part_begin(builder, &builder->network->stage[builder->stage], "stage %zu", builder->stage);
}

static void end_stage(struct tlee_network_builder *builder) {
    tlee_part_end(builder, &builder->network->stage[builder->stage]);
}

/* B branches sit on the last B of the cut points. */
void tlee_network_cut(struct tlee_network_builder *builder, size_t cut, tlee_value_id x) {
    struct tlee_network *network = builder->network;
    if (cut + network->exits <= TLEE_BRANCHES_MAX)
        return;
    end_stage(builder);
    struct tlee_part *branch = &network->branch[builder->stage];
    tlee_part_begin(builder, branch, "branch %zu", builder->stage);
    tlee_build_branch(builder, builder->stage, x);
    tlee_part_end(builder, branch);
    builder->stage++;
    begin_stage(builder);
}

/* D0 and D come from the layers that take them up; whether the backbone really ends in D0 channels
 * is checked once it is built. */
static void build_shared_values(struct tlee_network_builder *builder) {
    struct tlee_network *network = builder->network;
    struct tlee_builder *base = &builder->base;
    size_t side = builder->config->crop, published = network->backbone->feature;
    bool has_mlp = !strcmp(builder->config->dataset, "ucf101");
    builder->backbone_feature =
        tlee_build_dim(base, has_mlp ? "mlp.layers.0" : "classifiers.0", 1, published);
    builder->feature =
        has_mlp ? tlee_build_dim(base, "mlp.layers.0", 0, 4096) : builder->backbone_feature;
    network->input = tlee_build_value(base, 3, side, side, false);
    network->raw = tlee_build_value(base, builder->backbone_feature, 1, 1, true);
    network->z = has_mlp ? tlee_build_value(base, builder->feature, 1, 1, true) : network->raw;
    network->z_prev = tlee_build_value(base, builder->feature, 1, 1, true);
}

static void build_stages(struct tlee_network_builder *builder) {
    struct tlee_network *network = builder->network;
    struct tlee_builder *base = &builder->base;
    begin_stage(builder);
    network->backbone->build(builder, network->backbone);
    end_stage(builder);
    if (base->status != TLEE_OK)
        return;
    const struct tlee_node *last = &network->graph.nodes[network->graph.node_count - 1];
    size_t channels = network->graph.values[last->x].shape.c;
    if (last->op == TLEE_OP_ADAPTIVE_AVG_POOL && channels != builder->backbone_feature)
        tlee_build_fail(base, TLEE_ERR_SHAPE,
                        "the backbone ends in %zu channels, the layers after it take %zu", channels,
                        builder->backbone_feature);
}

enum tlee_status tlee_network_build(struct tlee_network *network, const struct tlee_config *config,
                                    struct tlee_weights *weights,
                                    const struct tlee_build_options *options,
                                    const struct tlee_allocator *allocator,
                                    struct tlee_error *error) {
    *network = (struct tlee_network){.backbone = tlee_backbone_find(config->backbone)};
    tlee_graph_init(&network->graph, allocator);
    if (!network->backbone)
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1, "backbone '%.40s' is not known",
                         config->backbone);
    network->exits = config->mode == TLEE_MODE_TS ? config->branches + 1 : 1;
    struct tlee_network_builder builder = {
        .base = {.graph = &network->graph, .weights = weights, .options = *options, .error = error},
        .network = network,
        .config = config,
    };
    if (!tlee_gate_is_stored(config->gate, weights))
        tlee_build_fail(
            &builder.base, TLEE_ERR_SHAPE,
            "there is no gate '%s' in it: its checkpoint was saved before gate training; "
            "take another checkpoint, or run with --gate none",
            config->gate_name);
    build_shared_values(&builder);
    build_stages(&builder);
    tlee_build_feature(&builder);
    tlee_merge_branches(&builder);
    tlee_build_reuse(&builder);
    tlee_build_classifier(&builder);
    tlee_build_gate(&builder);
    tlee_build_linear_memory(&builder.base);
    for (size_t n = network->feature.begin; n < network->graph.node_count; n++)
        assert(network->graph.values[network->graph.nodes[n].y].pinned); /* plan.h */
    return builder.base.status;
}

void tlee_network_clear(struct tlee_network *network) {
    tlee_graph_clear(&network->graph);
}
