/* SPDX-License-Identifier: MIT */
/* A weights file with other thresholds in its metadata. */
#include "config.h"
#include "status.h"
#include "thresholds.h"
#include "weights_write.h"

#include <math.h>
#include <string.h>

enum {
    KINDS = 4
};

/* One number for all exits goes into the first key, one for each into the second. */
static const struct kind {
    const char *one, *each;
    double published; /* needs no key; NaN: there is no such number */
    bool required;    /* the first key: the published system has none */
    size_t offset;    /* in struct tlee_thresholds */
} kinds[KINDS] = {
    {"first_threshold", "first_thresholds", (double)NAN, false,
     offsetof(struct tlee_thresholds, first)},
    {"exit_threshold", "exit_thresholds", (double)NAN, false,
     offsetof(struct tlee_thresholds, exit)},
    {"gate_threshold", "gate_thresholds", 0.5, true, offsetof(struct tlee_thresholds, gate)},
    {NULL, "temperatures", 1, true, offsetof(struct tlee_thresholds, temperature)},
};

struct rewriting {
    struct tlee_allocator allocator;
    struct tlee_weights *weights;
    struct tlee_config config;
    struct tlee_thresholds thresholds;
    struct tlee_weights_contents contents;
    struct tlee_weights_setting *settings;
};

static const double *values_of(const struct rewriting *r, const struct kind *kind) {
    return (const double *)(const void *)((const char *)&r->thresholds + kind->offset);
}

static void add(struct rewriting *r, const char *key, bool required, size_t count,
                const double *values) {
    r->settings[r->contents.setting_count++] = (struct tlee_weights_setting){
        .key = key, .type = TLEE_META_REAL, .required = required, .count = count, .values = values};
}

/* A list is a required key, so that engines that would take one number for all refuse the file. */
static void add_kind(struct rewriting *r, const struct kind *kind) {
    const double *values = values_of(r, kind);
    size_t exits = r->config.branches + 1;
    double common = tlee_thresholds_common(values, exits);
    bool one = kind->one && !isnan(common);
    if (isnan(values[0]) || common == kind->published)
        return;
    add(r, one ? kind->one : kind->each, one ? kind->required : true, one ? 1 : exits, values);
}

/* The first key stays beside a list where the format wants it there. */
static bool is_replaced(const struct rewriting *r, const char *key) {
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        double common = tlee_thresholds_common(values_of(r, kind), r->config.branches + 1);
        if (!strcmp(key, kind->each))
            return true;
        if (kind->one && !strcmp(key, kind->one))
            return kind->required || !isnan(common);
    }
    return false;
}

static enum tlee_status fill(struct rewriting *r, struct tlee_error *error) {
    size_t keys = tlee_weights_key_count(r->weights), tensors = tlee_weights_count(r->weights);
    r->settings = tlee_alloc(&r->allocator, (keys + KINDS) * sizeof *r->settings);
    r->contents.tensors = tlee_alloc(&r->allocator, (tensors + 1) * sizeof *r->contents.tensors);
    if (!r->settings || !r->contents.tensors)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory");
    r->contents.settings = r->settings;
    r->contents.tensor_count = tensors;
    for (size_t i = 0; i < keys; i++) {
        struct tlee_weights_setting setting = tlee_weights_setting(r->weights, i);
        if (!is_replaced(r, setting.key))
            r->settings[r->contents.setting_count++] = setting;
    }
    for (size_t i = 0; i < KINDS; i++)
        add_kind(r, &kinds[i]);
    for (size_t i = 0; i < tensors; i++)
        r->contents.tensors[i] = tlee_weights_stored(r->weights, i);
    return TLEE_OK;
}

enum tlee_status tlee_write_thresholds(const char *model, const struct tlee_thresholds *thresholds,
                                       const char *path, struct tlee_error *error) {
    if (!model || !thresholds || !path)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    if (tlee_config_is_random(model))
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                         "a random: model has no file; prepare it first, which makes one: "
                         "tlee prepare MODEL -o FILE");
    struct rewriting r = {.allocator = tlee_allocator_or_default(NULL), .thresholds = *thresholds};
    enum tlee_status status = tlee_thresholds_check(thresholds, error);
    if (status == TLEE_OK)
        status = tlee_weights_open(model, TLEE_LOAD_READ, &r.allocator, &r.weights, error);
    /* What is damaged must not get a checksum that fits. */
    if (status == TLEE_OK)
        status = tlee_weights_check(r.weights, error);
    if (status == TLEE_OK)
        status = tlee_config_from_weights(&r.config, r.weights, &r.allocator, error);
    if (status == TLEE_OK) {
        tlee_thresholds_complete(&r.thresholds, &r.config.thresholds);
        status = fill(&r, error);
    }
    if (status == TLEE_OK)
        status = tlee_weights_write(&r.contents, path, &r.allocator, error);
    tlee_free(&r.allocator, r.contents.tensors);
    tlee_free(&r.allocator, r.settings);
    tlee_config_clear(&r.config, &r.allocator);
    tlee_weights_close(&r.weights);
    return status;
}
