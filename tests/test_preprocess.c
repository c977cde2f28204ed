/* SPDX-License-Identifier: MIT */
/* Geometry of the resize and crop, against numbers worked out by hand. */
#include "preprocess.h"
#include "test.h"

static void expect(size_t resize, size_t crop, size_t width, size_t height, size_t out_w,
                   size_t out_h, size_t crop_x, size_t crop_y) {
    struct tlee_config config = {.resize = resize, .crop = crop};
    struct tlee_resize plan;
    enum tlee_status status = tlee_preprocess_plan(&config, width, height, &plan, NULL);
    CHECK(status == TLEE_OK && plan.in_w == width && plan.in_h == height && plan.side == crop,
          "%zu x %zu: %s", width, height, tlee_status_name(status));
    CHECK(plan.out_w == out_w && plan.out_h == out_h, "%zu x %zu becomes %zu x %zu, not %zu x %zu",
          width, height, plan.out_w, plan.out_h, out_w, out_h);
    CHECK(plan.crop_x == crop_x && plan.crop_y == crop_y, "%zu x %zu is cut at %zu, %zu", width,
          height, plan.crop_x, plan.crop_y);
}

int main(void) {
    expect(224, 224, 320, 240, 298, 224, 37, 0);     /* 224 * 320 / 240 = 298.67 */
    expect(224, 224, 240, 320, 224, 298, 0, 37);     /* portrait */
    expect(224, 224, 224, 224, 224, 224, 0, 0);      /* nothing to do */
    expect(224, 224, 300, 224, 300, 224, 38, 0);     /* shorter side fits: not resized */
    expect(224, 224, 273, 224, 273, 224, 24, 0);     /* 24.5 -> 24 */
    expect(224, 224, 275, 224, 275, 224, 26, 0);     /* 25.5 -> 26 */
    expect(256, 224, 640, 480, 341, 256, 58, 16);    /* 58.5 -> 58 */
    expect(224, 224, 64, 64, 224, 224, 0, 0);        /* enlarged */
    expect(224, 224, 1, 1, 224, 224, 0, 0);          /* one pixel */
    expect(224, 224, 1000, 3, 74666, 224, 37221, 0); /* 224 * 1000 / 3 */
    expect(2, 1, 3, 2, 3, 2, 1, 0);                  /* 0.5 -> 0 below, 1 exactly */
    struct tlee_config config = {.resize = 224, .crop = 224};
    struct tlee_resize plan;
    struct tlee_config large = {.resize = 8192, .crop = 8192};
    CHECK(tlee_preprocess_plan(&large, (size_t)1 << 20, 1, &plan, NULL) == TLEE_ERR_SHAPE,
          "a line of a million pixels, 2^33 after the resize");
    CHECK(tlee_preprocess_plan(&config, 0, 5, &plan, NULL) == TLEE_ERR_SHAPE, "empty");
    CHECK(tlee_preprocess_plan(&config, 5, 0, &plan, NULL) == TLEE_ERR_SHAPE, "empty");
    CHECK(tlee_preprocess_plan(&config, (size_t)1 << 21, 5, &plan, NULL) == TLEE_ERR_SHAPE, "wide");
    return test_summary();
}
