/* SPDX-License-Identifier: MIT */
#include "preprocess.h"

#include "status.h"

#include <string.h>

/* Sides up to this stay exact as floats, and their products with a side fit 64 bits. */
enum {
    PICTURE_SIDE_MAX = 1 << 20
};

/* round(difference / 2), ties to even: 24.5 -> 24, 25.5 -> 26. */
static size_t half_to_even(size_t difference) {
    size_t half = difference / 2;
    return half + (difference % 2 && half % 2);
}

static size_t scaled(size_t resize, size_t longer, size_t shorter) {
    return (size_t)((uint64_t)resize * longer / shorter);
}

enum tlee_status tlee_preprocess_plan(const struct tlee_config *config, size_t width, size_t height,
                                      struct tlee_resize *resize, struct tlee_error *error) {
    if (!width || !height || width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX)
        return tlee_fail(error, TLEE_ERR_SHAPE, -1, "a picture of %zu x %zu cannot be used", width,
                         height);
    bool portrait = width < height;
    size_t shorter = portrait ? width : height, longer = portrait ? height : width;
    size_t out_longer =
        shorter == config->resize ? longer : scaled(config->resize, longer, shorter);
    *resize = (struct tlee_resize){
        .in_w = width,
        .in_h = height,
        .out_w = portrait ? config->resize : out_longer,
        .out_h = portrait ? out_longer : config->resize,
        .side = config->crop,
    };
    resize->crop_x = half_to_even(resize->out_w - config->crop);
    resize->crop_y = half_to_even(resize->out_h - config->crop);
    memcpy(resize->mean, config->mean, sizeof resize->mean);
    memcpy(resize->std, config->std, sizeof resize->std);
    return TLEE_OK;
}
