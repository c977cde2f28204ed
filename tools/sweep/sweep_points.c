/* SPDX-License-Identifier: MIT */
/* tlee sweep --json and --points: settings for other programs. */
#include "json.h"
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *tlee_sweep_text(const struct tlee_sweep *sweep, const double *values,
                            char text[TLEE_SWEEP_TEXT]) {
    char number[TLEE_NUMBER_BYTES];
    size_t exits = 1;
    for (size_t b = 1; b <= sweep->info.branches; b++)
        if (values[b] != values[0])
            exits = sweep->info.branches + 1;
    *text = 0;
    for (size_t b = 0; b < exits && !isnan(values[b]); b++) {
        strcat(text, b ? "," : "");
        strcat(text, tlee_text_exact(number, values[b]));
    }
    return text;
}

/* ---- JSON ---- */

static void json_thresholds(struct tlee_json *json, const struct tlee_sweep *sweep, const char *key,
                            const double *values) {
    char text[TLEE_SWEEP_TEXT];
    if (!strchr(tlee_sweep_text(sweep, values, text), ',')) {
        tlee_json_double(json, key, values[0]);
        return;
    }
    tlee_json_begin(json, key, '[');
    for (size_t b = 0; b <= sweep->info.branches; b++)
        tlee_json_double(json, NULL, values[b]);
    tlee_json_end(json, ']');
}

static void json_sums(struct tlee_json *json, const struct tlee_sweep *sweep,
                      const struct tlee_sweep_sums *sums) {
    tlee_json_double(json, "top1", tlee_sweep_top1(sums));
    tlee_json_double(json, "gmac", tlee_sweep_mean(sweep, sums, TLEE_SWEEP_GMAC));
    tlee_json_double(json, "gmac_paper", tlee_sweep_mean(sweep, sums, TLEE_SWEEP_PAPER));
    tlee_json_double(json, "ms", tlee_sweep_mean(sweep, sums, TLEE_SWEEP_MS));
    tlee_json_double(json, "frames", (double)sums->frames / (double)sums->videos);
    tlee_json_double(json, "gmac_error", tlee_sweep_error(sums, TLEE_SWEEP_GMAC));
    tlee_json_double(json, "ms_error", tlee_sweep_error(sums, TLEE_SWEEP_MS));
}

static void json_point(struct tlee_json *json, const char *key, const struct tlee_sweep *sweep,
                       const struct tlee_sweep_point *point, enum tlee_sweep_cost cost) {
    tlee_json_begin(json, key, '{');
    tlee_json_text(json, "kind", point->kind);
    if (point->gate == TLEE_GATE_NONE)
        tlee_json_uint(json, "exit_of_frames", point->exit);
    if (point->frames)
        tlee_json_uint(json, "stopped_after", point->frames);
    json_thresholds(json, sweep, "first", point->at.first);
    json_thresholds(json, sweep, "exit", point->at.exit);
    json_thresholds(json, sweep, "gate", point->at.gate);
    json_sums(json, sweep, &point->sums);
    tlee_json_double(json, "gain", tlee_sweep_gain(sweep, point, false, cost));
    if (point->check.videos) {
        tlee_json_begin(json, "check", '{');
        json_sums(json, sweep, &point->check);
        tlee_json_double(json, "gain", tlee_sweep_gain(sweep, point, true, cost));
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, '}');
}

static bool json_front(struct tlee_json *json, const char *key, const struct tlee_sweep *sweep,
                       bool fitted, enum tlee_sweep_cost cost) {
    size_t count = 0;
    const struct tlee_sweep_point **front = tlee_sweep_front(sweep, fitted, cost, &count);
    tlee_json_begin(json, key, '[');
    for (size_t i = 0; front && i < count; i++)
        json_point(json, NULL, sweep, front[i], cost);
    tlee_json_end(json, ']');
    free(front);
    return front;
}

static void json_points(struct tlee_json *json, const char *key, const struct tlee_sweep *sweep,
                        const struct tlee_sweep_points *points) {
    tlee_json_begin(json, key, '[');
    for (size_t i = 0; i < points->count; i++)
        json_point(json, NULL, sweep, &points->items[i], TLEE_SWEEP_GMAC);
    tlee_json_end(json, ']');
}

