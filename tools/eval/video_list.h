/* SPDX-License-Identifier: MIT */
/*
 * LIST: a data set as the published file lists have it, a line `path frames label` for each video,
 * separated by blanks. A line is read from its end, so that a path may hold blanks. `-` for the
 * frames means that they are to be counted. Carriage returns and blanks at line ends, a byte order
 * mark and empty lines at the end of the file are let pass; whatever else is wrong is an error that
 * names the line.
 */
#ifndef TLEE_VIDEO_LIST_H
#define TLEE_VIDEO_LIST_H

#include "tlee_base.h"

#include <stdbool.h>

enum {
    TLEE_LIST_PATH_BYTES = 4096,         /* of a path, its zero included */
    TLEE_LIST_MOST_FRAMES = 1000000000,  /* of a video */
    TLEE_LIST_MOST_BYTES = 256 * 1048576 /* of a list */
};

struct tlee_list_video {
    const char *path; /* as in LIST */
    size_t frames;    /* 0: to be counted */
    size_t label;
};

/* {0} is an empty one. */
struct tlee_list {
    struct tlee_list_video *videos; /* the one at `index` stands in line index + 1 */
    size_t count;
    uint64_t hash; /* of path, frames and label of each video */
    char *text;    /* where the paths lie */
};

/* Reads the list in `file` for a model of so many classes; it is freed with tlee_list_free. False
 * with the reason, which does not repeat the file's name; the list is empty then. */
bool tlee_list_read(struct tlee_list *list, const char *file, size_t classes,
                    struct tlee_error *error);

/* The same for the bytes of a file, in a block of length + 1 bytes from malloc that the list takes
 * over in any case and cuts into pieces. */
bool tlee_list_parse(struct tlee_list *list, char *bytes, size_t length, size_t classes,
                     struct tlee_error *error);

/* Leaves an empty list. */
void tlee_list_free(struct tlee_list *list);

/* The video's path, below root (NULL: the current folder) unless it is an absolute one. To be
 * freed; NULL without memory. */
char *tlee_list_path(const struct tlee_list_video *video, const char *root);

#endif
