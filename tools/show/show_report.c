/* SPDX-License-Identifier: MIT */
#include "show_report.h"

#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    NUMBER_COLUMNS = 7,
    TIMES_COLUMNS = 5,
    BAR = 42, /* columns of a bar of cost */
    CONFIDENCE_BAR = 10,
    CLASS_COLUMNS = 16,
    LINE_BYTES = 512
};

static const char *class_name(const struct tlee_clip *clip, size_t label, char *room, size_t size) {
    const char *name = tlee_model_label(clip->early.model, label);
    if (name)
        return name;
    snprintf(room, size, "class %zu", label);
    return room;
}

/* ---- The model ---- */

/* "WHAT 0.9", or "WHAT 0.9,0.8,0.7" where exits differ. */
static void list(char *text, size_t size, const char *what, const double *values, size_t exits) {
    bool equal = true;
    size_t length = (size_t)snprintf(text, size, "%s %g", what, values[0]);
    for (size_t b = 1; b < exits; b++)
        equal = equal && values[b] == values[0];
    for (size_t b = 1; !equal && b < exits && length < size; b++)
        length += (size_t)snprintf(text + length, size - length, ",%g", values[b]);
}

static void print_line(const char *first, const char *second) {
    char line[2 * LINE_BYTES];
    snprintf(line, sizeof line, "%s%s", first, second);
    tlee_text_print_fit(stdout, line, TLEE_SCREEN_COLUMNS);
    putchar('\n');
}

static void print_early(const struct tlee_clip *clip, const struct tlee_model_info *info) {
    size_t exits = info->branches + 1;
    bool has_gate = strcmp(info->gate, "none") != 0;
    char first[LINE_BYTES], then[LINE_BYTES];
    if (info->mode == TLEE_MODE_FULL) {
        print_line("early  the same as whole: there are no early exits", "");
        return;
    }
    list(first, sizeof first, "early  answers at the first frame when surer than",
         clip->thresholds.first, exits);
    print_line(first, has_gate ? "" : ", or else at the last one");
    list(then, sizeof then, "       and later when the gate says at least", clip->thresholds.gate,
         exits);
    if (has_gate)
        print_line(then, "");
    list(then, sizeof then, "       leaves the rest of a frame out when surer than",
         clip->thresholds.exit, exits);
    if (info->mode == TLEE_MODE_TS)
        print_line(then, "");
}

void tlee_show_model(const struct tlee_screen *screen, const struct tlee_clip *clip) {
    const struct tlee_model_info *info = &clip->early.place.info;
    unsigned threads = tlee_cli_threads(&clip->early.options);
    size_t exits = info->branches + 1, length;
    char line[LINE_BYTES];
    fputs(screen->bold, stdout);
    tlee_text_print_fit(stdout, tlee_clip_name(clip->early.options.operands[0], &length),
                        TLEE_SCREEN_COLUMNS);
    printf("%s\n", screen->plain);
    snprintf(line, sizeof line,
             "%s, %zu classes; %zu frames of a clip, %zu exit%s in a frame; %s, %u thread%s",
             info->backbone, info->classes, info->frames, exits, exits == 1 ? "" : "s", info->isa,
             threads, threads == 1 ? "" : "s");
    print_line(line, "");
    print_early(clip, info);
    print_line("whole  every frame through all layers, run and timed on the same clip", "");
}

/* ---- Steps ---- */

/* What came of step i. */
static const char *outcome_of(const struct tlee_run_report *run, size_t i) {
    struct tlee_step step, next;
    if (i + 1 == tlee_session_step_count(run->session))
        return "answer";
    tlee_session_get_step(run->session, i, &step);
    tlee_session_get_step(run->session, i + 1, &next);
    if (next.frame == step.frame)
        return "look deeper";
    return step.exit < run->info.branches ? "clear, next" : "next frame";
}

