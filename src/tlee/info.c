/* SPDX-License-Identifier: MIT */
/* What a model tells about itself. */
#include "model.h"

#include "sampling.h"

#include <math.h>
#include <string.h>

#define STRING(x)                   #x
#define DOTTED(major, minor, patch) STRING(major) "." STRING(minor) "." STRING(patch)

const char *tlee_version(void) {
    return DOTTED(TLEE_VERSION_MAJOR, TLEE_VERSION_MINOR, TLEE_VERSION_PATCH);
}

static const char *gate_name(enum tlee_gate_kind kind) {
    static const char *const names[] = {"none", "gm", "eg", "random"};
    return names[kind];
}

static bool is_published_order(const struct tlee_config *config) {
    const size_t *published = tlee_default_order(config->frames);
    return published && !memcmp(published, config->order, config->frames * sizeof *config->order);
}

void tlee_model_get_info(const tlee_model *model, struct tlee_model_info *info) {
    const struct tlee_config *config = &model->config;
    const struct tlee_graph *graph = &model->network.graph;
    const struct tlee_exit_cost *last = &model->costs[model->network.exits - 1];
    uint64_t whole_frame = last->head, parameters = 0;
    for (size_t b = 0; b < model->network.exits; b++)
        whole_frame += model->costs[b].stage;
    for (size_t n = 0; n < graph->node_count; n++)
        parameters += graph->nodes[n].parameters;
    *info = (struct tlee_model_info){
        .backbone = config->backbone,
        .dataset = config->dataset,
        .reuse = config->reuse_name,
        .gate = gate_name(config->gate),
        .source = config->source,
        .isa = tlee_cpu_name(model->cpu),
        .prepared = model->prepared.isa != NULL,
        .mode = config->mode,
        .classes = config->classes,
        .branches = config->branches,
        .frames = config->frames,
        .order = config->order,
        .published_order = is_published_order(config),
        .resize = config->resize,
        .side = config->crop,
        .feature = graph->values[model->network.z].count,
        .thresholds = config->thresholds,
        .parameters = parameters,
        .weight_bytes = graph->weight_bytes,
        .plain_weight_bytes = graph->weight_bytes - (uint64_t)graph->packing_bytes,
        .half_weight_bytes = graph->half_bytes,
        .workspace_bytes = tlee_graph_workspace(graph, 1) * sizeof(float),
        .arena_bytes = tlee_session_bytes(model, 1),
        .macs_full = config->frames * whole_frame,
        .paper_gmac_full = (double)config->frames * last->paper,
        .fingerprint = tlee_model_fingerprint(model),
    };
    if (!config->branches) {
        tlee_thresholds_fill(info->thresholds.first, (double)NAN);
        tlee_thresholds_fill(info->thresholds.exit, (double)NAN);
    }
}

/* Mode TS has all exits; the others only the backbone's end, which is exit B. */
size_t tlee_model_exit_number(const struct tlee_model *model, size_t index) {
    return model->config.mode == TLEE_MODE_TS ? index : model->config.branches;
}

size_t tlee_model_exit_count(const tlee_model *model) {
    return model->network.exits;
}

void tlee_model_get_exit(const tlee_model *model, size_t index, struct tlee_exit_info *info) {
    *info = (struct tlee_exit_info){.exit = tlee_model_exit_number(model, index),
                                    .paper_gmac = model->costs[index].paper};
    for (size_t b = 0; b <= index; b++) {
        const struct tlee_exit_cost *cost = &model->costs[b];
        info->macs_backbone += cost->stage;
        info->macs += cost->stage + cost->branch + cost->head + cost->gate;
    }
}

size_t tlee_model_layer_count(const tlee_model *model) {
    return model->network.graph.node_count;
}

