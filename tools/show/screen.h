/* SPDX-License-Identifier: MIT */
/* What standard output can show: colours and block characters on a terminal, else plain ASCII. */
#ifndef TLEE_SCREEN_H
#define TLEE_SCREEN_H

#include "options.h"

#include <stdint.h>

enum tlee_colours {
    TLEE_COLOURS_NONE,
    TLEE_COLOURS_256, /* the palette of xterm */
    TLEE_COLOURS_24BIT
};

enum {
    TLEE_SCREEN_COLUMNS = 80
};

struct tlee_screen {
    enum tlee_pictures pictures; /* never AUTO */
    enum tlee_colours colours;
    bool blocks; /* block characters of Unicode in UTF-8 */
    /* Escape sequences that begin a style of text, and the one that ends it; "" without colours. */
    const char *bold, *dim, *good, *bad, *plain;
};

/* As the terminal and its environment tell (TERM, COLORTERM, NO_COLOR, LC_ALL, LC_CTYPE, LANG);
 * pictures other than AUTO are what the user asked for. */
struct tlee_screen tlee_screen_of_stdout(enum tlee_pictures pictures);

/* The colour of what follows: of the characters, or behind them. */
void tlee_screen_set_colour(const struct tlee_screen *screen, bool behind, const uint8_t rgb[3]);

/* Prints a bar of exactly `columns` columns, filled up to the share 0..1, in the style in use;
 * plain afterwards. The rest is a thin line or blank. */
void tlee_screen_bar(const struct tlee_screen *screen, double share, int columns, bool with_rest);

/* Prints a line of dashes across the screen. */
void tlee_screen_rule(const struct tlee_screen *screen);

#endif
