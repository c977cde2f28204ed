/* SPDX-License-Identifier: MIT */
/* Writing a model as its kernels read it. */
#include "layer_weights.h"
#include "model.h"
#include "status.h"
#include "weights_write.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME_BYTES = 256,
    MADE_SETTINGS = 25, /* a random: model and the preparation make no more */
    ARRAYS_OF_A_NODE = 3
};

/* The file's contents, and what they point to. */
struct preparation {
    const struct tlee_model *model;
    struct tlee_weights_contents contents;
    struct tlee_weights_setting *settings;
    char (*names)[NAME_BYTES]; /* of the tensors */
    struct {
        int64_t classes, branches, branch_scale, crm, frames, resize, crop, version, exact, model;
        double mean[3], std[3];
        const char *mode, *prepared_mode, *prepared_gate, *isa, *source;
        char source_text[64];
    } values;
};

/* ---- Metadata ---- */

static void add(struct preparation *p, const char *key, enum tlee_meta_type type, size_t count,
                const void *values) {
    p->settings[p->contents.setting_count++] =
        (struct tlee_weights_setting){.key = key, .type = type, .count = count, .values = values};
}

static void add_int(struct preparation *p, const char *key, int64_t *place, size_t value) {
    *place = (int64_t)value;
    add(p, key, TLEE_META_INT, 1, place);
}

/* What a file would say of a random: model. The order is always the published one. */
static void add_random(struct preparation *p) {
    const struct tlee_config *config = &p->model->config;
    p->values.mode = config->mode == TLEE_MODE_T ? "t" : "ts";
    add(p, "backbone", TLEE_META_TEXT, 1, &config->backbone);
    add(p, "dataset", TLEE_META_TEXT, 1, &config->dataset);
    add(p, "mode", TLEE_META_TEXT, 1, &p->values.mode);
    add(p, "reuse", TLEE_META_TEXT, 1, &config->reuse_name);
    add_int(p, "classes", &p->values.classes, config->classes);
    add_int(p, "branches", &p->values.branches, config->branches);
    add_int(p, "frames", &p->values.frames, config->frames);
    add_int(p, "resize", &p->values.resize, config->resize);
    add_int(p, "crop", &p->values.crop, config->crop);
    if (config->branches) {
        add_int(p, "branch_scale", &p->values.branch_scale, config->branch_scale);
        add_int(p, "crm", &p->values.crm, config->crm);
        add(p, "gate", TLEE_META_TEXT, 1, &config->gate_name);
        add(p, "first_threshold", TLEE_META_REAL, 1, config->thresholds.first);
        add(p, "exit_threshold", TLEE_META_REAL, 1, config->thresholds.exit);
    }
    if (config->reuse == TLEE_REUSE_EMA)
        add(p, "ema_beta", TLEE_META_REAL, 1, &config->ema_beta);
    for (size_t c = 0; c < 3; c++) {
        p->values.mean[c] = (double)config->mean[c];
        p->values.std[c] = (double)config->std[c];
    }
    add(p, "mean", TLEE_META_REAL, 3, p->values.mean);
    add(p, "std", TLEE_META_REAL, 3, p->values.std);
    snprintf(p->values.source_text, sizeof p->values.source_text,
             "weights by formula, seed %" PRIu64, config->seed);
    p->values.source = p->values.source_text;
    add(p, "source", TLEE_META_TEXT, 1, &p->values.source);
}

/* All that the model's own file says; its keys of that name would mean nothing before. */
static void copy_settings(struct preparation *p) {
    const struct tlee_weights *weights = p->model->weights;
    for (size_t i = 0; i < tlee_weights_key_count(weights); i++) {
        struct tlee_weights_setting setting = tlee_weights_setting(weights, i);
        if (strncmp(setting.key, "prepared.", strlen("prepared.")) != 0)
            p->settings[p->contents.setting_count++] = setting;
    }
}

/* Required, so that readers that cannot use such a file refuse it. */
static void add_prepared(struct preparation *p) {
    static const char *const modes[] = {"", "ts", "t", "full"};
    const struct tlee_model *model = p->model;
    enum tlee_gate_kind gate = model->config.gate;
    size_t first = p->contents.setting_count;
    p->values.isa = tlee_cpu_name(model->cpu);
    p->values.prepared_mode = modes[model->config.mode];
    p->values.prepared_gate = gate == TLEE_GATE_KIND_NONE     ? "none"
                              : gate == TLEE_GATE_KIND_RANDOM ? "random"
                                                              : "model";
    add_int(p, "prepared.version", &p->values.version, TLEE_PREPARED_VERSION);
    add(p, "prepared.isa", TLEE_META_TEXT, 1, &p->values.isa);
    add(p, "prepared.mode", TLEE_META_TEXT, 1, &p->values.prepared_mode);
    add(p, "prepared.gate", TLEE_META_TEXT, 1, &p->values.prepared_gate);
    add_int(p, "prepared.exact", &p->values.exact, model->exact);
    p->values.model = (int64_t)tlee_model_fingerprint(model);
    add(p, "prepared.model", TLEE_META_INT, 1, &p->values.model);
    for (size_t i = first; i < p->contents.setting_count; i++)
        p->settings[i].required = true;
}

