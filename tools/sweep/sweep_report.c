/* SPDX-License-Identifier: MIT */
/* What tlee sweep prints. */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_ROWS = 20 /* of a front */
};

/* ---- A row ---- */

static void print_head(const struct tlee_sweep *sweep, const char *title) {
    printf("\n%-20s %6s %6s %6s  %8s %8s", title, "first", "exit", "gate", "top-1", "GMAC");
    if (!isnan(sweep->info.paper_gmac_full))
        printf(" %8s", "paper");
    printf(" %8s %6s %6s", "ms", "frames", "gain");
    if (sweep->check.list.count)
        printf("  | %8s %8s %8s %6s", "top-1", "GMAC", "ms", "gain");
    putchar('\n');
}

static void print_cell(double value) {
    char number[TLEE_NUMBER_BYTES];
    printf(" %8s", tlee_text_number(number, value));
}

static void print_thresholds(const struct tlee_sweep *sweep, const struct tlee_sweep_point *point) {
    const double *const values[] = {point->at.first, point->at.exit, point->at.gate};
    for (size_t i = 0; i < 3; i++) {
        char text[TLEE_SWEEP_TEXT];
        bool none = sweep->info.mode == TLEE_MODE_FULL; /* nothing is decided */
        printf(" %6s", none ? "-" : tlee_sweep_text(sweep, values[i], text));
    }
    putchar(' ');
}

/* In points of top-1. */
static void print_gain(double gain) {
    if (isnan(gain))
        printf(" %6s", "-");
    else
        printf(" %+6.2f", gain * 100);
}

static void print_sums(const struct tlee_sweep *sweep, const struct tlee_sweep_point *point,
                       enum tlee_sweep_cost cost) {
    const struct tlee_sweep_sums *sums = &point->sums, *check = &point->check;
    printf(" %6.2f %%", tlee_sweep_top1(sums) * 100);
    print_cell(tlee_sweep_mean(sweep, sums, TLEE_SWEEP_GMAC));
    if (!isnan(sweep->info.paper_gmac_full))
        print_cell(tlee_sweep_mean(sweep, sums, TLEE_SWEEP_PAPER));
    print_cell(tlee_sweep_mean(sweep, sums, TLEE_SWEEP_MS));
    printf(" %6.2f", (double)sums->frames / (double)sums->videos);
    print_gain(tlee_sweep_gain(sweep, point, false, cost));
    if (check->videos) {
        printf("  | %6.2f %%", tlee_sweep_top1(check) * 100);
        print_cell(tlee_sweep_mean(sweep, check, TLEE_SWEEP_GMAC));
        print_cell(tlee_sweep_mean(sweep, check, TLEE_SWEEP_MS));
        print_gain(tlee_sweep_gain(sweep, point, true, cost));
    }
    putchar('\n');
}

static void print_point(const struct tlee_sweep *sweep, const char *name,
                        const struct tlee_sweep_point *point, enum tlee_sweep_cost cost) {
    printf("%-20s", name);
    print_thresholds(sweep, point);
    print_sums(sweep, point, cost);
}

/* A point without thresholds. */
static void print_plain(const struct tlee_sweep *sweep, const char *name,
                        const struct tlee_sweep_point *point) {
    printf("%-20s %6s %6s %6s ", name, "-", "-", "-");
    print_sums(sweep, point, TLEE_SWEEP_GMAC);
}

/* ---- Tables ---- */

static void print_references(const struct tlee_sweep *sweep) {
    print_head(sweep, "");
    for (size_t i = 0; i < sweep->references.count; i++) {
        const struct tlee_sweep_point *point = &sweep->references.items[i];
        char name[64];
        if (!strcmp(point->kind, "own")) {
            print_point(sweep, "as the model says", point, TLEE_SWEEP_GMAC);
            continue;
        }
        snprintf(name, sizeof name, "%s, exit %zu", point->kind, point->exit);
        print_plain(sweep, point->mode == TLEE_MODE_FULL ? "whole network" : name, point);
    }
}

/* Of more than MOST_ROWS rows so many, evenly spread, from the first to the last. */
static size_t row_at(size_t row, size_t count) {
    return count > MOST_ROWS ? row * (count - 1) / (MOST_ROWS - 1) : row;
}

static void say_left_out(size_t count) {
    if (count > MOST_ROWS)
        printf("(%d of %zu; --json and --points have all)\n", MOST_ROWS, count);
}

static void print_fewer(const struct tlee_sweep *sweep) {
    size_t count = sweep->fewer.count;
    print_head(sweep, "whole network after");
    for (size_t i = 0; i < count && i < MOST_ROWS; i++) {
        const struct tlee_sweep_point *point = &sweep->fewer.items[row_at(i, count)];
        char name[64];
        snprintf(name, sizeof name, "frame %zu", point->frames);
        print_plain(sweep, name, point);
    }
    say_left_out(count);
    printf("(gain: points of top-1 above these at the same cost)\n");
}

static bool print_front(const struct tlee_sweep *sweep, const char *title, bool fitted,
                        enum tlee_sweep_cost cost) {
    size_t count = 0;
    const struct tlee_sweep_point **front = tlee_sweep_front(sweep, fitted, cost, &count);
    if (!front)
        return false;
    print_head(sweep, title);
    for (size_t i = 0; i < count && i < MOST_ROWS; i++) {
        const struct tlee_sweep_point *point = front[row_at(i, count)];
        print_point(sweep, strcmp(point->kind, "grid") ? point->kind : "", point, cost);
    }
    say_left_out(count);
    free(front);
    return true;
}

static void print_videos(const char *what, const struct tlee_sweep_videos *videos) {
    printf("%-11s %zu", what, videos->list.count);
    if (videos->failed_count)
        printf(", %zu of them failed", videos->failed_count);
    putchar('\n');
}

static void print_summary(const struct tlee_sweep *sweep) {
    char number[TLEE_NUMBER_BYTES], text[TLEE_SWEEP_TEXT];
    double settings = (double)sweep->replays / (double)sweep->videos.file.count;
    print_videos("videos", &sweep->videos);
    if (sweep->check.list.count)
        print_videos("  to check", &sweep->check);
    printf("settings    %zu", sweep->grid.count);
    if (sweep->replay_seconds > 0)
        printf(", %s a second", tlee_text_number(number, settings / sweep->replay_seconds));
    putchar('\n');
    if (strcmp(tlee_sweep_text(sweep, sweep->own.temperature, text), "1") != 0)
        printf("temperature %s\n", text);
}

int tlee_sweep_print(const struct tlee_sweep *sweep, const struct tlee_sweep_point *chosen,
                     enum tlee_sweep_cost cost) {
    static const char *const titles[] = {"chosen by GMAC", "chosen by ms", "chosen by paper"};
    print_summary(sweep);
    print_references(sweep);
    print_fewer(sweep);
    bool good = print_front(sweep, "front by GMAC", false, TLEE_SWEEP_GMAC) &&
                print_front(sweep, "front by ms", false, TLEE_SWEEP_MS);
    if (good && sweep->fitted.count)
        good = print_front(sweep, "with each exit's", true,
                           cost == TLEE_SWEEP_MS ? TLEE_SWEEP_MS : TLEE_SWEEP_GMAC);
    if (chosen) {
        print_head(sweep, titles[cost]);
        print_point(sweep, strcmp(chosen->kind, "grid") ? chosen->kind : "", chosen, cost);
    }
    return good ? TLEE_EXIT_OK : TLEE_EXIT_FAULT;
}