/* The part that a node belongs to; every node does to one. */
static const struct tlee_part *part_of(const struct tlee_network *network, size_t node) {
    const struct tlee_part *const shared[] = {&network->feature, &network->reuse,
                                              &network->classifier, &network->gate};
    for (size_t b = 0; b < network->exits; b++) {
        if (node >= network->stage[b].begin && node < network->stage[b].end)
            return &network->stage[b];
        if (b + 1 < network->exits && node >= network->branch[b].begin &&
            node < network->branch[b].end)
            return &network->branch[b];
    }
    size_t i = 0;
    while (i + 1 < sizeof shared / sizeof *shared && node >= shared[i]->end)
        i++;
    return shared[i];
}

static void copy_shape(const struct tlee_graph *graph, tlee_value_id value, size_t out[3]) {
    const struct tlee_shape *shape = &graph->values[value].shape;
    out[0] = shape->c;
    out[1] = shape->h;
    out[2] = shape->w;
}

/* Stages and branches belong to one exit, the rest serves all of them. */
static size_t executions(const struct tlee_network *network, const struct tlee_part *part) {
    size_t count = network->exits;
    if (part->end <= network->feature.begin)
        return 1;
    for (size_t b = 0; part == &network->feature && b < network->exits; b++)
        count -= network->makes_feature[b];
    return count;
}

/* By the formulas: a branch's last layer may do the feature's work too (merge.c). */
static uint64_t layer_macs(const struct tlee_network *network, size_t node) {
    const struct tlee_node *nodes = network->graph.nodes;
    const struct tlee_part *feature = &network->feature;
    uint64_t macs = nodes[node].macs;
    for (size_t b = 0; b < network->exits; b++)
        if (network->makes_feature[b] && node + 1 == network->branch[b].end)
            for (size_t n = feature->begin; n < feature->end; n++)
                macs += nodes[n].macs;
    return macs;
}

static void set_pair(size_t pair[2], size_t h, size_t w) {
    pair[0] = h;
    pair[1] = w;
}

/* Window and groups, for ops that have them. */
static void set_window(const struct tlee_node *node, struct tlee_layer_info *info) {
    const struct tlee_conv2d *conv = &node->p.conv;
    const struct tlee_pool2d *pool = &node->p.pool;
    if (node->op == TLEE_OP_CONV2D) {
        set_pair(info->kernel, conv->kh, conv->kw);
        set_pair(info->stride, conv->sh, conv->sw);
        set_pair(info->padding, conv->ph, conv->pw);
        info->groups = conv->groups;
    } else if (node->op == TLEE_OP_MAX_POOL || node->op == TLEE_OP_MIXED_POOL) {
        set_pair(info->kernel, pool->kh, pool->kw);
        set_pair(info->stride, pool->sh, pool->sw);
        set_pair(info->padding, pool->ph, pool->pw);
    } else if (node->op == TLEE_OP_LINEAR && node->weight_ndim == 4) {
        set_pair(info->kernel, 1, 1);
        set_pair(info->stride, 1, 1);
        info->groups = 1;
    }
}

void tlee_model_get_layer(const tlee_model *model, size_t index, struct tlee_layer_info *info) {
    const struct tlee_graph *graph = &model->network.graph;
    const struct tlee_node *node = &graph->nodes[index];
    const struct tlee_part *part = part_of(&model->network, index);
    *info = (struct tlee_layer_info){
        .part = part->label,
        .name = node->name,
        .op = tlee_node_op_name(node),
        .method = node->in_next ? "in next"
                  : node->conv  ? tlee_conv_method_name(node->conv)
                                : NULL,
        .macs = layer_macs(&model->network, index),
        .parameters = node->parameters,
        .executions = executions(&model->network, part),
        .bias = node->bias != NULL,
    };
    copy_shape(graph, node->x, info->input);
    copy_shape(graph, node->y, info->output);
    set_window(node, info);
}

const char *tlee_model_label(const tlee_model *model, size_t class_index) {
    const struct tlee_config *config = &model->config;
    return config->labels && class_index < config->classes ? config->labels[class_index] : NULL;
}
