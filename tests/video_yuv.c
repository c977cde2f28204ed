/* SPDX-License-Identifier: MIT */
/* The colour conversion against its formula in double precision. */
#include "yuv.h"

#include "test.h"
#include "video_checks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARGIN = 64,
    CANARY = 0x5a
};

static const struct {
    const char *name;
    bool mono, half_x, half_y, centre_x, centre_y;
} layouts[] = {
    {"420jpeg", false, true, true, true, true},    {"420mpeg2", false, true, true, false, true},
    {"420paldv", false, true, true, false, false}, {"422", false, true, false, false, false},
    {"444", false, false, false, false, false},    {"mono", true, false, false, false, false},
};

/* One chroma plane at a point in luma coordinates: linear between samples, constant beyond the
 * outermost ones. */
static double chroma_at(const struct tlee_yuv_format *format, const uint8_t *plane, size_t x,
                        size_t y) {
    size_t columns = format->half_x ? (format->width + 1) / 2 : format->width;
    size_t rows = format->half_y ? (format->height + 1) / 2 : format->height;
    double cx = (double)x, cy = (double)y;
    if (format->half_x)
        cx = format->centre_x ? (cx - 0.5) / 2 : cx / 2;
    if (format->half_y)
        cy = format->centre_y ? (cy - 0.5) / 2 : cy / 2;
    cx = fmin(fmax(cx, 0), (double)(columns - 1));
    cy = fmin(fmax(cy, 0), (double)(rows - 1));
    size_t left = (size_t)cx, top = (size_t)cy;
    size_t right = left + 1 < columns ? left + 1 : left, low = top + 1 < rows ? top + 1 : top;
    double fx = cx - (double)left, fy = cy - (double)top;
    double above = (1 - fx) * plane[top * columns + left] + fx * plane[top * columns + right];
    double below = (1 - fx) * plane[low * columns + left] + fx * plane[low * columns + right];
    return (1 - fy) * above + fy * below;
}

static void exact_rgb(const struct tlee_yuv_format *format, const uint8_t *planes, size_t x,
                      size_t y, double rgb[3]) {
    size_t pixels = format->width * format->height;
    double luma = planes[y * format->width + x], u = 128, v = 128;
    if (!format->mono) {
        size_t chroma = (tlee_yuv_frame_bytes(format) - pixels) / 2;
        u = chroma_at(format, planes + pixels, x, y);
        v = chroma_at(format, planes + pixels + chroma, x, y);
    }
    bool bt709 = format->matrix == TLEE_MATRIX_BT709;
    double kr = bt709 ? 0.2126 : 0.299, kb = bt709 ? 0.0722 : 0.114;
    luma = format->full_range ? luma / 255 : (luma - 16) / 219;
    u = format->full_range ? (u - 128) / 255 : (u - 128) / 224;
    v = format->full_range ? (v - 128) / 255 : (v - 128) / 224;
    double red = luma + 2 * (1 - kr) * v, blue = luma + 2 * (1 - kb) * u;
    double green = (luma - kr * red - kb * blue) / (1 - kr - kb);
    rgb[0] = fmin(fmax(255 * red, 0), 255);
    rgb[1] = fmin(fmax(255 * green, 0), 255);
    rgb[2] = fmin(fmax(255 * blue, 0), 255);
}

static uint8_t next_byte(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (uint8_t)(*state >> 24);
}

/* A frame of random levels, or of the extreme ones alone. */
static void check_frame(const struct tlee_yuv_format *format, const char *name, bool extreme) {
    size_t bytes = tlee_yuv_frame_bytes(format), out = 3 * format->width * format->height;
    size_t scratch_bytes = tlee_yuv_scratch_count(format) * sizeof(int16_t);
    uint8_t *planes = malloc(bytes), *rgb = malloc(out + MARGIN);
    int16_t *scratch = malloc(scratch_bytes + MARGIN);
    uint32_t state = (uint32_t)(bytes + out + extreme);
    for (size_t i = 0; i < bytes; i++)
        planes[i] = extreme ? (uint8_t)(next_byte(&state) & 0x80 ? 255 : 0) : next_byte(&state);
    memset(rgb + out, CANARY, MARGIN);
    memset((uint8_t *)scratch + scratch_bytes, CANARY, MARGIN);
    tlee_yuv_to_rgb(format, planes, scratch, rgb);
    double worst = 0;
    for (size_t i = 0; i < out; i++) {
        double want[3];
        size_t pixel = i / 3;
        exact_rgb(format, planes, pixel % format->width, pixel / format->width, want);
        worst = fmax(worst, fabs(rgb[i] - want[i % 3]));
    }
    bool kept = true;
    for (size_t i = 0; i < MARGIN; i++)
        kept = kept && rgb[out + i] == CANARY && ((uint8_t *)scratch)[scratch_bytes + i] == CANARY;
    CHECK(worst <= 0.501, "%s, %zu x %zu, matrix %d, full %d: off by %g", name, format->width,
          format->height, (int)format->matrix, format->full_range, worst);
    CHECK(kept, "%s, %zu x %zu: written beyond the end", name, format->width, format->height);
    free(planes);
    free(rgb);
    free(scratch);
}

/* Gray levels have exact answers. */
static void check_known_levels(void) {
    struct tlee_yuv_format format = {.width = 4, .height = 1, .mono = true};
    const uint8_t luma[] = {16, 235, 0, 126};
    uint8_t rgb[12];
    int16_t scratch[32];
    CHECK(tlee_yuv_scratch_count(&format) <= 32, "working memory");
    tlee_yuv_to_rgb(&format, luma, scratch, rgb);
    CHECK(rgb[0] == 0 && rgb[3] == 255 && rgb[6] == 0 && rgb[9] == 128 && rgb[11] == 128,
          "limited: %d %d %d %d", rgb[0], rgb[3], rgb[6], rgb[9]);
    format.full_range = true;
    tlee_yuv_to_rgb(&format, luma, scratch, rgb);
    CHECK(rgb[0] == 16 && rgb[3] == 235 && rgb[6] == 0 && rgb[9] == 126, "full: %d %d %d %d",
          rgb[0], rgb[3], rgb[6], rgb[9]);
}

void video_check_yuv(void) {
    static const size_t sizes[][2] = {{1, 1}, {2, 2}, {1, 9},  {9, 1},   {3, 2},
                                      {2, 3}, {5, 7}, {16, 6}, {33, 18}, {64, 35}};
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
            for (int variant = 0; variant < 8; variant++) {
                struct tlee_yuv_format format = {
                    .width = sizes[k][0],
                    .height = sizes[k][1],
                    .mono = layouts[i].mono,
                    .half_x = layouts[i].half_x,
                    .half_y = layouts[i].half_y,
                    .centre_x = layouts[i].centre_x,
                    .centre_y = layouts[i].centre_y,
                    .full_range = variant & 1,
                    .matrix = variant & 2 ? TLEE_MATRIX_BT709 : TLEE_MATRIX_BT601,
                };
                check_frame(&format, layouts[i].name, variant & 4);
            }
    check_known_levels();
}
