/* SPDX-License-Identifier: MIT */
/* The numbered images of a folder, in the order of their numbers. */
#ifndef TLEE_IMAGE_LIST_H
#define TLEE_IMAGE_LIST_H

#include "video_source.h"

struct tlee_image_file {
    char *name;
    /* The number: the last run of digits in the name, without leading zeros, however long. */
    size_t digits, digit_count; /* where it begins in name; 0 digits are the number 0 */
};

/* All zero is an empty list. */
struct tlee_image_list {
    struct tlee_image_file *files;
    size_t count, capacity;
    const char *kind; /* of all files: "ppm", "jpg", ...; constant */
};

/*
 * Fills the list from the folder at path. Names that begin with a dot, folders and files that are
 * no images are passed over. FORMAT: several kinds of images, an image without a number, a number
 * that occurs twice, no image at all. Gaps in the numbers are one warning. On failure the list is
 * empty.
 */
enum tlee_status tlee_image_list_read(struct tlee_image_list *list, const char *path,
                                      const struct tlee_video_options *options,
                                      struct tlee_error *error);

void tlee_image_list_free(struct tlee_image_list *list);

#endif
