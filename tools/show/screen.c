/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- What there is ---- */

/* The value of a variable of the environment; "" where it is not set. */
static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

/* The first of these that is set names the characters (POSIX, Base Definitions, 8.2). */
static bool is_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = "";
    for (size_t i = 0; !*locale && i < sizeof names / sizeof *names; i++)
        locale = variable(names[i]);
    const char *charset = strchr(locale, '.');
    return charset && (!strncasecmp(charset, ".UTF-8", 6) || !strncasecmp(charset, ".utf8", 5));
}

/* Terminals name what they can do beyond their TERM in COLORTERM, which ssh does not pass on. */
static enum tlee_colours colours_of_terminal(void) {
    const char *more = variable("COLORTERM"), *term = variable("TERM");
    if (*variable("NO_COLOR") || !*term || !strcmp(term, "dumb"))
        return TLEE_COLOURS_NONE;
    if (!strcmp(more, "truecolor") || !strcmp(more, "24bit") || strstr(term, "-direct"))
        return TLEE_COLOURS_24BIT;
    return strstr(term, "256color") ? TLEE_COLOURS_256 : TLEE_COLOURS_NONE;
}

struct tlee_screen tlee_screen_of_stdout(enum tlee_pictures pictures) {
    struct tlee_screen screen = {pictures, TLEE_COLOURS_NONE, false, "", "", "", "", ""};
    bool terminal = isatty(STDOUT_FILENO) == 1 && strcmp(variable("TERM"), "dumb") != 0;
    if (terminal) {
        screen.colours = colours_of_terminal();
        screen.blocks = is_utf8();
    }
    if (pictures == TLEE_PICTURES_AUTO)
        screen.pictures = screen.colours ? TLEE_PICTURES_COLOUR : TLEE_PICTURES_GREY;
    if (pictures == TLEE_PICTURES_GREY)
        screen.colours = TLEE_COLOURS_NONE;
    if (pictures == TLEE_PICTURES_COLOUR) {
        screen.blocks = screen.blocks || !terminal;
        if (!screen.colours)
            screen.colours = TLEE_COLOURS_24BIT;
    }
    if (screen.colours) {
        screen.bold = "\033[1m";
        screen.dim = "\033[2m";
        screen.good = "\033[32m";
        screen.bad = "\033[31m";
        screen.plain = "\033[0m";
    }
    return screen;
}

/* ---- Colours ---- */

/* The step of the palette's 6 x 6 x 6 cube (0, 95, 135, ... 255) that is nearest. */
static int cube_step(int value) {
    return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

static int cube_value(int step) {
    return step ? 55 + 40 * step : 0;
}

/* Squared, by what the eye makes of red, green and blue. */
static int distance(const uint8_t rgb[3], int red, int green, int blue) {
    int off[3] = {rgb[0] - red, rgb[1] - green, rgb[2] - blue};
    return 2 * off[0] * off[0] + 4 * off[1] * off[1] + off[2] * off[2];
}

/* The cube's entry, or that of the greys beside it (8, 18, ... 238), which are nearer to most dark
 * colours than the cube's second step. */
static int palette_entry(const uint8_t rgb[3]) {
    int step[3] = {cube_step(rgb[0]), cube_step(rgb[1]), cube_step(rgb[2])};
    int grey = (2 * rgb[0] + 4 * rgb[1] + rgb[2] + 3) / 7;
    int row = grey < 8 ? 0 : grey > 238 ? 23 : (grey - 3) / 10;
    int value = 8 + 10 * row;
    if (distance(rgb, value, value, value) <
        distance(rgb, cube_value(step[0]), cube_value(step[1]), cube_value(step[2])))
        return 232 + row;
    return 16 + 36 * step[0] + 6 * step[1] + step[2];
}

void tlee_screen_set_colour(const struct tlee_screen *screen, bool behind, const uint8_t rgb[3]) {
    int which = behind ? 48 : 38;
    if (screen->colours == TLEE_COLOURS_24BIT)
        printf("\033[%d;2;%d;%d;%dm", which, rgb[0], rgb[1], rgb[2]);
    else if (screen->colours == TLEE_COLOURS_256)
        printf("\033[%d;5;%dm", which, palette_entry(rgb));
}

/* ---- Bars and lines ---- */

static void repeat(const char *text, int times) {
    for (int i = 0; i < times; i++)
        fputs(text, stdout);
}

void tlee_screen_bar(const struct tlee_screen *screen, double share, int columns, bool with_rest) {
    double within = share > 0 ? (share < 1 ? share : 1) : 0;
    int parts = screen->blocks ? 2 : 1; /* a line can end in the middle of a column */
    int filled = (int)(within * columns * parts + 0.5);
    if (!filled && within > 0)
        filled = 1; /* little is not nothing */
    repeat(screen->blocks ? u8"\u2501" : "#", filled / parts);
    if (filled % parts)
        fputs(u8"\u2578", stdout);
    printf("%s%s", screen->plain, with_rest ? screen->dim : "");
    repeat(!with_rest       ? " "
           : screen->blocks ? u8"\u2500"
                            : ".",
           columns - (filled + parts - 1) / parts);
    fputs(with_rest ? screen->plain : "", stdout);
}

void tlee_screen_rule(const struct tlee_screen *screen) {
    fputs(screen->dim, stdout);
    repeat(screen->blocks ? u8"\u2500" : "-", TLEE_SCREEN_COLUMNS);
    printf("%s\n", screen->plain);
}
