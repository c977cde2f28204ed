/* SPDX-License-Identifier: MIT */
/* The parts of tlee sweep: what is recorded, what settings come to, and what they are chosen by. */
#ifndef TLEE_SWEEP_H
#define TLEE_SWEEP_H

#include "features_file.h"
#include "text.h"

#include <stdio.h>

/* ---- Videos ---- */

struct tlee_sweep_failure {
    size_t video;
    char *reason;
};

/* A list and what was recorded of it. {.file = {.fd = -1}} is none. */
struct tlee_sweep_videos {
    const char *list_name, *file_name; /* file_name NULL: without a name */
    struct tlee_list list;
    struct tlee_features_file file;
    struct tlee_sweep_failure *failed; /* those that could not be recorded, by index */
    size_t failed_count;
    tlee_replay **replays; /* [list.count]; NULL: not asked for yet */
};

/* Costs by which settings are chosen. */
enum tlee_sweep_cost {
    TLEE_SWEEP_GMAC,
    TLEE_SWEEP_MS,
    TLEE_SWEEP_PAPER,
    TLEE_SWEEP_COSTS
};

/* Sums over the videos of a list, of whole numbers, so that their order does not matter. */
struct tlee_sweep_sums {
    uint64_t videos, right, frames;
    uint64_t cost[TLEE_SWEEP_COSTS];    /* in MACs, ns, and 10^-9 GMAC of the paper's */
    uint64_t squares[TLEE_SWEEP_COSTS]; /* of the same in coarser units (sweep_front.c) */
};

/* Settings and what they come to. */
struct tlee_sweep_point {
    const char
        *kind;     /* "grid", "own", "full", "frame 1", "all frames", "per exit", "fewer frames" */
    size_t exit;   /* at which frames end, of "frame 1" and "all frames" */
    size_t frames; /* after which the whole network stops, of "fewer frames"; 0: of others */
    enum tlee_mode mode;
    enum tlee_gate gate;
    struct tlee_thresholds at;
    struct tlee_sweep_sums sums, check; /* on the list, and on that of --check */
};

struct tlee_sweep_points {
    struct tlee_sweep_point *items;
    size_t count, room;
};

struct tlee_sweep {
    const struct tlee_cli_options *options;
    const tlee_model *model;
    struct tlee_model_info info;
    struct tlee_thresholds own;             /* as the command line and the model have them */
    struct tlee_sweep_videos videos, check; /* check.list.count 0: none */
    size_t jobs;                            /* threads that replay */
    struct tlee_recording **recordings;     /* [jobs]: what is read goes there */
    tlee_session **sessions;                /* [jobs] */
    struct tlee_sweep_points references, grid, fitted;
    struct tlee_sweep_points fewer; /* [T]: after 1, 2, ... frames */
    double replay_seconds;
    uint64_t replays; /* settings times videos */
};

/* Adds a point, whose sums are still to be made; NULL, and it has been said, without memory. */
struct tlee_sweep_point *tlee_sweep_add(struct tlee_sweep_points *points, const char *kind,
                                        enum tlee_mode mode, const struct tlee_thresholds *at);

/* Means over the videos. gmac_paper is NaN where there are no figures. */
double tlee_sweep_mean(const struct tlee_sweep *sweep, const struct tlee_sweep_sums *sums,
                       enum tlee_sweep_cost cost);
double tlee_sweep_top1(const struct tlee_sweep_sums *sums);

/* Standard error of such a mean, by how much the videos differ. */
double tlee_sweep_error(const struct tlee_sweep_sums *sums, enum tlee_sweep_cost cost);

/* Adds what one video took. */
void tlee_sweep_count(struct tlee_sweep_sums *sums, const struct tlee_result *result, size_t truth);

/* What the mean of another list as long stays below in 95 of 100 cases: both lists err. */
double tlee_sweep_likely_most(const struct tlee_sweep *sweep, const struct tlee_sweep_sums *sums,
                              enum tlee_sweep_cost cost);

/* ---- sweep_record.c ---- */

/* Records the videos that have no record yet. Returns the exit status; what is wrong has been said.
 * Videos that fail are named and remembered. */
int tlee_sweep_record(const struct tlee_sweep *sweep, struct tlee_sweep_videos *videos);

/* ---- sweep_replay.c ---- */

/* Makes places to replay in, and the sums of `count` points on a list (into sums, or check when the
 * list is that of --check). They return the exit status; what is wrong has been said. */
int tlee_sweep_open_jobs(struct tlee_sweep *sweep);
void tlee_sweep_close_jobs(struct tlee_sweep *sweep);
int tlee_sweep_evaluate(struct tlee_sweep *sweep, struct tlee_sweep_videos *videos,
                        struct tlee_sweep_point *points, size_t count);