static void print_step(const struct tlee_screen *screen, const struct tlee_clip *clip, size_t i) {
    const struct tlee_run_report *run = &clip->early.report;
    bool last = i + 1 == tlee_session_step_count(run->session);
    struct tlee_step step;
    char room[32], gate[16] = "-";
    tlee_session_get_step(run->session, i, &step);
    int wide =
        printf("  %5zu  %6zu  %4zu  ", step.frame + 1, run->source_frames[step.frame], step.exit);
    /* Numbers that are longer than usual take their room from the name. */
    wide = CLASS_COLUMNS + 2 + 5 + 2 + 6 + 2 + 4 + 2 - wide;
    wide = wide > 1 ? wide : 1;
    const char *name = class_name(clip, step.top1, room, sizeof room);
    fputs(last ? screen->bold : "", stdout);
    int used = tlee_text_print_fit(stdout, name, wide);
    printf("%s%*s  ", last ? screen->plain : "", wide - used, "");
    fputs(last ? screen->good : "", stdout);
    tlee_screen_bar(screen, (double)step.confidence, CONFIDENCE_BAR, true);
    if (!isnan(step.gate))
        snprintf(gate, sizeof gate, "%5.3f", (double)step.gate);
    printf(" %6.2f %%  %5s  %s%s%s\n", (double)step.confidence * 100, gate,
           last ? screen->good : screen->dim, outcome_of(run, i), screen->plain);
}

static void print_steps(const struct tlee_screen *screen, const struct tlee_clip *clip) {
    printf("%s  frame  source  exit  %-*s  %-*s   gate  then%s\n", screen->dim, CLASS_COLUMNS,
           "likeliest", CONFIDENCE_BAR + 9, "confidence", screen->plain);
    for (size_t i = 0; i < tlee_session_step_count(clip->early.report.session); i++)
        print_step(screen, clip, i);
}

/* ---- The answer ---- */

static void print_verdict(const struct tlee_screen *screen, const struct tlee_clip *clip,
                          const struct tlee_clip_way *way, const char *what) {
    const struct tlee_result *result = &way->report.result;
    size_t truth = 0;
    char room[32];
    printf("  %-9s%s", what, screen->bold);
    tlee_text_print_fit(stdout, class_name(clip, result->label, room, sizeof room), 32);
    printf("%s, %.2f %% sure", screen->plain, (double)result->confidence * 100);
    if (tlee_clip_truth(clip, &truth)) {
        bool right = truth == result->label;
        printf(": %s%s%s", right ? screen->good : screen->bad, right ? "right" : "wrong",
               screen->plain);
    }
    putchar('\n');
}

static void print_reason(const struct tlee_clip *clip) {
    const struct tlee_run_report *run = &clip->early.report;
    const struct tlee_result *result = &run->result;
    struct tlee_step last;
    char place[LINE_BYTES], reason[LINE_BYTES] = "it was the last frame";
    tlee_session_get_step(run->session, tlee_session_step_count(run->session) - 1, &last);
    snprintf(place, sizeof place,
             "  left at  frame %zu of %zu, exit %zu of %zu: ", result->frame + 1, run->info.frames,
             result->exit, run->info.branches);
    if (clip->early.place.available < run->info.frames)
        snprintf(reason, sizeof reason, "the clip has no more frames");
    else if (result->frame == 0)
        snprintf(reason, sizeof reason, "surer than %g at the first look",
                 clip->thresholds.first[result->exit]);
    else if (result->frame + 1 < run->info.frames)
        snprintf(reason, sizeof reason, "the gate says %.3f, %g is enough", (double)last.gate,
                 clip->thresholds.gate[result->exit]);
    print_line(place, reason);
}

/* ---- Cost ---- */

/* What is longer than usual takes its room from the bars. */
static int excess(const char *text, int usual) {
    int length = (int)strlen(text);
    return length > usual ? length - usual : 0;
}

static void print_bars(const struct tlee_screen *screen, const char *what, const char *unit,
                       double early, double whole) {
    double most = early > whole ? early : whole;
    char numbers[2][TLEE_NUMBER_BYTES], times[TLEE_NUMBER_BYTES] = "-";
    tlee_text_number(numbers[0], early);
    tlee_text_number(numbers[1], whole);
    if (early > 0)
        tlee_text_number(times, whole / early);
    int more[2] = {excess(numbers[0], NUMBER_COLUMNS), excess(numbers[1], NUMBER_COLUMNS)};
    int bar = BAR - (more[0] > more[1] ? more[0] : more[1]) - excess(times, TIMES_COLUMNS);
    bar = bar > 1 ? bar : 1;
    printf("  %-5s early  %s", what, screen->good);
    tlee_screen_bar(screen, most > 0 ? early / most : 0, bar, false);
    printf("  %*s %-4s  %s%*sx%s\n", NUMBER_COLUMNS, numbers[0], unit, screen->bold, TIMES_COLUMNS,
           times, screen->plain);
    printf("        whole  %s", screen->dim);
    tlee_screen_bar(screen, most > 0 ? whole / most : 0, bar, false);
    printf("  %*s %s\n", NUMBER_COLUMNS, numbers[1], unit);
}