/* ---- Tensors ---- */

/* Adds "<name>.<suffix>", unless an earlier node has the same array. */
static void add_tensor(struct preparation *p, const struct tlee_node *node, const char *suffix,
                       const struct tlee_weights_entry *entry, const void *data) {
    struct tlee_weights_contents *contents = &p->contents;
    for (size_t i = 0; i < contents->tensor_count; i++)
        if (contents->tensors[i].data == data)
            return;
    char *name = p->names[contents->tensor_count];
    struct tlee_weights_output *tensor = &contents->tensors[contents->tensor_count++];
    snprintf(name, NAME_BYTES, "%s.%s", node->name, suffix);
    tensor->entry = *entry;
    tensor->entry.name = name;
    tensor->data = data;
}

/* The dimensions that the weights had before they were packed: widths are read from them. */
static void set_dims(const struct tlee_node *node, struct tlee_weights_entry *entry) {
    const struct tlee_conv2d *conv = &node->p.conv;
    size_t dims[4] = {node->p.linear.out, node->p.linear.in, 1, 1};
    if (node->op == TLEE_OP_CONV2D) {
        dims[0] = conv->oc;
        dims[1] = conv->c / conv->groups;
        dims[2] = conv->kh;
        dims[3] = conv->kw;
    }
    entry->ndim = node->weight_ndim;
    memcpy(entry->dims, dims, sizeof dims);
}

static void add_node(struct preparation *p, const struct tlee_node *node) {
    size_t element_bytes = node->half ? sizeof *node->half : sizeof *node->weight;
    struct tlee_weights_entry weight = {.layout = tlee_layer_layout(node->conv),
                                        .dtype = node->half ? TLEE_F16 : TLEE_F32,
                                        .bytes = node->weight_count * element_bytes};
    struct tlee_weights_entry bias = {.layout = TLEE_LAYOUT_PREPARED,
                                      .dtype = TLEE_F32,
                                      .ndim = 1,
                                      .dims = {node->bias_count},
                                      .bytes = node->bias_count * sizeof(float)};
    struct tlee_weights_entry scale = {.layout = TLEE_LAYOUT_PREPARED,
                                       .dtype = TLEE_F32,
                                       .ndim = 1,
                                       .dims = {node->bias_count},
                                       .bytes = node->bias_count * sizeof(float)};
    struct tlee_weights_entry alpha = {
        .dtype = TLEE_F32, .ndim = 1, .dims = {1}, .bytes = sizeof(float)};
    if (node->op == TLEE_OP_MIXED_POOL)
        add_tensor(p, node, "alpha", &alpha, &node->alpha);
    if (node->op != TLEE_OP_CONV2D && node->op != TLEE_OP_LINEAR)
        return;
    set_dims(node, &weight);
    if (node->half)
        add_tensor(p, node, "weight", &weight, node->half);
    else
        add_tensor(p, node, "weight", &weight, node->weight);
    if (node->scale)
        add_tensor(p, node, "scale", &scale, node->scale);
    if (node->bias_count)
        add_tensor(p, node, "bias", &bias, node->bias);
}

/* ---- The whole ---- */

static enum tlee_status fill(struct preparation *p, struct tlee_error *error) {
    const struct tlee_model *model = p->model;
    const struct tlee_graph *graph = &model->network.graph;
    const struct tlee_allocator *allocator = &model->allocator;
    size_t keys = tlee_weights_key_count(model->weights) + MADE_SETTINGS;
    size_t arrays = graph->node_count * ARRAYS_OF_A_NODE;
    p->settings = tlee_alloc(allocator, keys * sizeof *p->settings);
    p->contents.tensors = tlee_alloc(allocator, arrays * sizeof *p->contents.tensors);
    p->names = tlee_alloc(allocator, arrays * sizeof *p->names);
    if (!p->settings || !p->contents.tensors || !p->names)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory");
    p->contents.settings = p->settings;
    if (tlee_weights_is_random(model->weights))
        add_random(p);
    else
        copy_settings(p);
    add_prepared(p);
    assert(p->contents.setting_count <= keys);
    for (size_t n = 0; n < graph->node_count; n++)
        add_node(p, &graph->nodes[n]);
    return TLEE_OK;
}

enum tlee_status tlee_model_write_prepared(const tlee_model *model, const char *path,
                                           struct tlee_error *error) {
    if (!model || !path)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    if (model->prepared.isa)
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1, "the model is a prepared one already");
    if (!model->fold)
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                         "a model is prepared with its batch-norm folded in");
    struct preparation p = {.model = model};
    enum tlee_status status = fill(&p, error);
    if (status == TLEE_OK)
        status = tlee_weights_write(&p.contents, path, &model->allocator, error);
    tlee_free(&model->allocator, p.names);
    tlee_free(&model->allocator, p.contents.tensors);
    tlee_free(&model->allocator, p.settings);
    return status;
}