/* Calls take with each video's recording and, where steps are wanted, the replay of its way through
 * all exits of all frames; from this thread alone. */
typedef void tlee_sweep_visitor(void *cookie, size_t label, const struct tlee_recording *recording,
                                const tlee_replay *all_exits);
int tlee_sweep_visit(struct tlee_sweep *sweep, struct tlee_sweep_videos *videos,
                     tlee_sweep_visitor *take, void *cookie);

/* ---- sweep_grid.c ---- */

/* The axes: numbers between those that occur, with few digits, and 0 and 1. */
struct tlee_sweep_axis {
    double *values; /* rising */
    size_t count;
};
struct tlee_sweep_axes {
    struct tlee_sweep_axis first, exit, gate;
};

/* Chooses at least `wanted` settings from what occurs in the list. */
int tlee_sweep_make_axes(struct tlee_sweep *sweep, size_t wanted, struct tlee_sweep_axes *axes);
void tlee_sweep_free_axes(struct tlee_sweep_axes *axes);

/* All combinations, into sweep->grid; whole network, single exits and the model's own settings into
 * sweep->references. */
int tlee_sweep_add_grid(struct tlee_sweep *sweep, const struct tlee_sweep_axes *axes);
int tlee_sweep_add_references(struct tlee_sweep *sweep);

/* ---- sweep_fewer.c ---- */

/* The whole network over 1 to T frames, into sweep->fewer. */
int tlee_sweep_add_fewer(struct tlee_sweep *sweep);

/* Makes the result of a replay in mode FULL, the last that ran, that of its first `frames` frames.
 */
void tlee_sweep_stop_after(const tlee_replay *replay, size_t frames, struct tlee_result *result);

/* Top-1 of a point less that of fewer frames at the same mean cost, on the list or that of --check:
 * between two numbers of frames on the straight line, above T frames what T have. NaN where a
 * single frame costs more, and of sweep->fewer itself. */
double tlee_sweep_gain(const struct tlee_sweep *sweep, const struct tlee_sweep_point *point,
                       bool check, enum tlee_sweep_cost cost);

/* ---- sweep_front.c ---- */

/* The points of the grid, and of what was fitted too, that no other of them beats at that cost,
 * from the cheapest on: each is the cheapest of its accuracy and more accurate than those before.
 * To be freed; NULL, and it has been said, without memory. */
const struct tlee_sweep_point **tlee_sweep_front(const struct tlee_sweep *sweep, bool fitted,
                                                 enum tlee_sweep_cost cost, size_t *count);

/* True when a is the better choice of two: the more accurate, then the cheaper one. */
bool tlee_sweep_is_better(const struct tlee_sweep_point *a, const struct tlee_sweep_point *b,
                          enum tlee_sweep_cost cost);

/* The best of grid and fitted within the budget; with --sure of those that are likely to stay
 * within TLEE_SWEEP_SLACK times the budget on another list, too. NULL when none is. *cheapest is
 * the cheapest of all. */
#define TLEE_SWEEP_SLACK 1.05
const struct tlee_sweep_point *tlee_sweep_choose(const struct tlee_sweep *sweep,
                                                 enum tlee_sweep_cost cost, double budget,
                                                 const struct tlee_sweep_point **cheapest);

/* ---- sweep_fit.c ---- */

/* Thresholds of each exit, by a search along one after the other from the front of the grid; into
 * sweep->fitted. */
int tlee_sweep_fit_exits(struct tlee_sweep *sweep, const struct tlee_sweep_axes *axes,
                         enum tlee_sweep_cost cost);

/* ---- sweep_temperature.c ---- */

/* Temperatures that make the recorded scores of each exit likeliest, into sweep->own. */
int tlee_sweep_fit_temperatures(struct tlee_sweep *sweep);

/* ---- sweep_report.c, sweep_points.c ---- */

/* What is printed. chosen: by --budget, at that cost; NULL without it. They return the exit status;
 * what is wrong has been said. */
int tlee_sweep_print(const struct tlee_sweep *sweep, const struct tlee_sweep_point *chosen,
                     enum tlee_sweep_cost cost);
int tlee_sweep_print_json(const struct tlee_sweep *sweep, const struct tlee_sweep_point *chosen,
                          enum tlee_sweep_cost cost);

/* All points as CSV. */
int tlee_sweep_write_points(const struct tlee_sweep *sweep, FILE *out);

/* The thresholds of one kind as text: one number, or one for each exit with commas between; nothing
 * where the model has none. */
enum {
    TLEE_SWEEP_TEXT = TLEE_EXITS_MAX * TLEE_NUMBER_BYTES
};
const char *tlee_sweep_text(const struct tlee_sweep *sweep, const double *values,
                            char text[TLEE_SWEEP_TEXT]);

#endif
