/* SPDX-License-Identifier: MIT */
/* tlee sweep: thousands of settings from one pass over a list. */
#include "sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DEFAULT_GRID = 4096
};

static int fault(const char *file, const struct tlee_error *error) {
    return tlee_say_fault(file, error->message);
}

/* ---- Before ---- */

/* What recordings belong to: decisions are no part of it, but the gate's time is. */
static void identify(const struct tlee_sweep *sweep, const struct tlee_sweep_videos *videos,
                     struct tlee_identity *of) {
    tlee_identity_begin(of, &sweep->info, &videos->list);
    tlee_identity_add_network(of, sweep->options, &sweep->info);
    tlee_identity_add(of, "gate=%s isa=%s tune=%d", sweep->info.gate, sweep->info.isa,
                      sweep->options->tune);
}

static int open_videos(struct tlee_sweep *sweep, struct tlee_sweep_videos *videos,
                       const char *list_name, const char *file_name) {
    struct tlee_identity of;
    struct tlee_error error;
    videos->list_name = list_name;
    videos->file_name = file_name;
    if (!tlee_list_read(&videos->list, list_name, sweep->info.classes, &error))
        return fault(list_name, &error);
    identify(sweep, videos, &of);
    if (!tlee_features_open(&videos->file, file_name, &of, sweep->recordings[0], &error))
        return fault(file_name ? file_name : list_name, &error);
    if (videos->file.torn)
        tlee_say_warning(file_name, "its last record is incomplete and is made anew");
    return TLEE_EXIT_OK;
}

static void close_videos(struct tlee_sweep_videos *videos) {
    for (size_t v = 0; videos->replays && v < videos->list.count; v++)
        tlee_replay_free(&videos->replays[v]);
    for (size_t i = 0; i < videos->failed_count; i++)
        free(videos->failed[i].reason);
    free(videos->failed);
    free(videos->replays);
    tlee_features_close(&videos->file);
    tlee_list_free(&videos->list);
}

static int open_all(struct tlee_sweep *sweep, tlee_model **model) {
    const struct tlee_cli_options *options = sweep->options;
    int status = tlee_cli_open_model(options, model);
    if (status != TLEE_EXIT_OK)
        return status;
    sweep->model = *model;
    tlee_model_get_info(*model, &sweep->info);
    status = tlee_cli_thresholds(options, &sweep->info, &sweep->own);
    if (status == TLEE_EXIT_OK)
        status = tlee_sweep_open_jobs(sweep);
    if (status == TLEE_EXIT_OK)
        status = open_videos(sweep, &sweep->videos, options->operands[1], options->features);
    if (status == TLEE_EXIT_OK && options->check)
        status = open_videos(sweep, &sweep->check, options->check, options->check_features);
    return status;
}

/* Opened before the work, so that a name that does not work is known at once. */
static int open_points(const struct tlee_cli_options *options, FILE **file) {
    *file = options->points ? fopen(options->points, "ae") : NULL;
    if (options->points && !*file)
        return tlee_say_fault(options->points, strerror(errno));
    return TLEE_EXIT_OK;
}

/* ---- The work ---- */

static int evaluate(struct tlee_sweep *sweep, struct tlee_sweep_videos *videos,
                    struct tlee_sweep_points *points) {
    return tlee_sweep_evaluate(sweep, videos, points->items, points->count);
}

static int sweep_settings(struct tlee_sweep *sweep) {
    const struct tlee_cli_options *options = sweep->options;
    struct tlee_sweep_axes axes = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    enum tlee_sweep_cost cost = options->budget_kind == TLEE_BUDGET_MS      ? TLEE_SWEEP_MS
                                : options->budget_kind == TLEE_BUDGET_PAPER ? TLEE_SWEEP_PAPER
                                                                            : TLEE_SWEEP_GMAC;
    int status = TLEE_EXIT_OK;
    if (options->temperature_fit)
        status = tlee_sweep_fit_temperatures(sweep);
    if (status == TLEE_EXIT_OK)
        status = tlee_sweep_add_references(sweep);
    if (status == TLEE_EXIT_OK)
        status = tlee_sweep_add_fewer(sweep);
    if (status == TLEE_EXIT_OK)
        status = tlee_sweep_make_axes(sweep, options->grid ? options->grid : DEFAULT_GRID, &axes);
    if (status == TLEE_EXIT_OK)
        status = tlee_sweep_add_grid(sweep, &axes);
    if (status == TLEE_EXIT_OK)
        status = evaluate(sweep, &sweep->videos, &sweep->references);
    if (status == TLEE_EXIT_OK)
        status = evaluate(sweep, &sweep->videos, &sweep->fewer);
    if (status == TLEE_EXIT_OK)
        status = evaluate(sweep, &sweep->videos, &sweep->grid);
    if (status == TLEE_EXIT_OK && options->per_exit)
        status = tlee_sweep_fit_exits(sweep, &axes, cost);
    tlee_sweep_free_axes(&axes);
    return status;
}

static int check_settings(struct tlee_sweep *sweep) {
    int status = tlee_sweep_record(sweep, &sweep->check);
    if (status == TLEE_EXIT_OK)
        status = evaluate(sweep, &sweep->check, &sweep->references);
    if (status == TLEE_EXIT_OK)
        status = evaluate(sweep, &sweep->check, &sweep->fewer);
    if (status == TLEE_EXIT_OK)
        status = evaluate(sweep, &sweep->check, &sweep->grid);
    if (status == TLEE_EXIT_OK && sweep->fitted.count)
        status = evaluate(sweep, &sweep->check, &sweep->fitted);
    return status;
}

