/* SPDX-License-Identifier: MIT */
#include "film.h"

#include "reason.h"
#include "replace_file.h"

#include <stdlib.h>
#include <string.h>

enum {
    HOLE_WIDTH = 10,
    HOLE_HEIGHT = 8,
    HOLE_EVERY = 20,
    NEVER_SHARE = 4 /* of its brightness a frame keeps that was never looked at: one in so many */
};

static const uint8_t base_colour[3] = {18, 18, 22}, hole_colour[3] = {236, 236, 230},
                     answer_colour[3] = {46, 204, 113}, look_colour[3] = {241, 196, 15},
                     out_colour[3] = {58, 58, 64};

/* The strip and where things lie on it. */
struct film {
    uint8_t *rgb;
    size_t width, height;
    size_t columns, rows;           /* of cells */
    size_t cell_width, cell_height; /* of a cell's picture */
    size_t pitch;                   /* from one cell's left side to the next one's */
    size_t row_height;
};

static bool lay_out(struct film *film, const struct tlee_tiles *tiles) {
    *film = (struct film){NULL, 0, 0, 0, 0, 0, 0, 0, 0};
    film->rows = (tiles->count + TLEE_FILM_PER_ROW - 1) / TLEE_FILM_PER_ROW;
    film->columns = (tiles->count + film->rows - 1) / film->rows;
    for (size_t t = 0; t < tiles->count; t++) {
        const struct tlee_tile *tile = &tiles->at[t];
        film->cell_width = tile->width > film->cell_width ? tile->width : film->cell_width;
        film->cell_height = tile->height > film->cell_height ? tile->height : film->cell_height;
    }
    film->pitch = film->cell_width + TLEE_FILM_GAP;
    film->row_height = film->cell_height + 2 * TLEE_FILM_EDGE + 3 * TLEE_FILM_GAP + TLEE_FILM_MARK;
    film->width = film->columns * film->pitch + TLEE_FILM_GAP;
    film->height = film->rows * film->row_height;
    film->rgb = malloc(3 * film->width * film->height);
    return film->rgb;
}

static void fill(struct film *film, size_t x, size_t y, size_t width, size_t height,
                 const uint8_t colour[3]) {
    for (size_t row = y; row < y + height; row++)
        for (size_t column = x; column < x + width; column++)
            memcpy(film->rgb + 3 * (row * film->width + column), colour, 3);
}

static void perforate(struct film *film, size_t y) {
    for (size_t x = TLEE_FILM_GAP; x + HOLE_WIDTH <= film->width; x += HOLE_EVERY)
        fill(film, x, y + (TLEE_FILM_EDGE - HOLE_HEIGHT) / 2, HOLE_WIDTH, HOLE_HEIGHT, hole_colour);
}

static void put_tile(struct film *film, size_t x, size_t y, const struct tlee_tile *tile,
                     bool looked_at) {
    for (size_t row = 0; row < tile->height; row++) {
        uint8_t *to = film->rgb + 3 * ((y + row) * film->width + x);
        const uint8_t *from = tile->rgb + 3 * row * tile->width;
        for (size_t i = 0; i < 3 * tile->width; i++)
            to[i] = looked_at ? from[i] : (uint8_t)(from[i] / NEVER_SHARE);
    }
}

/* The marks share the cell's width. */
static void put_marks(struct film *film, size_t x, size_t y, size_t exits,
                      const struct tlee_film_frame *frame) {
    for (size_t b = 0; b < exits; b++) {
        size_t left = b * film->cell_width / exits, right = (b + 1) * film->cell_width / exits;
        bool is_answer = frame->answer && b + 1 == frame->depth;
        size_t between = right - left > 4 && b + 1 < exits ? 2 : 0;
        fill(film, x + left, y, right - left - between, TLEE_FILM_MARK,
             is_answer          ? answer_colour
             : b < frame->depth ? look_colour
                                : out_colour);
    }
}

static void put_frame(struct film *film, size_t t, const struct tlee_tile *tile, size_t exits,
                      const struct tlee_film_frame *frame) {
    size_t x = TLEE_FILM_GAP + t % film->columns * film->pitch;
    size_t y = t / film->columns * film->row_height + TLEE_FILM_EDGE + TLEE_FILM_GAP;
    size_t tile_x = x + (film->cell_width - tile->width) / 2;
    size_t tile_y = y + (film->cell_height - tile->height) / 2;
    if (frame->answer)
        fill(film, tile_x - TLEE_FILM_BORDER, tile_y - TLEE_FILM_BORDER,
             tile->width + 2 * TLEE_FILM_BORDER, tile->height + 2 * TLEE_FILM_BORDER,
             answer_colour);
    put_tile(film, tile_x, tile_y, tile, frame->depth > 0);
    put_marks(film, x, y + film->cell_height + TLEE_FILM_GAP, exits, frame);
}

bool tlee_film_write(const char *path, const struct tlee_tiles *tiles, size_t exits,
                     const struct tlee_film_frame *frames, struct tlee_error *error) {
    struct tlee_replacement_file file;
    struct film film;
    if (!lay_out(&film, tiles))
        return tlee_reason(error, "out of memory");
    fill(&film, 0, 0, film.width, film.height, base_colour);
    for (size_t row = 0; row < film.rows; row++) {
        perforate(&film, row * film.row_height);
        perforate(&film, (row + 1) * film.row_height - TLEE_FILM_EDGE);
    }
    for (size_t t = 0; t < tiles->count; t++)
        if (tiles->at[t].rgb)
            put_frame(&film, t, &tiles->at[t], exits, &frames[t]);
    bool good = tlee_replacement_file_begin(&file, path, error);
    if (good) {
        fprintf(file.out, "P6\n%zu %zu\n255\n", film.width, film.height);
        fwrite(film.rgb, 3, film.width * film.height, file.out);
        good = tlee_replacement_file_end(&file, true, error);
    }
    free(film.rgb);
    return good;
}
