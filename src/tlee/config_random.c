/* SPDX-License-Identifier: MIT */
/* Settings of `random:` models, from one line of text. */
#include "config.h"

#include "status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "random:";

bool tlee_config_is_random(const char *name) {
    return !strncmp(name, prefix, sizeof prefix - 1);
}

static enum tlee_status parse_size(const char *key, const char *value, uint64_t highest,
                                   uint64_t *number, struct tlee_error *error) {
    uint64_t sum = 0;
    const char *digit = value;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        uint64_t unit = (uint64_t)(*digit - '0');
        if (sum > (highest - unit) / 10)
            break;
        sum = 10 * sum + unit;
    }
    if (*digit || digit == value)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "%s=%.40s: not a whole number in range", key,
                         value);
    *number = sum;
    return TLEE_OK;
}

/* Digits with at most one point, so that the process's locale plays no part. */
static enum tlee_status parse_probability(const char *key, const char *value, double *number,
                                          struct tlee_error *error) {
    uint64_t digits = 0;
    double scale = 1;
    bool point = false;
    size_t length = strlen(value);
    for (size_t i = 0; i < length; i++) {
        if (value[i] == '.' && !point) {
            point = true;
        } else if (value[i] >= '0' && value[i] <= '9' && length <= 17) {
            digits = 10 * digits + (uint64_t)(value[i] - '0');
            scale = point ? 10 * scale : scale;
        } else {
            length = 0;
        }
    }
    double result = (double)digits / scale;
    size_t digits_needed = point ? 2 : 1;
    if (length < digits_needed || !(result <= 1))
        return tlee_fail(error, TLEE_ERR_ARG, -1, "%s=%.40s: not a number from 0 to 1", key, value);
    *number = result;
    return TLEE_OK;
}

/* One for all exits. */
static enum tlee_status parse_thresholds(const char *key, const char *value, double *thresholds,
                                         struct tlee_error *error) {
    double number = 0;
    enum tlee_status status = parse_probability(key, value, &number, error);
    tlee_thresholds_fill(thresholds, number);
    return status;
}

/* Takes one KEY=VALUE into config. */
static enum tlee_status set(struct tlee_config *config, const char **mode_name, const char *key,
                            char *value, struct tlee_error *error) {
    const struct {
        const char *key;
        const char **text;
    } texts[] = {{"dataset", &config->dataset},
                 {"reuse", &config->reuse_name},
                 {"gate", &config->gate_name},
                 {"mode", mode_name}};
    const struct {
        const char *key;
        size_t *number;
    } numbers[] = {{"classes", &config->classes},    {"branches", &config->branches},
                   {"scale", &config->branch_scale}, {"crm", &config->crm},
                   {"frames", &config->frames},      {"input", &config->crop}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!strcmp(key, texts[i].key)) {
            *texts[i].text = value;
            return TLEE_OK;
        }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!strcmp(key, numbers[i].key)) {
            uint64_t number = 0;
            enum tlee_status status = parse_size(key, value, INT32_MAX, &number, error);
            *numbers[i].number = (size_t)number;
            return status;
        }
    if (!strcmp(key, "seed"))
        return parse_size(key, value, UINT64_MAX, &config->seed, error);
    if (!strcmp(key, "first"))
        return parse_thresholds(key, value, config->thresholds.first, error);
    if (!strcmp(key, "exit"))
        return parse_thresholds(key, value, config->thresholds.exit, error);
    return tlee_fail(error, TLEE_ERR_ARG, -1, "'%.40s' is not a key of random: models", key);
}

enum tlee_status tlee_config_from_text(struct tlee_config *config, char *text,
                                       struct tlee_error *error) {
    *config = (struct tlee_config){.dataset = "ucf101",
                                   .classes = 101,
                                   .branches = 2,
                                   .branch_scale = 3,
                                   .crm = 3,
                                   .reuse_name = "mp",
                                   .ema_beta = 0.999,
                                   .gate_name = "gm",
                                   .frames = 10,
                                   .crop = 224,
                                   .mean = {0.43216F, 0.394666F, 0.37645F},
                                   .std = {0.22803F, 0.22145F, 0.216989F},
                                   .paper_gmac = {(double)NAN}};
    tlee_thresholds_fill(config->thresholds.first, 0.99);
    tlee_thresholds_fill(config->thresholds.exit, 0.8);
    tlee_thresholds_fill(config->thresholds.gate, 0.5);
    tlee_thresholds_fill(config->thresholds.temperature, 1);
    const char *mode_name = "ts";
    config->backbone = text + sizeof prefix - 1;
    char *rest = strchr(text, ',');
    while (rest) {
        char *key = rest + 1;
        *rest = 0;
        rest = strchr(key, ',');
        if (rest)
            *rest = 0;
        char *value = strchr(key, '=');
        if (!value)
            return tlee_fail(error, TLEE_ERR_ARG, -1, "'%.40s' is not of the form KEY=VALUE", key);
        *value = 0;
        enum tlee_status status = set(config, &mode_name, key, value + 1, error);
        if (status != TLEE_OK)
            return status;
    }
    config->resize = config->crop;
    enum tlee_status status = tlee_config_finish(config, mode_name, error);
    /* What is wrong is the description, not a file. */
    if (error && status == TLEE_ERR_FORMAT)
        error->status = TLEE_ERR_ARG;
    return status == TLEE_ERR_FORMAT ? TLEE_ERR_ARG : status;
}