/* ---- What comes of it ---- */

static const char *const units[] = {"GMAC", "ms", "GMAC as the paper counts"};

/* Videos differ, and a short list tells little of what others will take. */
static void warn_of_spread(const struct tlee_sweep *sweep, enum tlee_sweep_cost cost,
                           const struct tlee_sweep_point *chosen) {
    char number[TLEE_NUMBER_BYTES];
    double most = tlee_sweep_likely_most(sweep, &chosen->sums, cost);
    if (most <= sweep->options->budget * TLEE_SWEEP_SLACK)
        return;
    tlee_say_warning(sweep->options->operands[1],
                     "its videos differ so much that as many others may take %s %s: a longer list "
                     "tells more, --sure takes care",
                     tlee_text_number(number, most), units[cost]);
}

static int choose(const struct tlee_sweep *sweep, enum tlee_sweep_cost cost,
                  const struct tlee_sweep_point **chosen) {
    const struct tlee_cli_options *options = sweep->options;
    const struct tlee_sweep_point *cheapest = NULL;
    char budget[TLEE_NUMBER_BYTES], least[TLEE_NUMBER_BYTES], message[256];
    if (cost == TLEE_SWEEP_PAPER && isnan(sweep->info.paper_gmac_full))
        return tlee_say_fault(options->operands[0],
                              "there are no published figures of this backbone for a budget");
    *chosen = tlee_sweep_choose(sweep, cost, options->budget, &cheapest);
    if (*chosen) {
        warn_of_spread(sweep, cost, *chosen);
        return TLEE_EXIT_OK;
    }
    snprintf(
        message, sizeof message, "no settings keep within %s %s a video%s: the cheapest take %s",
        tlee_text_exact(budget, options->budget), units[cost], options->sure ? " with --sure" : "",
        tlee_text_number(least, tlee_sweep_mean(sweep, &cheapest->sums, cost)));
    return tlee_say_fault(options->operands[1], message);
}

/* A file has thresholds and temperatures, but not what else was asked for here. */
static int write_model(const struct tlee_sweep *sweep, const struct tlee_sweep_point *chosen) {
    const struct tlee_cli_options *options = sweep->options;
    struct tlee_error error;
    if (tlee_write_thresholds(options->operands[0], &chosen->at, options->write, &error) != TLEE_OK)
        return fault(options->write, &error);
    if (options->model.mode != TLEE_MODE_AS_MODEL || options->model.gate != TLEE_GATE_AS_MODEL)
        tlee_say_warning(options->write, "has the thresholds alone: run it with %s as here",
                         options->model.gate == TLEE_GATE_AS_MODEL   ? "--mode"
                         : options->model.mode == TLEE_MODE_AS_MODEL ? "--gate"
                                                                     : "--mode and --gate");
    return TLEE_EXIT_OK;
}

static int write_points(const struct tlee_sweep *sweep, FILE **file) {
    const char *name = sweep->options->points;
    if (!*file)
        return TLEE_EXIT_OK;
    /* What is no regular file has no length to cut. */
    bool good = ftruncate(fileno(*file), 0) == 0 || errno == EINVAL;
    int status = tlee_sweep_write_points(sweep, *file);
    errno = 0;
    good = !ferror(*file) && good;
    good = fclose(*file) == 0 && good;
    *file = NULL;
    if (status == TLEE_EXIT_OK && !good)
        status = tlee_say_fault(name, errno ? strerror(errno) : "could not be written");
    return status;
}

static int report(const struct tlee_sweep *sweep, FILE **points) {
    const struct tlee_cli_options *options = sweep->options;
    const struct tlee_sweep_point *chosen = NULL;
    enum tlee_sweep_cost cost = options->budget_kind == TLEE_BUDGET_MS      ? TLEE_SWEEP_MS
                                : options->budget_kind == TLEE_BUDGET_PAPER ? TLEE_SWEEP_PAPER
                                                                            : TLEE_SWEEP_GMAC;
    int status =
        options->budget_kind != TLEE_BUDGET_NONE ? choose(sweep, cost, &chosen) : TLEE_EXIT_OK;
    if (status == TLEE_EXIT_OK)
        status = write_points(sweep, points);
    if (status == TLEE_EXIT_OK && chosen && options->write)
        status = write_model(sweep, chosen);
    if (status != TLEE_EXIT_OK)
        return status;
    return options->json ? tlee_sweep_print_json(sweep, chosen, cost)
                         : tlee_sweep_print(sweep, chosen, cost);
}

int tlee_cmd_sweep(const struct tlee_cli_options *options) {
    struct tlee_sweep sweep = {
        .options = options, .videos = {.file = {.fd = -1}}, .check = {.file = {.fd = -1}}};
    tlee_model *model = NULL;
    FILE *points = NULL;
    int status = open_points(options, &points);
    if (status == TLEE_EXIT_OK)
        status = open_all(&sweep, &model);
    if (status == TLEE_EXIT_OK)
        status = tlee_sweep_record(&sweep, &sweep.videos);
    if (status == TLEE_EXIT_OK)
        status = sweep_settings(&sweep);
    if (status == TLEE_EXIT_OK && options->check)
        status = check_settings(&sweep);
    if (status == TLEE_EXIT_OK)
        status = report(&sweep, &points);
    if (points)
        fclose(points);
    close_videos(&sweep.videos);
    close_videos(&sweep.check);
    tlee_sweep_close_jobs(&sweep);
    free(sweep.references.items);
    free(sweep.fewer.items);
    free(sweep.grid.items);
    free(sweep.fitted.items);
    tlee_model_close(&model);
    return status;
}
