/* SPDX-License-Identifier: MIT */
/* A picture as characters. */
#ifndef TLEE_CELLS_H
#define TLEE_CELLS_H

#include "screen.h"
#include "tiles.h"

/* The columns and rows of characters that tile takes, at most as many as they are before. */
void tlee_cells_fit(const struct tlee_tile *tile, size_t *columns, size_t *rows);

/* Prints row `row` of `rows`, `columns` wide; dark where colours can be. */
void tlee_cells_print(const struct tlee_screen *screen, const struct tlee_tile *tile,
                      size_t columns, size_t rows, size_t row, bool dark);

#endif
