/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sampling.h"
#include "status.h"

#include <math.h>
#include <string.h>

/* A name of the configuration and what it stands for. */
struct choice {
    const char *name;
    int value;
};

static const struct choice modes[] = {{"ts", TLEE_MODE_TS}, {"t", TLEE_MODE_T}, {NULL, 0}};

/* As published, frm and na leave the feature as it is (spec section 5). */
static const struct choice reuses[] = {{"mp", TLEE_REUSE_MAXIMUM},
                                       {"ap", TLEE_REUSE_MEAN},
                                       {"ema", TLEE_REUSE_EMA},
                                       {"none", TLEE_REUSE_NOTHING},
                                       {"frm", TLEE_REUSE_NOTHING},
                                       {"na", TLEE_REUSE_NOTHING},
                                       {NULL, 0}};

static const struct choice gates[] = {{"gm", TLEE_GATE_KIND_GM},
                                      {"eg", TLEE_GATE_KIND_EG},
                                      {"random", TLEE_GATE_KIND_RANDOM},
                                      {NULL, 0}};

static enum tlee_status choose(const struct choice *choices, const char *key, const char *name,
                               int *value, struct tlee_error *error) {
    for (; choices->name; choices++)
        if (!strcmp(choices->name, name)) {
            *value = choices->value;
            return TLEE_OK;
        }
    return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1, "%s '%.40s' is not known", key, name);
}

static enum tlee_status check_range(const char *key, size_t value, size_t low, size_t high,
                                    struct tlee_error *error) {
    if (value >= low && value <= high)
        return TLEE_OK;
    return tlee_fail(error, TLEE_ERR_FORMAT, -1, "%s is %zu, must be %zu to %zu", key, value, low,
                     high);
}

static enum tlee_status check_sizes(const struct tlee_config *config, struct tlee_error *error) {
    const struct {
        const char *key;
        size_t value, low, high;
    } sizes[] = {
        {"classes", config->classes, 1, TLEE_CLASSES_MAX},
        {"branches", config->branches, 0, TLEE_BRANCHES_MAX},
        {"frames", config->frames, 2, TLEE_FRAMES_MAX},
        {"resize", config->resize, 1, TLEE_SIDE_MAX},
        {"crop", config->crop, 1, TLEE_SIDE_MAX},
        {"branch_scale", config->branches ? config->branch_scale : 0, 0, 32},
        {"crm", config->branches ? config->crm : 0, 0, 32},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        enum tlee_status status =
            check_range(sizes[i].key, sizes[i].value, sizes[i].low, sizes[i].high, error);
        if (status != TLEE_OK)
            return status;
    }
    uint64_t scores = (uint64_t)config->frames * (config->branches + 1) * config->classes;
    if (scores > TLEE_SCORES_MAX)
        return tlee_fail(error, TLEE_ERR_FORMAT, -1,
                         "%zu frames with %zu exits and %zu classes are too many scores to keep",
                         config->frames, config->branches + 1, config->classes);
    if (config->crop > config->resize)
        return tlee_fail(error, TLEE_ERR_FORMAT, -1, "crop %zu is larger than resize %zu",
                         config->crop, config->resize);
    return TLEE_OK;
}

static enum tlee_status check_order(struct tlee_config *config, struct tlee_error *error) {
    if (!config->order) {
        config->order = tlee_default_order(config->frames);
        if (!config->order)
            return tlee_fail(error, TLEE_ERR_FORMAT, -1,
                             "no order is given, and there is no published one for %zu frames",
                             config->frames);
    }
    if (!tlee_is_permutation(config->order, config->frames))
        return tlee_fail(error, TLEE_ERR_FORMAT, -1, "order is not a permutation of 0 to %zu",
                         config->frames - 1);
    return TLEE_OK;
}

enum tlee_status tlee_config_finish(struct tlee_config *config, const char *mode_name,
                                    struct tlee_error *error) {
    int mode = 0, reuse = 0, gate = TLEE_GATE_KIND_NONE;
    enum tlee_status status = check_sizes(config, error);
    if (status == TLEE_OK)
        status = choose(modes, "mode", mode_name, &mode, error);
    if (status == TLEE_OK && !strcmp(config->reuse_name, "afrm"))
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                         "reuse 'afrm' cannot work as published: its output has the wrong shape");
    if (status == TLEE_OK)
        status = choose(reuses, "reuse", config->reuse_name, &reuse, error);
    if (status == TLEE_OK && config->branches)
        status = choose(gates, "gate", config->gate_name, &gate, error);
    if (status == TLEE_OK)
        status = check_order(config, error);
    if (status != TLEE_OK)
        return status;
    config->mode = config->branches ? (enum tlee_mode)mode : TLEE_MODE_FULL;
    config->reuse = (enum tlee_reuse)reuse;
    config->gate = (enum tlee_gate_kind)gate;
    for (size_t c = 0; c < 3; c++)
        if (!isfinite(config->mean[c]) || !isfinite(config->std[c]) || !(config->std[c] > 0))
            return tlee_fail(error, TLEE_ERR_FORMAT, -1,
                             "mean and std of channel %zu must be finite, and std above 0", c);
    return TLEE_OK;
}

void tlee_config_clear(struct tlee_config *config, const struct tlee_allocator *allocator) {
    tlee_free(allocator, config->order_storage);
    *config = (struct tlee_config){0};
}
