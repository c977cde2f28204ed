/* SPDX-License-Identifier: MIT */
#include "cells.h"
#include "show_report.h"

#include <stdio.h>

enum {
    INDENT = 2,
    ROWS_MOST = 13, /* of characters in a picture: that of a square one across a third */
    PER_ROW_LEAST = 3,
    PER_ROW_MOST = 5
};

/* Some frames side by side, each at the left of its slot. */
struct line {
    const struct tlee_screen *screen;
    const struct tlee_clip *clip;
    size_t begin, end; /* frames */
    int slot;          /* columns of a frame, with the gap behind it */
};

/* Frames after the answer. */
static bool is_left_out(const struct line *line, size_t t) {
    return t > line->clip->early.report.result.frame;
}

/* After `used` columns of frame t: up to the next frame, or to the end of the line. */
static void go_on(const struct line *line, size_t t, int used) {
    if (t + 1 < line->end)
        printf("%*s", used < line->slot ? line->slot - used : 0, "");
    else
        putchar('\n');
}

static void print_pictures(const struct line *line) {
    for (size_t pass = 0, rows = 1; pass < rows; pass++) {
        printf("%*s", INDENT, "");
        for (size_t t = line->begin; t < line->end; t++) {
            const struct tlee_tile *tile = &line->clip->tiles.at[t];
            size_t wide = (size_t)line->slot - 1, high = ROWS_MOST;
            tlee_cells_fit(tile, &wide, &high);
            rows = high > rows ? high : rows;
            if (pass < high)
                tlee_cells_print(line->screen, tile, wide, high, pass, is_left_out(line, t));
            go_on(line, t, pass < high ? (int)wide : 0);
        }
    }
}

static void print_numbers(const struct line *line) {
    printf("%*s", INDENT, "");
    for (size_t t = line->begin; t < line->end; t++) {
        const struct tlee_screen *screen = line->screen;
        char text[48];
        snprintf(text, sizeof text, "%zu: frame %zu", t + 1,
                 line->clip->whole.report.source_frames[t]);
        fputs(is_left_out(line, t) ? screen->dim : "", stdout);
        int used = printf("%.*s", line->slot - 1, text);
        fputs(is_left_out(line, t) ? screen->plain : "", stdout);
        go_on(line, t, used);
    }
}

/* A mark for each exit, full as far as the frame came. */
static void print_depths(const struct line *line) {
    const struct tlee_screen *screen = line->screen;
    const char *full = screen->blocks ? u8"\u25a0" : "#",
               *empty = screen->blocks ? u8"\u25a1" : "-";
    size_t exits = line->clip->early.report.info.branches + 1;
    printf("%*s", INDENT, "");
    for (size_t t = line->begin; t < line->end; t++) {
        const struct tlee_film_frame *frame = &line->clip->frames[t];
        bool left_out = is_left_out(line, t);
        fputs(frame->answer ? screen->good : left_out ? screen->dim : "", stdout);
        for (size_t b = 0; b < exits; b++)
            fputs(b < frame->depth ? full : empty, stdout);
        int used = (int)exits;
        if (left_out)
            used += printf(" left out");
        else if (frame->answer)
            used += printf(" answer");
        else
            used += printf(" exit %zu", frame->depth - 1);
        fputs(frame->answer || left_out ? screen->plain : "", stdout);
        go_on(line, t, used);
    }
}

/* Only colours tell frames apart that were left out: there they fill the last row. */
void tlee_show_strip(const struct tlee_screen *screen, const struct tlee_clip *clip) {
    size_t seen = clip->early.report.result.frame + 1, there = clip->whole.place.available;
    size_t per_row = seen < PER_ROW_LEAST  ? PER_ROW_LEAST
                     : seen < PER_ROW_MOST ? seen
                                           : PER_ROW_MOST;
    if (screen->pictures == TLEE_PICTURES_NONE)
        return;
    for (size_t t = 0; t < seen; t += per_row) {
        size_t most = screen->pictures == TLEE_PICTURES_COLOUR ? there : seen;
        size_t end = t + per_row < most ? t + per_row : most;
        struct line line = {screen, clip, t, end, (TLEE_SCREEN_COLUMNS - INDENT) / (int)per_row};
        print_pictures(&line);
        print_numbers(&line);
        print_depths(&line);
        putchar('\n');
    }
}
