/* SPDX-License-Identifier: MIT */
/* The options' rules, and every allocation failing in turn: no leak, no lost descriptor. */
#include "test.h"
#include "video_checks.h"
#include "y4m.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILES = 5,
    PATH_BYTES = 200
};

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    if (file) {
        fputs(text, file);
        fclose(file);
    }
}

static const char y4m_text[] = "YUV4MPEG2 W4 H2\nFRAME\nabcdefghijkl"
                               "FRAME\nmnopqrstuvwx";

/* A folder with FILES pictures, the last one damaged, and a Y4M file beside it. */
static void make_videos(char *root) {
    char path[PATH_BYTES];
    if (!mkdtemp(root))
        exit(1);
    snprintf(path, sizeof path, "%s/folder", root);
    mkdir(path, 0700);
    for (int i = 1; i <= FILES; i++) {
        snprintf(path, sizeof path, "%s/folder/%d.ppm", root, i);
        write_file(path, i < FILES ? "P6 1 1 255 abc" : "P6 1 1 255 a");
    }
    snprintf(path, sizeof path, "%s/video.y4m", root);
    write_file(path, y4m_text);
}

static void remove_videos(const char *root) {
    char path[PATH_BYTES];
    for (int i = 1; i <= FILES; i++) {
        snprintf(path, sizeof path, "%s/folder/%d.ppm", root, i);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/folder", root);
    rmdir(path);
    snprintf(path, sizeof path, "%s/video.y4m", root);
    unlink(path);
    rmdir(root);
}

/* Opens and reads a video to its end, "-" from a pipe put in standard input's place. */
static enum tlee_status read_video(const char *path, const struct tlee_video_options *options,
                                   size_t *pictures) {
    tlee_video *video;
    struct tlee_picture picture = {0};
    *pictures = 0;
    int saved = -1;
    if (strcmp(path, "-") == 0) {
        int fd = video_pipe(y4m_text, sizeof y4m_text - 1);
        saved = dup(0);
        dup2(fd, 0);
        close(fd);
    }
    enum tlee_status status = tlee_video_open(path, options, &video, NULL);
    CHECK(!status == (video != NULL), "status %d and a video at %p", (int)status, (void *)video);
    while (!status) {
        status = tlee_video_next(video, &picture, NULL);
        if (!picture.rgb)
            break;
        ++*pictures;
    }
    tlee_video_close(&video);
    if (saved >= 0) {
        dup2(saved, 0);
        close(saved);
    }
    return status;
}

static void check_failing(const char *path, const struct tlee_video_options *options,
                          size_t expected) {
    size_t pictures, nth = 0;
    bool failed;
    enum tlee_status status;
    do {
        size_t blocks = test_live_blocks(), descriptors = video_open_descriptors();
        nth++;
        test_fail_allocation(nth, nth % 2);
        errno =
            ENOMEM; /* which our malloc does not set, where opendir calls it (static programs) */
        status = read_video(path, options, &pictures);
        failed = test_allocation_failed();
        test_fail_allocation(0, false);
        CHECK(status == (failed ? TLEE_ERR_NOMEM : TLEE_OK), "%s, allocation %zu: status %d", path,
              nth, (int)status);
        CHECK(test_live_blocks() == blocks, "%s, allocation %zu: %zu blocks, before %zu", path, nth,
              test_live_blocks(), blocks);
        CHECK(video_open_descriptors() == descriptors, "%s, allocation %zu: descriptors", path,
              nth);
    } while (failed && nth < 200);
    CHECK(nth > 4 && pictures == expected, "%s: %zu allocations, %zu pictures not %zu", path,
          nth - 1, pictures, expected);
}

void video_check_memory(void) {
    char root[] = "/tmp/tlee-test-XXXXXX", folder[PATH_BYTES], file[PATH_BYTES];
    size_t warnings = 0;
    struct tlee_video_options options;
    make_videos(root);
    snprintf(folder, sizeof folder, "%s/folder", root);
    snprintf(file, sizeof file, "%s/video.y4m", root);
    tlee_video_options_default(&options);
    options.frames = 4;
    options.warn = video_count_warning;
    options.warn_cookie = &warnings;
    check_failing(folder, &options, 4);
    check_failing(file, &options, 4);
    check_failing("-", &options, 4);
    options.count = 2;
    check_failing("-", &options, 4);
    options.count = 9; /* frames that are not there */
    warnings = 0;
    check_failing(file, &options, 4);
    CHECK(warnings > 0, "frame 1 took a place without a warning");
    options.sequential = 1;
    options.frames = 0;
    check_failing(folder, &options, FILES);
    check_failing("-", &options, 2);
    remove_videos(root);
}

static void expect_argument(const char *path, const struct tlee_video_options *options,
                            const char *what) {
    struct tlee_error error = {.message = ""};
    tlee_video *video = (tlee_video *)&error; /* must become NULL */
    CHECK(tlee_video_open(path, options, &video, &error) == TLEE_ERR_ARG && !video &&
              error.status == TLEE_ERR_ARG && error.message[0],
          "%s is accepted", what);
}

void video_check_options(void) {
    const size_t order[] = {1, 0, 2}, no_order[] = {1, 1, 2};
    struct tlee_video_options good, bad;
    tlee_video_options_default(&good);
    CHECK(good.size == sizeof good && good.frames == 10 && good.every == 1 && !good.order &&
              !good.sequential && good.matrix == TLEE_MATRIX_BT601 && !good.count,
          "the defaults");
    bad = good;
    bad.size--;
    expect_argument("x", &bad, "a struct that is too small");
    bad = good;
    bad.frames = 1;
    expect_argument("x", &bad, "one frame");
    bad = good;
    bad.frames = 3;
    bad.order = no_order;
    expect_argument("x", &bad, "no permutation");
    bad = good;
    bad.matrix = (enum tlee_matrix)2;
    expect_argument("x", &bad, "another matrix");
    bad = good;
    bad.sequential = 1;
    bad.every = 0;
    expect_argument("x", &bad, "every 0th frame");
    expect_argument(NULL, &good, "no path");
    bad = good;
    bad.size += 8;
    expect_argument("x", &bad, "options of another version");
    CHECK(tlee_video_open("x", &good, NULL, NULL) == TLEE_ERR_ARG, "no place for the video");
    tlee_video *video = NULL;
    tlee_video_close(&video);
    tlee_video_close(NULL);
    good.frames = 3;
    good.order = order;
    struct tlee_error error;
    CHECK(tlee_video_open("/nonexistent/x.y4m", &good, &video, &error) == TLEE_ERR_IO &&
              strstr(error.message, "No such file") && !strstr(error.message, "nonexistent"),
          "a missing file: %s", error.message);
    CHECK(tlee_video_open("", &good, &video, &error) == TLEE_ERR_IO, "no name");
}
