/* SPDX-License-Identifier: MIT */
/* Settings from a weights file's metadata. */
#include "config.h"

#include "status.h"
#include "thresholds.h"

#include <math.h>
#include <string.h>

/* What is being read; the first failure sticks, so that the reading below is a plain list. */
struct reader {
    const struct tlee_weights *weights;
    enum tlee_status status;
    struct tlee_error *error;
};

static const char *const known_keys[] = {
    "backbone", "dataset", "classes", "labels", "branches", "branch_scale", "crm", "mode", "frames",
    "order", "reuse", "ema_beta", "gate", "resize", "first_threshold", "exit_threshold", "crop",
    "mean", "std", "source", "paper_gmac", "gate_threshold", "first_thresholds", "exit_thresholds",
    "gate_thresholds", "temperatures",
    /* prepared.c */
    "prepared.version", "prepared.isa", "prepared.mode", "prepared.gate", "prepared.exact",
    "prepared.model"};

static void check_required_keys(struct reader *reader) {
    for (size_t i = 0; i < tlee_weights_key_count(reader->weights); i++) {
        bool required, known = false;
        const char *key = tlee_weights_key(reader->weights, i, &required);
        for (size_t k = 0; k < sizeof known_keys / sizeof *known_keys; k++)
            known = known || !strcmp(key, known_keys[k]);
        if (required && !known) {
            reader->status = tlee_fail(reader->error, TLEE_ERR_VERSION, -1,
                                       "key '%s' is required and needs a newer version", key);
            return;
        }
    }
}

/* Records a key whose count is not the wanted one; false when nothing may be read from it. */
static bool counted(struct reader *reader, const char *key, size_t count, size_t wanted,
                    bool optional) {
    if (reader->status != TLEE_OK || (optional && !count))
        return false;
    if (!count)
        reader->status = tlee_fail(reader->error, TLEE_ERR_FORMAT, -1, "key '%s' is missing", key);
    else if (count != wanted)
        reader->status = tlee_fail(reader->error, TLEE_ERR_FORMAT, -1,
                                   "key '%s' has %zu values, must have %zu", key, count, wanted);
    return reader->status == TLEE_OK;
}

static const char *const *texts(struct reader *reader, const char *key, size_t wanted,
                                bool optional) {
    size_t count = 0;
    const char *const *values = NULL;
    if (reader->status == TLEE_OK)
        reader->status = tlee_weights_texts(reader->weights, key, &count, &values, reader->error);
    return counted(reader, key, count, wanted, optional) ? values : NULL;
}

static const char *text(struct reader *reader, const char *key, bool optional) {
    const char *const *values = texts(reader, key, 1, optional);
    return values ? values[0] : optional ? NULL : "";
}

static const double *reals(struct reader *reader, const char *key, size_t wanted, bool optional) {
    size_t count = 0;
    const double *values = NULL;
    if (reader->status == TLEE_OK)
        reader->status = tlee_weights_reals(reader->weights, key, &count, &values, reader->error);
    return counted(reader, key, count, wanted, optional) ? values : NULL;
}

static const int64_t *ints(struct reader *reader, const char *key, size_t wanted, bool optional) {
    size_t count = 0;
    const int64_t *values = NULL;
    if (reader->status == TLEE_OK)
        reader->status = tlee_weights_ints(reader->weights, key, &count, &values, reader->error);
    return counted(reader, key, count, wanted, optional) ? values : NULL;
}

static size_t to_size(struct reader *reader, const char *key, int64_t value) {
    if (value >= 0 && value <= INT32_MAX)
        return (size_t)value;
    reader->status = tlee_fail(reader->error, TLEE_ERR_FORMAT, -1, "key '%s' has the value %lld",
                               key, (long long)value);
    return 0;
}

static size_t size(struct reader *reader, const char *key) {
    const int64_t *value = ints(reader, key, 1, false);
    return value ? to_size(reader, key, *value) : 0;
}

static double real(struct reader *reader, const char *key, bool optional) {
    const double *value = reals(reader, key, 1, optional);
    return value ? *value : (double)NAN;
}

