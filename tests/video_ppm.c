/* SPDX-License-Identifier: MIT */
/* The picture reader, on valid, damaged and hostile bytes. */
#include "ppm.h"

#include "test.h"
#include "video_checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct tlee_byte_stream stream;

/* The same bytes all at once, byte by byte, and as a file whose length is known. */
static enum tlee_status read_bytes(const void *bytes, size_t length, int way,
                                   struct tlee_image *image, struct tlee_error *error) {
    struct video_bytes source = {bytes, length, 0, way == 1};
    int fd = way == 2 ? video_file(bytes, length) : -1;
    if (way == 2)
        tlee_byte_stream_over_fd(&stream, fd);
    else
        tlee_byte_stream_over(&stream, video_fill, &source);
    enum tlee_status status = tlee_ppm_read(&stream, image, error);
    if (way == 2)
        close(fd);
    return status;
}

static void expect_good(const char *text, size_t length, size_t width, size_t height,
                        const char *rgb) {
    for (int way = 0; way < 3; way++) {
        struct tlee_image image = {0};
        struct tlee_error error = {.message = ""};
        enum tlee_status status = read_bytes(text, length, way, &image, &error);
        if (CHECK(!status, "%.20s: %s", text, error.message)) {
            CHECK(image.width == width && image.height == height, "%.20s: %zu x %zu", text,
                  image.width, image.height);
            CHECK(memcmp(image.rgb, rgb, 3 * width * height) == 0, "%.20s: other pixels", text);
        }
        tlee_image_free(&image);
    }
}

static void expect_bad(const char *text, size_t length, const char *part) {
    for (int way = 0; way < 3; way++) {
        struct tlee_image image = {0};
        struct tlee_error error = {.message = ""};
        enum tlee_status status = read_bytes(text, length, way, &image, &error);
        CHECK(status == TLEE_ERR_FORMAT && strstr(error.message, part),
              "%.20s, way %d: status %d, \"%s\" without \"%s\"", text, way, (int)status,
              error.message, part);
        tlee_image_free(&image);
    }
}

#define GOOD(text, width, height, rgb) expect_good(text, sizeof(text) - 1, width, height, rgb)
#define BAD(text, part)                expect_bad(text, sizeof(text) - 1, part)

static void check_headers(void) {
    GOOD("P6\n2 1\n255\nabcdef", 2, 1, "abcdef");
    GOOD("P6 1 2 255 abcdef", 1, 2, "abcdef");
    GOOD("P6\t\r\n\v\f1\n\n2  255\n\nbcdef", 1, 2, "\nbcdef");
    GOOD("P6\n# a comment, 7 8 9\n2 # x\n#\n1\n255\nabcdef", 2, 1, "abcdef");
    GOOD("P6\n2 1#c\n255#c\nabcdef", 2, 1, "abcdef");
    GOOD("P6 0002 01 0255 abcdef and more", 2, 1, "abcdef");
    GOOD("P6 1 1 255 \0\0\xff", 1, 1, "\0\0\xff");
    GOOD("P5 3 1 255 abc", 3, 1, "aaabbbccc");
    GOOD("P5 1 3 255 abc", 1, 3, "aaabbbccc");
    BAD("", "end");
    BAD("P", "end");
    BAD("P6", "end");
    BAD("P3 1 1 255 1 2 3", "P6");
    BAD("P4 1 1 x", "P6");
    BAD("\x89PNG\r\n", "P6");
    BAD("P6 a", "width");
    BAD("P6 -1 1 255 abc", "width");
    BAD("P6 1 x 255 abc", "height");
    BAD("P6 1 1 x abc", "maxval");
    BAD("P6 1 1 254 abc", "254");
    BAD("P6 1 1 65535 abcdef", "65535");
    BAD("P6 1 1 0 abc", "maxval");
    BAD("P6 1\0 1 255 abc", "width");
    BAD("P6 0 1 255 abc", "0 x 1");
    BAD("P6 1 0 255 abc", "1 x 0");
    BAD("P6 16385 1 255 abc", "16385");
    BAD("P6 1 99999999999999999999999999 255 abc", "sides");
    BAD("P6 4294967297 1 255 abc", "sides");
    BAD("P6 16384 16384 255 abc", "end");
    BAD("P5 16384 16384 255 abc", "end");
    BAD("P6 2 1 255 abcde", "end");
    BAD("P5 2 1 255 a", "end");
    BAD("P6 2 1 255", "end");
}

static void check_long_comment(void) {
    enum {
        LENGTH = 70000
    };
    char *text = malloc(LENGTH);
    memset(text, 'c', LENGTH);
    memcpy(text, "P6\n#", 4);
    expect_bad(text, LENGTH, "longer than 65536 bytes");
    memcpy(text + 60000, "\n1 1 255\nabc", 12);
    expect_good(text, 60012, 1, 1, "abc");
    free(text);
}

/* One picture after the other, as ffmpeg sends them, into one image. */
static void check_sequence(void) {
    static const char text[] = "P6 2 2 255 abcdefghijklP5 1 1 255 mP6 1 1 255 nop";
    struct video_bytes source = {(const unsigned char *)text, sizeof text - 1, 0, 7};
    struct tlee_image image = {0};
    tlee_byte_stream_over(&stream, video_fill, &source);
    CHECK(!tlee_ppm_read(&stream, &image, NULL) && image.width == 2 && image.rgb[11] == 'l', "1st");
    CHECK(!tlee_ppm_read(&stream, &image, NULL) && image.width == 1 && image.rgb[2] == 'm', "2nd");
    CHECK(!tlee_byte_stream_at_end(&stream), "one more is to come");
    CHECK(!tlee_ppm_read(&stream, &image, NULL) && image.rgb[2] == 'p', "3rd");
    CHECK(tlee_byte_stream_at_end(&stream), "no more");
    CHECK(tlee_ppm_read(&stream, &image, NULL) == TLEE_ERR_FORMAT, "nothing there");
    tlee_image_free(&image);
}

/* Any byte anywhere, and any length: an answer, whichever. */
static void check_damage(void) {
    static const char whole[] = "P6\n#c\n3 2\n255\nabcdefghijklmnopqr";
    char text[sizeof whole];
    struct tlee_image image = {0};
    size_t answers = 0;
    for (size_t at = 0; at < sizeof whole - 1; at++)
        for (int byte = 0; byte < 256; byte++) {
            memcpy(text, whole, sizeof whole);
            text[at] = (char)byte;
            enum tlee_status status = read_bytes(text, sizeof whole - 1, 0, &image, NULL);
            answers += status == TLEE_OK || status == TLEE_ERR_FORMAT;
        }
    CHECK(answers == 256 * (sizeof whole - 1), "%zu answers", answers);
    for (size_t length = 0; length < sizeof whole - 1; length++)
        expect_bad(whole, length, "end");
    tlee_image_free(&image);
}

void video_check_ppm(void) {
    check_headers();
    check_long_comment();
    check_sequence();
    check_damage();
}
