/* SPDX-License-Identifier: MIT */
/*
 * What tells one network from another: its weights, by their checksums, and the settings that its
 * features and scores depend on. Thresholds, mode and gate can be given anew for each run and are
 * not part of it, nor are names of classes. A prepared file has the fingerprint of its model, so
 * that machines with different instruction sets can share a list.
 */
#include "hash.h"
#include "model.h"

#include <math.h>
#include <string.h>

static uint64_t add(uint64_t hash, uint64_t value) {
    return tlee_hash_mix(hash ^ value);
}

static uint64_t add_text(uint64_t hash, const char *text) {
    for (; *text; text++)
        hash = add(hash, (unsigned char)*text);
    return add(hash, 256);
}

static uint64_t add_real(uint64_t hash, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return add(hash, bits);
}

static uint64_t add_config(uint64_t hash, const struct tlee_config *config) {
    hash = add_text(hash, config->backbone);
    hash = add_text(hash, config->dataset);
    hash = add(hash, config->reuse);
    hash = add_real(hash, config->reuse == TLEE_REUSE_EMA ? config->ema_beta : 0);
    hash = add(hash, config->classes);
    hash = add(hash, config->branches);
    hash = add(hash, config->branches ? config->branch_scale : 0);
    hash = add(hash, config->branches ? config->crm : 0);
    hash = add(hash, config->frames);
    for (size_t k = 0; k < config->frames; k++)
        hash = add(hash, config->order[k]);
    for (size_t i = 0; i < TLEE_EXITS_MAX && !isnan(config->paper_gmac[0]); i++)
        hash = add_real(hash, config->paper_gmac[i]);
    hash = add(hash, config->resize);
    hash = add(hash, config->crop);
    for (size_t c = 0; c < 3; c++)
        hash = add_real(add_real(hash, (double)config->mean[c]), (double)config->std[c]);
    return hash;
}

static uint64_t add_tensor(uint64_t hash, const struct tlee_weights_entry *entry) {
    hash = add_text(hash, entry->name);
    hash = add(hash, entry->dtype);
    hash = add(hash, entry->layout);
    hash = add(hash, entry->ndim);
    for (unsigned axis = 0; axis < entry->ndim; axis++)
        hash = add(hash, entry->dims[axis]);
    return add(hash, entry->crc);
}

uint64_t tlee_model_fingerprint(const struct tlee_model *model) {
    if (model->prepared.isa)
        return model->prepared.fingerprint;
    uint64_t hash = add_config(0, &model->config);
    if (tlee_weights_is_random(model->weights))
        hash = add(hash, model->config.seed);
    for (size_t i = 0; i < tlee_weights_count(model->weights); i++)
        hash = add_tensor(hash, tlee_weights_entry(model->weights, i));
    return hash;
}
