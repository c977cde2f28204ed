/* SPDX-License-Identifier: MIT */
#include "cells.h"

#include <stdio.h>

/* A character is about twice as high as wide. */
void tlee_cells_fit(const struct tlee_tile *tile, size_t *columns, size_t *rows) {
    double proportion = (double)tile->height / (double)tile->width / 2;
    double high = (double)*columns * proportion, wide = (double)*rows / proportion;
    if (high > (double)*rows)
        *columns = wide < 1 ? 1 : (size_t)(wide + 0.5);
    else
        *rows = high < 1 ? 1 : (size_t)(high + 0.5);
}

/* ---- Colour: a character's quarters in two colours ---- */

enum {
    QUARTERS = 4,
    SHAPES = 8 /* which quarters are of the first colour: bits, never the last one */
};

static const char *const shape_texts[SHAPES] = {" ",        u8"\u2598", u8"\u259d", u8"\u2580",
                                                u8"\u2596", u8"\u258c", u8"\u259e", u8"\u259b"};

/* Mean colours of the quarters in a shape and of those outside. Returns the sum of squares by
 * which the quarters differ from these. */
static unsigned two_colours(unsigned shape, uint8_t quarters[QUARTERS][3], uint8_t means[2][3]) {
    unsigned sums[2][3] = {{0}}, counts[2] = {0}, error = 0;
    for (unsigned q = 0; q < QUARTERS; q++) {
        unsigned which = shape >> q & 1;
        counts[which]++;
        for (unsigned c = 0; c < 3; c++)
            sums[which][c] += quarters[q][c];
    }
    for (unsigned which = 0; which < 2; which++)
        for (unsigned c = 0; counts[which] && c < 3; c++)
            means[which][c] = (uint8_t)((sums[which][c] + counts[which] / 2) / counts[which]);
    for (unsigned q = 0; q < QUARTERS; q++) {
        for (unsigned c = 0; c < 3; c++) {
            int off = quarters[q][c] - means[shape >> q & 1][c];
            error += (unsigned)(off * off);
        }
    }
    return error;
}

static void print_colour(const struct tlee_screen *screen, uint8_t quarters[QUARTERS][3]) {
    uint8_t means[2][3] = {{0}}, best[2][3] = {{0}};
    unsigned best_shape = 0, least = 0;
    for (unsigned shape = 0; shape < (screen->blocks ? SHAPES : 1); shape++) {
        unsigned error = two_colours(shape, quarters, means);
        if (shape && error >= least)
            continue;
        best_shape = shape;
        least = error;
        for (unsigned c = 0; c < 3; c++) {
            best[0][c] = means[0][c];
            best[1][c] = means[1][c];
        }
    }
    tlee_screen_set_colour(screen, true, best[0]);
    if (best_shape)
        tlee_screen_set_colour(screen, false, best[1]);
    fputs(shape_texts[best_shape], stdout);
}

/* ---- Grey: a character as bright as its place ---- */

/* By the weights of BT.601, in 0..255. */
static unsigned luma(const uint8_t rgb[3]) {
    return (299U * rgb[0] + 587U * rgb[1] + 114U * rgb[2] + 500U) / 1000U;
}

static void luma_range(const struct tlee_tile *tile, size_t columns, size_t rows, unsigned *least,
                       unsigned *most) {
    *least = 255;
    *most = 0;
    for (size_t y = 0; y < rows; y++) {
        for (size_t x = 0; x < columns; x++) {
            uint8_t mean[3];
            tlee_tile_mean(tile->rgb, tile->width, tile->height, x, columns, y, rows, mean);
            unsigned value = luma(mean);
            *least = value < *least ? value : *least;
            *most = value > *most ? value : *most;
        }
    }
}

static void print_grey_row(const struct tlee_tile *tile, size_t columns, size_t rows, size_t row) {
    static const char ramp[] = " .:-=+*#%@";
    unsigned least, most, steps = sizeof ramp - 2;
    luma_range(tile, columns, rows, &least, &most);
    unsigned range = most > least ? most - least : 1;
    for (size_t x = 0; x < columns; x++) {
        uint8_t mean[3];
        tlee_tile_mean(tile->rgb, tile->width, tile->height, x, columns, row, rows, mean);
        putchar(ramp[((luma(mean) - least) * steps + range / 2) / range]);
    }
}

static void darken(uint8_t rgb[3]) {
    for (size_t c = 0; c < 3; c++)
        rgb[c] = (uint8_t)(rgb[c] / 3);
}

void tlee_cells_print(const struct tlee_screen *screen, const struct tlee_tile *tile,
                      size_t columns, size_t rows, size_t row, bool dark) {
    if (screen->pictures == TLEE_PICTURES_GREY) {
        print_grey_row(tile, columns, rows, row);
        return;
    }
    for (size_t x = 0; x < columns; x++) {
        uint8_t quarters[QUARTERS][3];
        for (size_t q = 0; q < QUARTERS; q++) {
            tlee_tile_mean(tile->rgb, tile->width, tile->height, 2 * x + q % 2, 2 * columns,
                           2 * row + q / 2, 2 * rows, quarters[q]);
            if (dark)
                darken(quarters[q]);
        }
        print_colour(screen, quarters);
    }
    fputs(screen->plain, stdout);
}
