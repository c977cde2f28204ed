/* SPDX-License-Identifier: MIT */
#include "preprocess.h"

#include "status.h"

#include <string.h>

/* Pictures larger than this are refused; so are results that a float does not hold exactly, as the
 * coordinates of the resize are floats. */
enum {
    PICTURE_SIDE_MAX = 1 << 20,
    RESIZED_SIDE_MAX = 1 << 24
};

/* round(difference / 2), ties to even: 24.5 -> 24, 25.5 -> 26. */
static size_t half_to_even(size_t difference) {
    size_t half = difference / 2;
    return half + (difference % 2 && half % 2);
}

enum tlee_status tlee_preprocess_plan(const struct tlee_config *config, size_t width, size_t height,
                                      struct tlee_resize *resize, struct tlee_error *error) {
    if (!width || !height || width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX)
        return tlee_fail(error, TLEE_ERR_SHAPE, -1, "a picture of %zu x %zu cannot be used", width,
                         height);
    bool portrait = width < height;
    size_t shorter = portrait ? width : height, longer = portrait ? height : width;
    /* As the published loader does, nothing is resized when the shorter side fits already. */
    uint64_t resized =
        shorter == config->resize ? longer : (uint64_t)config->resize * longer / shorter;
    if (resized > RESIZED_SIDE_MAX)
        return tlee_fail(error, TLEE_ERR_SHAPE, -1,
                         "a picture of %zu x %zu cannot be resized to a shorter side of %zu", width,
                         height, config->resize);
    size_t out_longer = (size_t)resized;
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
