/* SPDX-License-Identifier: MIT */
/* tlee info: what a model is and what each of its exits costs. */
#include "json.h"
#include "options.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- JSON ---- */

static void json_numbers(struct tlee_json *json, const char *key, const size_t *numbers,
                         size_t count) {
    tlee_json_begin(json, key, '[');
    for (size_t i = 0; i < count; i++)
        tlee_json_uint(json, NULL, numbers[i]);
    tlee_json_end(json, ']');
}

/* All are NaN, or none is. */
static bool are_equal(const double *values, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (!isnan(values[0]) && values[i] != values[0])
            return false;
    return true;
}

/* One number where all exits have the same, else a list. */
static void json_at_exits(struct tlee_json *json, const char *key, const double *values,
                          size_t exits) {
    if (are_equal(values, exits)) {
        tlee_json_double(json, key, values[0]);
        return;
    }
    tlee_json_begin(json, key, '[');
    for (size_t b = 0; b < exits; b++)
        tlee_json_double(json, NULL, values[b]);
    tlee_json_end(json, ']');
}

static void json_labels(struct tlee_json *json, const tlee_model *model, size_t classes) {
    if (!tlee_model_label(model, 0)) {
        tlee_json_text(json, "labels", NULL);
        return;
    }
    tlee_json_begin(json, "labels", '[');
    for (size_t i = 0; i < classes; i++)
        tlee_json_text(json, NULL, tlee_model_label(model, i));
    tlee_json_end(json, ']');
}

