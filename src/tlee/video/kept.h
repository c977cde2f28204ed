/* SPDX-License-Identifier: MIT */
/* The sampled frames of a source that can only be read forward, kept so that they can be had in any
 * order. It is read only as far as is asked for. */
#ifndef TLEE_KEPT_H
#define TLEE_KEPT_H

#include "video_source.h"

/* All zero holds nothing. */
struct tlee_kept {
    struct tlee_source *source; /* not owned */
    size_t count;               /* different frames */
    size_t *numbers;            /* ascending */
    struct tlee_image *images;  /* of numbers[0..read-1] */
    size_t read;
    enum tlee_status status; /* of what came after them: OK when the video just ends */
    bool ended;
    struct tlee_error error;
};

/* Prepares to keep the frames sampled[0..count-1], ascending, some perhaps equal. */
enum tlee_status tlee_kept_init(struct tlee_kept *kept, struct tlee_source *source,
                                const size_t *sampled, size_t count, struct tlee_error *error);

void tlee_kept_free(struct tlee_kept *kept);

/* As the source's read, for any of the kept numbers in any order; the image stays the keeper's. A
 * frame that cannot be read makes all later ones fail in the same way. */
enum tlee_status tlee_kept_read(struct tlee_kept *kept, size_t number,
                                const struct tlee_image **image, struct tlee_error *error);

#endif
