/* SPDX-License-Identifier: MIT */
#include "video_source.h"

#include "memory.h"
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum tlee_status tlee_image_resize(struct tlee_image *image, size_t width, size_t height,
                                   struct tlee_error *error) {
    image->width = image->height = 0;
    if (!width || !height || width > TLEE_MAX_SIDE || height > TLEE_MAX_SIDE)
        return tlee_fail(error, TLEE_ERR_FORMAT, -1, "a picture of %zu x %zu; sides may be 1 to %d",
                         width, height, TLEE_MAX_SIDE);
    size_t bytes = 3 * width * height;
    if (bytes > image->capacity) {
        tlee_image_free(image);
        image->rgb = malloc(bytes);
        if (!image->rgb)
            return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for a picture of %zu x %zu",
                             width, height);
        image->capacity = bytes;
    }
    image->width = width;
    image->height = height;
    return TLEE_OK;
}

void tlee_image_free(struct tlee_image *image) {
    free(image->rgb);
    *image = (struct tlee_image){0};
}

bool tlee_is_unreadable(enum tlee_status status) {
    return status == TLEE_ERR_IO || status == TLEE_ERR_FORMAT;
}

void tlee_warn(const struct tlee_video_options *options, const char *format, ...) {
    if (!options->warn)
        return;
    char text[TLEE_ERROR_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct tlee_error line; /* for the same care with hostile names as in error messages */
    tlee_fail(&line, TLEE_OK, -1, "%s", text);
    options->warn(options->warn_cookie, line.message);
}
