/* SPDX-License-Identifier: MIT */
/*
 * Each row: chroma is blended from two rows in quarters, then widened to one value a pixel in
 * quarters again, so that it is exact in sixteenths of a level; then the matrix is applied in fixed
 * point with 20 fractional bits, which 32-bit integers hold.
 */
#include "yuv.h"

#include <math.h>

enum {
    FRACTION_BITS = 20, /* of a level */
    CHROMA_BITS = 4     /* fractional bits of interpolated chroma */
};

/* Weights of a neighbouring chroma sample, in quarters: of the one before on even positions, of the
 * one behind on odd positions. The sample itself has the rest. */
struct siting {
    int even, odd;
};

static struct siting siting_of(bool centre) {
    return centre ? (struct siting){1, 1} : (struct siting){0, 2};
}

static size_t chroma_size(size_t luma_size, bool half) {
    return half ? (luma_size + 1) / 2 : luma_size;
}

size_t tlee_yuv_frame_bytes(const struct tlee_yuv_format *format) {
    size_t bytes = format->width * format->height;
    if (!format->mono)
        bytes += 2 * chroma_size(format->width, format->half_x) *
                 chroma_size(format->height, format->half_y);
    return bytes;
}

/* A blended row with a sample more at either end, and two widened rows, whole pairs of pixels. */
size_t tlee_yuv_scratch_count(const struct tlee_yuv_format *format) {
    size_t columns = chroma_size(format->width, format->half_x);
    return columns + 2 + 2 * 2 * columns;
}

/* row[x] = chroma at luma row y in quarters; row[-1] and row[columns] repeat the edges. */
static void blend_rows(const struct tlee_yuv_format *format, const uint8_t *plane, size_t y,
                       int16_t *row) {
    size_t columns = chroma_size(format->width, format->half_x);
    size_t rows = chroma_size(format->height, format->half_y);
    size_t own = y, other = y;
    int weight = 0;
    if (format->half_y) {
        struct siting siting = siting_of(format->centre_y);
        own = y / 2;
        if (y % 2) {
            other = own + 1 < rows ? own + 1 : own;
            weight = siting.odd;
        } else {
            other = own ? own - 1 : own;
            weight = siting.even;
        }
    }
    const uint8_t *a = plane + own * columns, *b = plane + other * columns;
    for (size_t x = 0; x < columns; x++)
        row[x] = (int16_t)((4 - weight) * a[x] + weight * b[x]);
    row[-1] = row[0];
    row[columns] = row[columns - 1];
}

/* wide[x] = chroma at luma column x in sixteenths, from a row of blend_rows. */
static void widen_row(const struct tlee_yuv_format *format, const int16_t *row, int16_t *wide) {
    size_t columns = chroma_size(format->width, format->half_x);
    if (!format->half_x) {
        for (size_t x = 0; x < columns; x++)
            wide[x] = (int16_t)(4 * row[x]);
        return;
    }
    const struct siting siting = siting_of(format->centre_x);
    const int even = siting.even, odd = siting.odd;
    for (size_t x = 0; x < columns; x++) {
        wide[2 * x] = (int16_t)((4 - even) * row[x] + even * row[(ptrdiff_t)x - 1]);
        wide[2 * x + 1] = (int16_t)((4 - odd) * row[x] + odd * row[x + 1]);
    }
}

/* The matrix in fixed point. Y's part is a table; the others are per sixteenth of a level. */
struct factors {
    int32_t luma[256]; /* rounding added */
    int32_t red_v, green_u, green_v, blue_u;
};

/* Y = kr R + kg G + kb B, U = (B - Y) / (2 - 2 kb), V = (R - Y) / (2 - 2 kr): ITU-R BT.601-7
 * section 2.5, BT.709-6 section 3. */
static struct factors factors_of(const struct tlee_yuv_format *format) {
    const bool bt709 = format->matrix == TLEE_MATRIX_BT709;
    const double kr = bt709 ? 0.2126 : 0.299, kb = bt709 ? 0.0722 : 0.114, kg = 1 - kr - kb;
    const double luma_gain = format->full_range ? 1 : 255.0 / 219;
    const double chroma_gain = format->full_range ? 1 : 255.0 / 224;
    const double one = (double)((int32_t)1 << FRACTION_BITS);
    const double chroma_one = chroma_gain * (double)((int32_t)1 << (FRACTION_BITS - CHROMA_BITS));
    struct factors factors;
    for (int level = 0; level < 256; level++) {
        double value = luma_gain * (level - (format->full_range ? 0 : 16)) + 0.5;
        factors.luma[level] = (int32_t)lround(value * one);
    }
    factors.red_v = (int32_t)lround(2 * (1 - kr) * chroma_one);
    factors.green_u = (int32_t)lround(2 * (1 - kb) * kb / kg * chroma_one);
    factors.green_v = (int32_t)lround(2 * (1 - kr) * kr / kg * chroma_one);
    factors.blue_u = (int32_t)lround(2 * (1 - kb) * chroma_one);
    return factors;
}

static uint8_t to_level(int32_t value) {
    if (value < 0)
        return 0;
    value >>= FRACTION_BITS;
    return (uint8_t)(value > 255 ? 255 : value);
}

static void gray_row(const struct factors *factors, const uint8_t *luma, size_t width,
                     uint8_t *rgb) {
    for (size_t x = 0; x < width; x++, rgb += 3)
        rgb[0] = rgb[1] = rgb[2] = to_level(factors->luma[luma[x]]);
}

static void colour_row(const struct factors *factors, const uint8_t *luma, const int16_t *wide_u,
                       const int16_t *wide_v, size_t width, uint8_t *rgb) {
    const int32_t middle = 128 << CHROMA_BITS;
    const int32_t red_v = factors->red_v, green_u = factors->green_u;
    const int32_t green_v = factors->green_v, blue_u = factors->blue_u;
    for (size_t x = 0; x < width; x++, rgb += 3) {
        int32_t y = factors->luma[luma[x]], u = wide_u[x] - middle, v = wide_v[x] - middle;
        rgb[0] = to_level(y + red_v * v);
        rgb[1] = to_level(y - green_u * u - green_v * v);
        rgb[2] = to_level(y + blue_u * u);
    }
}

void tlee_yuv_to_rgb(const struct tlee_yuv_format *format, const uint8_t *planes, int16_t *scratch,
                     uint8_t *rgb) {
    const struct factors factors = factors_of(format);
    const size_t width = format->width, height = format->height;
    const size_t columns = chroma_size(width, format->half_x);
    const uint8_t *plane_u = planes + width * height;
    const uint8_t *plane_v = plane_u + columns * chroma_size(height, format->half_y);
    int16_t *blended = scratch + 1;
    int16_t *wide_u = scratch + columns + 2, *wide_v = wide_u + 2 * columns;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *luma = planes + y * width;
        uint8_t *out = rgb + 3 * y * width;
        if (format->mono) {
            gray_row(&factors, luma, width, out);
            continue;
        }
        blend_rows(format, plane_u, y, blended);
        widen_row(format, blended, wide_u);
        blend_rows(format, plane_v, y, blended);
        widen_row(format, blended, wide_v);
        colour_row(&factors, luma, wide_u, wide_v, width, out);
    }
}
