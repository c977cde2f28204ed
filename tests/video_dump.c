/* SPDX-License-Identifier: MIT */
/*
 * What the library makes of a video, a line for each thing:
 *     count N / frame NUMBER WIDTH HEIGHT CRC / warning TEXT / error STATUS TEXT / leak WHAT
 * Options: order=0,2,1 count=N sequential every=K matrix=709 take=M (close after M pictures) pixels
 * (all levels in hexadecimal behind the CRC).
 */
#include "crc32.h"
#include "test.h"
#include "video_checks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
    MAX_ORDER = 1024
};

struct dump {
    struct tlee_video_options options;
    size_t order[MAX_ORDER], take;
    bool pixels;
};

static void print_warning(void *cookie, const char *message) {
    (void)cookie;
    printf("warning %s\n", message);
}

static size_t number_after(const char *option, const char *name) {
    size_t length = strlen(name);
    return strncmp(option, name, length) == 0 ? (size_t)strtoull(option + length, NULL, 10) : 0;
}

static void parse_option(struct dump *dump, const char *option) {
    struct tlee_video_options *options = &dump->options;
    if (strncmp(option, "order=", 6) == 0) {
        char *next;
        options->order = dump->order;
        for (size_t i = 0; i < MAX_ORDER && *option; i++, option = next)
            dump->order[i] = (size_t)strtoull(option + (i ? 1 : 6), &next, 10);
    } else if (strcmp(option, "sequential") == 0) {
        options->sequential = 1;
    } else if (strcmp(option, "pixels") == 0) {
        dump->pixels = true;
    } else if (strcmp(option, "matrix=709") == 0) {
        options->matrix = TLEE_MATRIX_BT709;
    } else if (strncmp(option, "count=", 6) == 0) {
        options->count = number_after(option, "count=");
    } else if (strncmp(option, "every=", 6) == 0) {
        options->every = number_after(option, "every=");
    } else {
        dump->take = number_after(option, "take=");
    }
}

static void print_frame(const struct tlee_picture *picture, bool pixels) {
    size_t bytes = 3 * picture->width * picture->height;
    printf("frame %zu %zu %zu %08" PRIx32 " ", picture->number, picture->width, picture->height,
           tlee_crc32(0, picture->rgb, bytes));
    for (size_t i = 0; pixels && i < bytes; i++)
        printf("%02x", picture->rgb[i]);
    printf("\n");
    fflush(stdout);
}

static enum tlee_status print_frames(const struct dump *dump, tlee_video *video,
                                     struct tlee_error *error) {
    printf("count %zu\n", tlee_video_count(video));
    fflush(stdout);
    for (size_t i = 0; i < dump->take; i++) {
        struct tlee_picture picture;
        enum tlee_status status = tlee_video_next(video, &picture, error);
        if (!status && !picture.rgb) /* the end, which must stay the end and warn only once */
            return tlee_video_next(video, &picture, error);
        if (status)
            return status;
        print_frame(&picture, dump->pixels);
    }
    return TLEE_OK;
}

int video_dump(int argc, char **argv) {
    struct dump dump = {.take = SIZE_MAX};
    struct tlee_error error;
    tlee_video *video;
    if (argc < 2)
        return 2;
    tlee_video_options_default(&dump.options);
    dump.options.frames = (size_t)strtoull(argv[1], NULL, 10);
    dump.options.warn = print_warning;
    for (int i = 2; i < argc; i++)
        parse_option(&dump, argv[i]);
    size_t blocks = test_live_blocks(), descriptors = video_open_descriptors();
    enum tlee_status status = tlee_video_open(argv[0], &dump.options, &video, &error);
    if (!status)
        status = print_frames(&dump, video, &error);
    tlee_video_close(&video);
    if (status)
        printf("error %d %s\n", (int)status, error.message);
    if (test_live_blocks() != blocks)
        printf("leak %zu blocks\n", test_live_blocks() - blocks);
    if (video_open_descriptors() != descriptors)
        printf("leak of descriptors\n");
    if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
        printf("leak of a child process\n");
    return status != TLEE_OK;
}
