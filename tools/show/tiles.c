/* SPDX-License-Identifier: MIT */
#include "tiles.h"

#include <stdlib.h>
#include <string.h>

enum {
    TILES_BYTES = 64 << 20, /* of all frames of a clip */
    SIDE_LEAST = 32
};

bool tlee_tiles_make(struct tlee_tiles *tiles, size_t count) {
    tiles->side = TLEE_TILE_SIDE;
    while (tiles->side > SIDE_LEAST && tiles->side * tiles->side * 3 > TILES_BYTES / count)
        tiles->side--;
    tiles->at = calloc(count, sizeof *tiles->at);
    tiles->count = tiles->at ? count : 0;
    return tiles->at;
}

void tlee_tiles_clear(struct tlee_tiles *tiles) {
    for (size_t t = 0; t < tiles->count; t++) {
        free(tiles->at[t].rgb);
        tiles->at[t] = (struct tlee_tile){NULL, 0, 0};
    }
}

void tlee_tiles_free(struct tlee_tiles *tiles) {
    tlee_tiles_clear(tiles);
    free(tiles->at);
    tiles->at = NULL;
    tiles->count = 0;
}

/* Where part `number` of `parts` begins along `length` pixels. In 64 bits: lengths of pictures and
 * parts of the screen have no more than 32 together with 20. */
static size_t boundary(size_t length, size_t number, size_t parts) {
    return (size_t)((uint64_t)length * number / parts);
}

void tlee_tile_mean(const uint8_t *rgb, size_t width, size_t height, size_t x, size_t columns,
                    size_t y, size_t rows, uint8_t mean[3]) {
    size_t left = boundary(width, x, columns), right = boundary(width, x + 1, columns);
    size_t top = boundary(height, y, rows), bottom = boundary(height, y + 1, rows);
    uint64_t sums[3] = {0}, count = 0;
    /* Where there are more parts than pixels a part is the pixel that it lies in. */
    right = right > left ? right : left + 1;
    bottom = bottom > top ? bottom : top + 1;
    for (size_t row = top; row < bottom; row++)
        for (size_t column = left; column < right; column++, count++)
            for (size_t c = 0; c < 3; c++)
                sums[c] += rgb[3 * (row * width + column) + c];
    for (size_t c = 0; c < 3; c++)
        mean[c] = (uint8_t)((sums[c] + count / 2) / count);
}

/* length scaled by side / longest, rounded, but something. */
static size_t scaled(size_t length, size_t side, size_t longest) {
    size_t result = (size_t)(((uint64_t)length * side + longest / 2) / longest);
    return result ? result : 1;
}

bool tlee_tiles_keep(struct tlee_tiles *tiles, size_t t, const struct tlee_picture *picture) {
    struct tlee_tile *tile = &tiles->at[t];
    size_t longest = picture->width > picture->height ? picture->width : picture->height;
    bool fits = longest <= tiles->side;
    free(tile->rgb);
    tile->width = fits ? picture->width : scaled(picture->width, tiles->side, longest);
    tile->height = fits ? picture->height : scaled(picture->height, tiles->side, longest);
    tile->rgb = malloc(3 * tile->width * tile->height);
    if (!tile->rgb)
        return false;
    if (fits) {
        memcpy(tile->rgb, picture->rgb, 3 * tile->width * tile->height);
        return true;
    }
    for (size_t y = 0; y < tile->height; y++)
        for (size_t x = 0; x < tile->width; x++)
            tlee_tile_mean(picture->rgb, picture->width, picture->height, x, tile->width, y,
                           tile->height, tile->rgb + 3 * (y * tile->width + x));
    return true;
}