static void json_failed(struct tlee_json *json, const char *key,
                        const struct tlee_sweep_videos *videos) {
    tlee_json_begin(json, key, '[');
    for (size_t i = 0; i < videos->failed_count; i++) {
        tlee_json_begin(json, NULL, '{');
        tlee_json_text(json, "path", videos->list.videos[videos->failed[i].video].path);
        tlee_json_text(json, "reason", videos->failed[i].reason);
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
}

int tlee_sweep_print_json(const struct tlee_sweep *sweep, const struct tlee_sweep_point *chosen,
                          enum tlee_sweep_cost cost) {
    struct tlee_json json = {stdout, false};
    tlee_json_begin(&json, NULL, '{');
    tlee_json_uint(&json, "videos", sweep->videos.list.count);
    json_failed(&json, "failed", &sweep->videos);
    if (sweep->check.list.count) {
        tlee_json_uint(&json, "check_videos", sweep->check.list.count);
        json_failed(&json, "check_failed", &sweep->check);
    }
    tlee_json_uint(&json, "settings", sweep->grid.count);
    tlee_json_uint(&json, "replays", sweep->replays);
    tlee_json_double(&json, "replay_seconds", sweep->replay_seconds);
    json_thresholds(&json, sweep, "temperature", sweep->own.temperature);
    json_points(&json, "references", sweep, &sweep->references);
    json_points(&json, "fewer_frames", sweep, &sweep->fewer);
    bool good = json_front(&json, "front_gmac", sweep, false, TLEE_SWEEP_GMAC) &&
                json_front(&json, "front_ms", sweep, false, TLEE_SWEEP_MS);
    if (sweep->fitted.count)
        good = json_front(&json, "front_gmac_per_exit", sweep, true, TLEE_SWEEP_GMAC) &&
               json_front(&json, "front_ms_per_exit", sweep, true, TLEE_SWEEP_MS) && good;
    if (chosen)
        json_point(&json, "chosen", sweep, chosen, cost);
    tlee_json_end(&json, '}');
    putchar('\n');
    return good ? TLEE_EXIT_OK : TLEE_EXIT_FAULT;
}

/* ---- CSV ---- */

struct front {
    const struct tlee_sweep_point **points;
    size_t count;
};

static bool is_on(const struct front *front, const struct tlee_sweep_point *point) {
    for (size_t i = 0; i < front->count; i++)
        if (front->points[i] == point)
            return true;
    return false;
}

/* A list has quotes around it. */
static void csv_thresholds(const struct tlee_sweep *sweep, const double *values, FILE *out) {
    char text[TLEE_SWEEP_TEXT];
    tlee_sweep_text(sweep, values, text);
    fprintf(out, strchr(text, ',') ? "\"%s\"," : "%s,", text);
}

static void csv_gain(const struct tlee_sweep *sweep, const struct tlee_sweep_point *point,
                     enum tlee_sweep_cost cost, FILE *out) {
    double gain = tlee_sweep_gain(sweep, point, false, cost);
    if (!isnan(gain))
        fprintf(out, "%.9g", gain);
    fputc(',', out);
}

static void csv_mean(const struct tlee_sweep *sweep, const struct tlee_sweep_sums *sums,
                     enum tlee_sweep_cost cost, FILE *out) {
    double value = tlee_sweep_mean(sweep, sums, cost);
    if (!isnan(value))
        fprintf(out, "%.9g", value);
    fputc(',', out);
}

static void csv_point(const struct tlee_sweep *sweep, const struct tlee_sweep_point *point,
                      const struct front fronts[2], FILE *out) {
    const struct tlee_sweep_sums *sums = &point->sums;
    if (point->frames) {
        fputs(",,,", out); /* nothing is decided */
    } else {
        csv_thresholds(sweep, point->at.first, out);
        csv_thresholds(sweep, point->at.exit, out);
        csv_thresholds(sweep, point->at.gate, out);
    }
    fprintf(out, "%.9g,", tlee_sweep_top1(sums));
    csv_mean(sweep, sums, TLEE_SWEEP_GMAC, out);
    csv_mean(sweep, sums, TLEE_SWEEP_PAPER, out);
    csv_mean(sweep, sums, TLEE_SWEEP_MS, out);
    fprintf(out, "%.9g,%d,%d,", (double)sums->frames / (double)sums->videos,
            is_on(&fronts[0], point), is_on(&fronts[1], point));
    csv_gain(sweep, point, TLEE_SWEEP_GMAC, out);
    csv_gain(sweep, point, TLEE_SWEEP_MS, out);
    fputs(point->kind, out);
    if (point->check.videos) {
        fprintf(out, ",%.9g,", tlee_sweep_top1(&point->check));
        csv_mean(sweep, &point->check, TLEE_SWEEP_GMAC, out);
        csv_mean(sweep, &point->check, TLEE_SWEEP_PAPER, out);
        fprintf(out, "%.9g", tlee_sweep_mean(sweep, &point->check, TLEE_SWEEP_MS));
    }
    fputc('\n', out);
}

static void csv_points(const struct tlee_sweep *sweep, const struct tlee_sweep_points *points,
                       const struct front fronts[2], FILE *out) {
    for (size_t i = 0; i < points->count; i++)
        csv_point(sweep, &points->items[i], fronts, out);
}

int tlee_sweep_write_points(const struct tlee_sweep *sweep, FILE *out) {
    struct front fronts[2];
    fronts[0].points = tlee_sweep_front(sweep, true, TLEE_SWEEP_GMAC, &fronts[0].count);
    fronts[1].points = tlee_sweep_front(sweep, true, TLEE_SWEEP_MS, &fronts[1].count);
    bool good = fronts[0].points && fronts[1].points;
    if (good) {
        fprintf(out,
                "first,exit,gate,top1,gmac,gmac_paper,ms,frames,on_front_gmac,on_front_ms,"
                "gain_gmac,gain_ms,kind%s\n",
                sweep->check.list.count ? ",check_top1,check_gmac,check_gmac_paper,check_ms" : "");
        csv_points(sweep, &sweep->grid, fronts, out);
        csv_points(sweep, &sweep->fitted, fronts, out);
        csv_points(sweep, &sweep->fewer, fronts, out);
    }
    free(fronts[0].points);
    free(fronts[1].points);
    return good ? TLEE_EXIT_OK : TLEE_EXIT_FAULT;
}