static void print_costs(const struct tlee_screen *screen, const struct tlee_clip *clip,
                        struct tlee_show_totals *totals) {
    double early_gmac = (double)clip->early.report.result.macs / 1e9;
    double whole_gmac = (double)clip->whole.report.result.macs / 1e9;
    double early_ms = tlee_clip_ms(clip, &clip->early), whole_ms = tlee_clip_ms(clip, &clip->whole);
    print_bars(screen, "MACs", "GMAC", early_gmac, whole_gmac);
    print_bars(screen, "time", "ms", early_ms, whole_ms);
    totals->early_gmac += early_gmac;
    totals->whole_gmac += whole_gmac;
    totals->early_ms += early_ms;
    totals->whole_ms += whole_ms;
}

/* ---- All of it ---- */

void tlee_show_clip(const struct tlee_screen *screen, const struct tlee_clip *clip,
                    const char *film, struct tlee_show_totals *totals) {
    size_t length, truth;
    const struct tlee_run_report *run = &clip->early.report;
    size_t frames = clip->whole.place.available, seen = run->result.frame + 1;
    tlee_screen_rule(screen);
    fputs(screen->bold, stdout);
    tlee_text_print_fit(stdout, tlee_clip_name(clip->input, &length), 50);
    printf("%s: %zu of %zu frames looked at\n\n", screen->plain, seen, frames);
    tlee_show_strip(screen, clip);
    print_steps(screen, clip);
    putchar('\n');
    print_verdict(screen, clip, &clip->early, "early");
    print_verdict(screen, clip, &clip->whole, "whole");
    print_reason(clip);
    if (film) {
        printf("  film     ");
        tlee_text_print_fit(stdout, film, TLEE_SCREEN_COLUMNS - 11);
        putchar('\n');
    }
    putchar('\n');
    print_costs(screen, clip, totals);
    totals->clips++;
    if (tlee_clip_truth(clip, &truth)) {
        totals->known++;
        totals->early_right += truth == run->result.label;
        totals->whole_right += truth == clip->whole.report.result.label;
    }
}

/* "89.8 % of the MACs (9.78x less)". */
static void print_saving(double early, double whole, const char *what) {
    char number[TLEE_NUMBER_BYTES];
    bool less = early <= whole;
    printf("%.1f %% of the %s (%sx %s)", (1 - early / whole) * 100, what,
           tlee_text_number(number, less ? whole / early : early / whole), less ? "less" : "more");
}

void tlee_show_totals(const struct tlee_screen *screen, const struct tlee_show_totals *totals) {
    tlee_screen_rule(screen);
    printf("%sall clips%s: %zu", screen->bold, screen->plain, totals->clips);
    if (totals->clips < totals->asked)
        printf(" of %zu could be read", totals->asked);
    if (totals->known)
        printf("; right: %zu early, %zu whole", totals->early_right, totals->whole_right);
    if (totals->known && totals->known < totals->clips)
        printf(", of %zu", totals->known);
    printf("\n\n");
    print_bars(screen, "MACs", "GMAC", totals->early_gmac, totals->whole_gmac);
    print_bars(screen, "time", "ms", totals->early_ms, totals->whole_ms);
    if (totals->early_gmac <= 0 || totals->early_ms <= 0 || totals->whole_ms <= 0)
        return;
    printf("\n%ssaved: ", screen->bold);
    print_saving(totals->early_gmac, totals->whole_gmac, "MACs");
    printf(", ");
    print_saving(totals->early_ms, totals->whole_ms, "time");
    printf("%s\n", screen->plain);
}