static void read_order(struct reader *reader, struct tlee_config *config,
                       const struct tlee_allocator *allocator) {
    const int64_t *values = ints(reader, "order", config->frames, true);
    if (!values)
        return;
    config->order_storage = tlee_alloc(allocator, config->frames * sizeof *config->order_storage);
    if (!config->order_storage) {
        reader->status = tlee_fail(reader->error, TLEE_ERR_NOMEM, -1, "out of memory");
        return;
    }
    for (size_t i = 0; i < config->frames; i++)
        config->order_storage[i] = to_size(reader, "order", values[i]);
    config->order = config->order_storage;
}

/* One for each exit in place of the one for all, where the key is there. */
static void read_list(struct reader *reader, const char *key, const struct tlee_config *config,
                      double least, double most, double *list) {
    size_t exits = config->branches + 1;
    const double *values = reals(reader, key, exits, true);
    for (size_t b = 0; values && b < exits && reader->status == TLEE_OK; b++) {
        list[b] = values[b];
        if (!(list[b] >= least && list[b] <= most))
            reader->status = tlee_fail(reader->error, TLEE_ERR_FORMAT, -1,
                                       "key '%s' has the value %g for exit %zu, must be %g to %g",
                                       key, list[b], b, least, most);
    }
}

static void read_thresholds(struct reader *reader, struct tlee_config *config, bool optional) {
    struct tlee_thresholds *at = &config->thresholds;
    double gate = real(reader, "gate_threshold", true);
    if (!isnan(gate) && !(gate >= 0 && gate <= 1))
        reader->status = tlee_fail(reader->error, TLEE_ERR_FORMAT, -1,
                                   "key 'gate_threshold' is %g, must be 0 to 1", gate);
    tlee_thresholds_fill(at->first, real(reader, "first_threshold", optional));
    tlee_thresholds_fill(at->exit, real(reader, "exit_threshold", optional));
    tlee_thresholds_fill(at->gate, isnan(gate) ? 0.5 : gate);
    tlee_thresholds_fill(at->temperature, 1);
    if (reader->status != TLEE_OK || config->branches > TLEE_BRANCHES_MAX)
        return; /* the number of branches is refused with the other sizes */
    read_list(reader, "first_thresholds", config, 0, 1, at->first);
    read_list(reader, "exit_thresholds", config, 0, 1, at->exit);
    read_list(reader, "gate_thresholds", config, 0, 1, at->gate);
    read_list(reader, "temperatures", config, TLEE_TEMPERATURE_LEAST, TLEE_TEMPERATURE_MOST,
              at->temperature);
}

/* What only a network with exits needs. */
static void read_exits(struct reader *reader, struct tlee_config *config) {
    bool optional = config->branches == 0;
    read_thresholds(reader, config, optional);
    config->gate_name = text(reader, "gate", optional);
    if (!optional) {
        config->branch_scale = size(reader, "branch_scale");
        config->crm = size(reader, "crm");
    }
}

enum tlee_status tlee_config_from_weights(struct tlee_config *config,
                                          const struct tlee_weights *weights,
                                          const struct tlee_allocator *allocator,
                                          struct tlee_error *error) {
    *config = (struct tlee_config){.paper_gmac = {(double)NAN}};
    struct reader state = {.weights = weights, .error = error}, *reader = &state;
    check_required_keys(reader);
    config->backbone = text(reader, "backbone", false);
    config->dataset = text(reader, "dataset", false);
    config->source = text(reader, "source", true);
    config->reuse_name = text(reader, "reuse", false);
    const char *mode_name = text(reader, "mode", false);
    config->classes = size(reader, "classes");
    config->labels = texts(reader, "labels", config->classes, true);
    config->branches = size(reader, "branches");
    config->frames = size(reader, "frames");
    config->resize = size(reader, "resize");
    config->crop = size(reader, "crop");
    read_exits(reader, config);
    read_order(reader, config, allocator);
    if (!strcmp(config->reuse_name, "ema"))
        config->ema_beta = real(reader, "ema_beta", false);
    const double *mean = reals(reader, "mean", 3, false);
    const double *std = reals(reader, "std", 3, false);
    const double *paper = reals(reader, "paper_gmac", TLEE_EXITS_MAX, true);
    if (reader->status != TLEE_OK)
        return reader->status;
    for (size_t c = 0; c < 3; c++) {
        config->mean[c] = (float)mean[c];
        config->std[c] = (float)std[c];
    }
    if (paper)
        memcpy(config->paper_gmac, paper, sizeof config->paper_gmac);
    return tlee_config_finish(config, mode_name, error);
}
