/* SPDX-License-Identifier: MIT */
/*
 * From 8-bit RGB to network input in plain C: the definition. The float operations and their order
 * are those of PyTorch's bilinear `interpolate` (align_corners=False, no antialias) on a picture
 * divided by 255. Where the sizes agree all fractions are 0, and the blend is the pixel itself.
 */
#include "ops.h"
#include "resize_taps.h"

#include <assert.h>

struct tlee_taps tlee_taps_locate(size_t at, size_t in, size_t out) {
    float scale = (float)in / (float)out;
    double source = (double)scale * ((double)at + 0.5) - 0.5;
    if (source < 0.0)
        source = 0.0;
    struct tlee_taps taps;
    taps.at0 = (size_t)source < in ? (size_t)source : in - 1;
    taps.at1 = taps.at0 + 1 < in ? taps.at0 + 1 : taps.at0;
    taps.weight1 = (float)(source - (double)taps.at0);
    taps.weight0 = 1.0f - taps.weight1;
    return taps;
}

static float mix_row(const uint8_t *row, const struct tlee_taps *cols, size_t channel) {
    return cols->weight0 * ((float)row[3 * cols->at0 + channel] / 255.0f) +
           cols->weight1 * ((float)row[3 * cols->at1 + channel] / 255.0f);
}

void tlee_resize_rgb8_c(const struct tlee_resize *p, const uint8_t *rgb, size_t row_bytes, float *y,
                        size_t row_begin, size_t row_end) {
    assert(p->in_w > 0 && p->in_h > 0 && p->out_w > 0 && p->out_h > 0);
    assert(row_bytes >= 3 * p->in_w);
    assert(p->crop_x + p->side <= p->out_w && p->crop_y + p->side <= p->out_h);
    assert(row_begin <= row_end && row_end <= p->side);
    for (size_t i = row_begin; i < row_end; i++) {
        struct tlee_taps rows = tlee_taps_locate(p->crop_y + i, p->in_h, p->out_h);
        const uint8_t *row0 = rgb + rows.at0 * row_bytes, *row1 = rgb + rows.at1 * row_bytes;
        for (size_t j = 0; j < p->side; j++) {
            struct tlee_taps cols = tlee_taps_locate(p->crop_x + j, p->in_w, p->out_w);
            for (size_t c = 0; c < 3; c++) {
                float value =
                    rows.weight0 * mix_row(row0, &cols, c) + rows.weight1 * mix_row(row1, &cols, c);
                y[(c * p->side + i) * p->side + j] = (value - p->mean[c]) / p->std[c];
            }
        }
    }
}