static void json_exits(struct tlee_json *json, const tlee_model *model) {
    tlee_json_begin(json, "exits", '[');
    for (size_t i = 0; i < tlee_model_exit_count(model); i++) {
        struct tlee_exit_info exit;
        tlee_model_get_exit(model, i, &exit);
        tlee_json_begin(json, NULL, '{');
        tlee_json_uint(json, "exit", exit.exit);
        tlee_json_double(json, "gmac", (double)exit.macs / 1e9);
        tlee_json_double(json, "gmac_backbone", (double)exit.macs_backbone / 1e9);
        tlee_json_double(json, "gmac_paper", exit.paper_gmac);
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
}

/* Of a window: null where there is none. */
static void json_pair(struct tlee_json *json, const struct tlee_layer_info *layer, const char *key,
                      const size_t pair[2]) {
    if (layer->kernel[0])
        json_numbers(json, key, pair, 2);
    else
        tlee_json_text(json, key, NULL);
}

static void json_layers(struct tlee_json *json, const tlee_model *model) {
    tlee_json_begin(json, "layers", '[');
    for (size_t i = 0; i < tlee_model_layer_count(model); i++) {
        struct tlee_layer_info layer;
        tlee_model_get_layer(model, i, &layer);
        tlee_json_begin(json, NULL, '{');
        tlee_json_text(json, "part", layer.part);
        tlee_json_text(json, "name", layer.name);
        tlee_json_text(json, "op", layer.op);
        json_numbers(json, "input", layer.input, 3);
        json_numbers(json, "output", layer.output, 3);
        tlee_json_uint(json, "macs", layer.macs);
        tlee_json_uint(json, "parameters", layer.parameters);
        json_pair(json, &layer, "kernel", layer.kernel);
        json_pair(json, &layer, "stride", layer.stride);
        json_pair(json, &layer, "padding", layer.padding);
        tlee_json_uint(json, "groups", layer.groups);
        tlee_json_bool(json, "bias", layer.bias);
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
}

static void json_fingerprint(struct tlee_json *json, uint64_t fingerprint) {
    char text[TLEE_NUMBER_BYTES];
    snprintf(text, sizeof text, "%016" PRIx64, fingerprint);
    tlee_json_text(json, "fingerprint", text);
}

static void print_json(const tlee_model *model, const struct tlee_model_info *info, bool layers) {
    struct tlee_json json = {stdout, false};
    tlee_json_begin(&json, NULL, '{');
    tlee_json_text(&json, "backbone", info->backbone);
    tlee_json_text(&json, "dataset", info->dataset);
    tlee_json_text(&json, "source", info->source);
    tlee_json_uint(&json, "classes", info->classes);
    json_labels(&json, model, info->classes);
    tlee_json_text(&json, "mode", tlee_cli_mode_name(info->mode));
    tlee_json_uint(&json, "branches", info->branches);
    tlee_json_uint(&json, "frames", info->frames);
    json_numbers(&json, "order", info->order, info->frames);
    tlee_json_bool(&json, "published_order", info->published_order);
    tlee_json_text(&json, "reuse", info->reuse);
    tlee_json_text(&json, "gate", info->gate);
    tlee_json_begin(&json, "thresholds", '{');
    json_at_exits(&json, "first", info->thresholds.first, info->branches + 1);
    json_at_exits(&json, "exit", info->thresholds.exit, info->branches + 1);
    json_at_exits(&json, "gate", info->thresholds.gate, info->branches + 1);
    json_at_exits(&json, "temperature", info->thresholds.temperature, info->branches + 1);
    tlee_json_end(&json, '}');
    tlee_json_uint(&json, "resize", info->resize);
    tlee_json_uint(&json, "input", info->side);
    tlee_json_uint(&json, "feature", info->feature);
    tlee_json_uint(&json, "parameters", info->parameters);
    tlee_json_uint(&json, "weight_bytes", info->weight_bytes);
    tlee_json_uint(&json, "plain_weight_bytes", info->plain_weight_bytes);
    tlee_json_uint(&json, "half_weight_bytes", info->half_weight_bytes);
    tlee_json_uint(&json, "arena_bytes", info->arena_bytes);
    tlee_json_uint(&json, "workspace_bytes", info->workspace_bytes);
    tlee_json_text(&json, "isa", info->isa);
    json_fingerprint(&json, info->fingerprint);
    tlee_json_double(&json, "gmac_full", (double)info->macs_full / 1e9);
    tlee_json_double(&json, "gmac_paper_full", info->paper_gmac_full);
    json_exits(&json, model);
    if (layers)
        json_layers(&json, model);
    tlee_json_end(&json, '}');
    putchar('\n');
}

/* ---- Text ---- */

/* The order in lines of at most 78 columns. */
static void print_order(const struct tlee_model_info *info) {
    int column = printf("order       ");
    for (size_t i = 0; i < info->frames; i++) {
        if (column > 72)
            column = printf("\n            ") - 1;
        column += printf("%zu ", info->order[i]);
    }
    printf(column > 66 ? "\n            (%s)\n" : "(%s)\n",
           info->published_order ? "published" : "configured");
}

static void print_bytes(const char *what, uint64_t bytes) {
    char number[TLEE_NUMBER_BYTES];
    printf("%-10s  %s MiB (%" PRIu64 " bytes)\n", what,
           tlee_text_number(number, (double)bytes / (1 << 20)), bytes);
}

/* " 0.9", or " 0.9 0.8 0.7" where exits differ. */
static void print_at_exits(const char *what, const double *values, size_t exits) {
    size_t shown = are_equal(values, exits) ? 1 : exits;
    printf("%s", what);
    for (size_t b = 0; b < shown; b++)
        printf(" %g", values[b]);
}

/* As published the gate's threshold is 0.5 and temperatures are 1: not worth a word. */
static void print_thresholds(const struct tlee_model_info *info) {
    const struct tlee_thresholds *at = &info->thresholds;
    size_t exits = info->branches + 1;
    if (isnan(at->first[0]) || isnan(at->exit[0])) {
        printf("thresholds  none\n");
        return;
    }
    print_at_exits("thresholds  first frame", at->first, exits);
    print_at_exits(", layers", at->exit, exits);
    if (!are_equal(at->gate, exits) || at->gate[0] != 0.5)
        print_at_exits(", gate", at->gate, exits);
    if (!are_equal(at->temperature, exits) || at->temperature[0] != 1)
        print_at_exits("\ntemperature", at->temperature, exits);
    putchar('\n');
}

static const char *mode_meaning(enum tlee_mode mode) {
    return mode == TLEE_MODE_TS  ? "leaves in time and in depth"
           : mode == TLEE_MODE_T ? "leaves in time alone"
                                 : "every frame whole";
}

static void print_model(const tlee_model *model, const struct tlee_model_info *info) {
    printf("backbone    %s\n", info->backbone);
    printf("data set    ");
    tlee_text_print(stdout, info->dataset);
    printf(", %zu classes %s names\n", info->classes,
           tlee_model_label(model, 0) ? "with" : "without");
    if (info->source) {
        printf("source      ");
        tlee_text_print(stdout, info->source);
        putchar('\n');
    }
    printf("mode        %s: %s\n", tlee_cli_mode_name(info->mode), mode_meaning(info->mode));
    printf("frames      %zu, shorter side to %zu, centre %zu x %zu\n", info->frames, info->resize,
           info->side, info->side);
    print_order(info);
    printf("feature     %zu numbers, reuse %s, gate %s\n", info->feature, info->reuse, info->gate);
    print_thresholds(info);
    printf("parameters  %" PRIu64 "\n", info->parameters);
    print_bytes("weights", info->weight_bytes);
    if (info->weight_bytes != info->plain_weight_bytes)
        print_bytes("  unpacked", info->plain_weight_bytes);
    if (info->half_weight_bytes) {
        print_bytes("  halves", info->half_weight_bytes);
        print_bytes("  as float", info->weight_bytes + info->half_weight_bytes);
    }
    print_bytes("arena", info->arena_bytes);
    if (info->workspace_bytes)
        print_bytes("  work", info->workspace_bytes);
    printf("isa         %s%s\n", info->isa, info->prepared ? ", prepared for it" : "");
}

/* A cell of the table of exits; "-" for NaN. */
static void print_cell(double gmac) {
    char number[TLEE_NUMBER_BYTES] = "-";
    if (!isnan(gmac))
        tlee_text_number(number, gmac);
    printf("  %9s", number);
}

static void print_exits(const tlee_model *model, const struct tlee_model_info *info) {
    printf("\n%-12s  %9s  %9s  %9s\n", "GMAC to exit", "all", "backbone", "paper");
    for (size_t i = 0; i < tlee_model_exit_count(model); i++) {
        struct tlee_exit_info exit;
        tlee_model_get_exit(model, i, &exit);
        printf("%12zu", exit.exit);
        print_cell((double)exit.macs / 1e9);
        print_cell((double)exit.macs_backbone / 1e9);
        print_cell(exit.paper_gmac);
        putchar('\n');
    }
    printf("%-12s", "whole video");
    print_cell((double)info->macs_full / 1e9);
    print_cell((double)NAN);
    print_cell(info->paper_gmac_full);
    putchar('\n');
}

/* "CxHxW" of a layer's output, and the width of that behind the op's name. */
static int output_shape(const struct tlee_layer_info *layer, char *text, size_t size) {
    int length =
        snprintf(text, size, "%zux%zux%zu", layer->output[0], layer->output[1], layer->output[2]);
    return (int)strlen(layer->op) + 1 + length;
}

/* Names and the pair of op and output are as wide as the longest of them: that makes 80 columns for
 * the common networks. */
static void print_layers(const tlee_model *model) {
    char shape[64];
    int name_width = 0, pair_width = 0;
    struct tlee_layer_info layer;
    for (size_t i = 0; i < tlee_model_layer_count(model); i++) {
        tlee_model_get_layer(model, i, &layer);
        int name = (int)strlen(layer.name), pair = output_shape(&layer, shape, sizeof shape);
        name_width = name > name_width ? name : name_width;
        pair_width = pair > pair_width ? pair : pair_width;
    }
    const char *part = "";
    for (size_t i = 0; i < tlee_model_layer_count(model); i++) {
        tlee_model_get_layer(model, i, &layer);
        if (strcmp(part, layer.part) != 0)
            printf("\n%-*s op%*s    MMAC   weights\n", name_width, layer.part, pair_width - 2,
                   "output");
        part = layer.part;
        int pair = output_shape(&layer, shape, sizeof shape);
        printf("%-*s %s %*s%s %7.2f %9" PRIu64 "\n", name_width, layer.name, layer.op,
               pair_width - pair, "", shape, (double)layer.macs / 1e6, layer.parameters);
    }
}

int tlee_cmd_info(const struct tlee_cli_options *options) {
    tlee_model *model = NULL;
    int status = tlee_cli_open_gateless_model(options, &model);
    if (status != TLEE_EXIT_OK)
        return status;
    struct tlee_model_info info;
    tlee_model_get_info(model, &info);
    if (options->json) {
        print_json(model, &info, options->layers);
    } else {
        print_model(model, &info);
        print_exits(model, &info);
        if (options->layers)
            print_layers(model);
    }
    tlee_model_close(&model);
    return TLEE_EXIT_OK;
}
