/* SPDX-License-Identifier: MIT */
/* The Y4M reader, on valid, damaged and hostile bytes, from files and from pipes. */
#include "y4m.h"

#include "test.h"
#include "video_checks.h"
#include "y4m_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum tlee_status parse(const char *line, size_t length, struct tlee_yuv_format *format,
                              bool *interlaced, struct tlee_error *error) {
    *format = (struct tlee_yuv_format){.matrix = TLEE_MATRIX_BT709};
    *error = (struct tlee_error){.message = ""};
    return tlee_y4m_parse_header(line, length, format, interlaced, error);
}

static void expect_layout(const char *tags, bool mono, bool half_x, bool half_y, bool centre_x,
                          bool centre_y, bool full) {
    char line[200];
    struct tlee_yuv_format format;
    struct tlee_error error;
    bool interlaced;
    snprintf(line, sizeof line, "YUV4MPEG2 W5 H3 F30:1 Ip A1:1%s", tags);
    enum tlee_status status = parse(line, strlen(line), &format, &interlaced, &error);
    CHECK(!status, "%s: %s", tags, error.message);
    CHECK(format.width == 5 && format.height == 3 && format.matrix == TLEE_MATRIX_BT709 &&
              !interlaced && format.mono == mono && format.full_range == full,
          "%s", tags);
    CHECK(mono || (format.half_x == half_x && format.half_y == half_y), "%s: size", tags);
    CHECK(mono || !half_x || format.centre_x == centre_x, "%s: columns", tags);
    CHECK(mono || !half_y || format.centre_y == centre_y, "%s: rows", tags);
}

static void expect_refused(const char *line, size_t length, enum tlee_status wanted,
                           const char *part) {
    struct tlee_yuv_format format;
    struct tlee_error error;
    bool interlaced;
    enum tlee_status status = parse(line, length, &format, &interlaced, &error);
    CHECK(status == wanted && strstr(error.message, part),
          "%.60s: status %d, \"%s\" without \"%s\"", line, (int)status, error.message, part);
}

#define REFUSED(line, status, part) expect_refused(line, sizeof(line) - 1, status, part)

void video_check_y4m_header(void) {
    expect_layout("", false, true, true, true, true, false);
    expect_layout(" C420jpeg", false, true, true, true, true, false);
    expect_layout(" C420", false, true, true, true, true, false);
    expect_layout(" C420mpeg2", false, true, true, false, true, false);
    expect_layout(" C420paldv", false, true, true, false, false, false);
    expect_layout(" C422", false, true, false, false, false, false);
    expect_layout(" C444 XYSCSS=444", false, false, false, false, false, false);
    expect_layout(" Cmono", true, false, false, false, false, false);
    expect_layout("  C420mpeg2  XCOLORRANGE=FULL ", false, true, true, false, true, true);
    expect_layout(" XCOLORRANGE=LIMITED", false, true, true, true, true, false);
    expect_layout(" I?", false, true, true, true, true, false);
    struct tlee_yuv_format format;
    struct tlee_error error;
    bool interlaced = false;
    CHECK(!parse("YUV4MPEG2 W1 H1 It", 18, &format, &interlaced, &error) && interlaced, "fields");
    REFUSED("", TLEE_ERR_FORMAT, "YUV4MPEG2");
    REFUSED("YUV4MPEG", TLEE_ERR_FORMAT, "YUV4MPEG2");
    REFUSED("YUV4MPEG2W1 H1", TLEE_ERR_FORMAT, "YUV4MPEG2");
    REFUSED("RIFF", TLEE_ERR_FORMAT, "YUV4MPEG2");
    REFUSED("YUV4MPEG2", TLEE_ERR_FORMAT, "width");
    REFUSED("YUV4MPEG2 H4", TLEE_ERR_FORMAT, "width");
    REFUSED("YUV4MPEG2 W4", TLEE_ERR_FORMAT, "height");
    REFUSED("YUV4MPEG2 W0 H4", TLEE_ERR_FORMAT, "width");
    REFUSED("YUV4MPEG2 W H4", TLEE_ERR_FORMAT, "width");
    REFUSED("YUV4MPEG2 W-4 H4", TLEE_ERR_FORMAT, "width");
    REFUSED("YUV4MPEG2 W4\0 H4", TLEE_ERR_FORMAT, "width");
    REFUSED("YUV4MPEG2 W4 H16385", TLEE_ERR_FORMAT, "16385");
    REFUSED("YUV4MPEG2 W4 H99999999999999999999999", TLEE_ERR_FORMAT, "height");
    REFUSED("YUV4MPEG2 W4 H4294967297", TLEE_ERR_FORMAT, "height");
    REFUSED("YUV4MPEG2 W4 H4 Q1", TLEE_ERR_FORMAT, "Q1");
    REFUSED("YUV4MPEG2 W4 H4 \0", TLEE_ERR_FORMAT, "unknown");
    REFUSED("YUV4MPEG2 W4 H4 C420p10", TLEE_ERR_UNSUPPORTED, "C420p10");
    REFUSED("YUV4MPEG2 W4 H4 C411", TLEE_ERR_UNSUPPORTED, "C411");
    REFUSED("YUV4MPEG2 W4 H4 C444alpha", TLEE_ERR_UNSUPPORTED, "C444alpha");
    REFUSED("YUV4MPEG2 W4 H4 C420jpegx", TLEE_ERR_UNSUPPORTED, "C420jpegx");
    REFUSED("YUV4MPEG2 W4 H4 XCOLORRANGE=BOGUS", TLEE_ERR_UNSUPPORTED, "XCOLORRANGE=BOGUS");
    REFUSED("YUV4MPEG2 W4 H4 C", TLEE_ERR_UNSUPPORTED, "C;");
    REFUSED("YUV4MPEG2 W4 H4 Cmono\0", TLEE_ERR_UNSUPPORTED, "Cmono");
}

/* What reading a video to its end gives. */
struct outcome {
    enum tlee_status status;
    size_t count, frames, warnings;
    unsigned sum; /* over the first pixels of all frames */
    struct tlee_error error;
};

/* way 0: a file, 1: a pipe that is spooled, 2: a pipe read in sequence. */
static struct outcome read_all(const void *bytes, size_t length, int way) {
    struct outcome outcome = {.error = {.message = ""}};
    struct tlee_video_options options;
    tlee_video_options_default(&options);
    options.sequential = way == 2;
    options.warn = video_count_warning;
    options.warn_cookie = &outcome.warnings;
    struct tlee_source *source;
    struct tlee_image image = {0};
    int fd = way ? video_pipe(bytes, length) : video_file(bytes, length);
    outcome.status = tlee_y4m_open(fd, &options, &source, &outcome.error);
    if (outcome.status)
        return outcome;
    outcome.count = source->count;
    do {
        outcome.status = source->read(source, outcome.frames + 1, &image, &outcome.error);
        outcome.frames += !outcome.status && image.width;
        outcome.sum += !outcome.status && image.width ? image.rgb[0] * (unsigned)outcome.frames : 0;
    } while (!outcome.status && image.width);
    tlee_image_free(&image);
    source->close(source);
    return outcome;
}

static void expect_frames(const char *text, size_t length, size_t frames, size_t warnings,
                          unsigned sum) {
    for (int way = 0; way < 3; way++) {
        struct outcome outcome = read_all(text, length, way);
        CHECK(!outcome.status && outcome.frames == frames && outcome.warnings == warnings,
              "%.60s, way %d: status %d \"%s\", %zu frames, %zu warnings", text, way,
              (int)outcome.status, outcome.error.message, outcome.frames, outcome.warnings);
        CHECK(outcome.count == (way == 2 ? 0 : frames), "way %d: N = %zu", way, outcome.count);
        CHECK(outcome.sum == sum, "way %d: other pixels, %u not %u", way, outcome.sum, sum);
    }
}

static void expect_failure(const char *text, size_t length, const char *part) {
    for (int way = 0; way < 3; way++) {
        struct outcome outcome = read_all(text, length, way);
        CHECK(outcome.status == TLEE_ERR_FORMAT && strstr(outcome.error.message, part),
              "%.60s, way %d: status %d \"%s\"", text, way, (int)outcome.status,
              outcome.error.message);
    }
}

#define HEADER "YUV4MPEG2 W2 H1 Cmono XCOLORRANGE=FULL\n"
#define FRAMES(text, count, warnings, sum)                                                         \
    expect_frames(text, sizeof(text) - 1, count, warnings, sum)
#define FAILURE(text, part) expect_failure(text, sizeof(text) - 1, part)

/* Any length and any byte, in all ways: an answer, whichever. */
static void check_damage(void) {
    static const char whole[] = HEADER "FRAME\n12FRAME I\n34FRAME\n56";
    const size_t length = sizeof whole - 1;
    char text[sizeof whole];
    size_t answers = 0;
    for (size_t cut = 0; cut < length; cut++)
        for (int way = 0; way < 3; way++) {
            struct outcome outcome = read_all(whole, cut, way);
            answers += outcome.status == TLEE_OK || outcome.status == TLEE_ERR_FORMAT;
        }
    CHECK(answers == 3 * length, "%zu answers to %zu cuts", answers, 3 * length);
    static const int bytes[] = {0, ' ', '\n', '0', 'A', 0xff};
    answers = 0;
    for (size_t at = 0; at < length; at++)
        for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
            memcpy(text, whole, sizeof whole);
            text[at] = (char)bytes[i];
            for (int way = 0; way < 3; way++)
                answers += read_all(text, length, way).status <= TLEE_ERR_UNSUPPORTED;
        }
    CHECK(answers == 3 * length * sizeof bytes / sizeof bytes[0], "%zu answers", answers);
}

static void check_long_lines(void) {
    enum {
        LENGTH = 3000
    };
    char *text = malloc(LENGTH);
    memset(text, 'x', LENGTH);
    memcpy(text, "YUV4MPEG2 W2 H1 X", 17);
    FAILURE("YUV4MPEG2 W2 H1 Cmono", "no end of the line");
    expect_failure(text, LENGTH, "no end of the line");
    memcpy(text, HEADER "FRAME ", sizeof HEADER - 1 + 6);
    expect_failure(text, LENGTH, "no FRAME line");
    memcpy(text + 900, "\n12", 3);
    expect_frames(text, 903, 1, 0, '1');
    free(text);
}

void video_check_y4m(void) {
    size_t before = video_open_descriptors();
    FRAMES(HEADER "FRAME\n12", 1, 0, '1');
    FRAMES(HEADER "FRAME\n12FRAME\n34FRAME\n56", 3, 0, '1' + 2 * '3' + 3 * '5');
    FRAMES(HEADER "FRAME\n12FRAME Ip Xa b\n34FRAME \n56", 3, 0, '1' + 2 * '3' + 3 * '5');
    FRAMES(HEADER "FRAME\n12FRAME\n3", 1, 1, '1');
    FRAMES(HEADER "FRAME\n12FRAME\n", 1, 1, '1');
    FRAMES(HEADER "FRAME\n12FRAME", 1, 1, '1');
    FRAMES(HEADER "FRAME\n12FR", 1, 1, '1');
    FRAMES("YUV4MPEG2 W2 H1 Cmono XCOLORRANGE=FULL Ib\nFRAME\n12", 1, 1, '1');
    FAILURE("", "YUV4MPEG2");
    FAILURE(HEADER, "no frame");
    FAILURE(HEADER "FRAME\n1", "no frame");
    FAILURE(HEADER "FRAM", "no frame");
    FAILURE(HEADER "frame\n12", "no FRAME line");
    FAILURE(HEADER "FRAMES\n12", "no FRAME line");
    FAILURE(HEADER "FRAME\n12FRAME\n34\nFRAME\n56", "frame 3");
    FAILURE(HEADER "FRAME\n12garbage\n", "frame 2");
    FAILURE("YUV4MPEG2 W16384 H16384 C444\nFRAME\n12", "no frame");
    check_damage();
    check_long_lines();
    CHECK(video_open_descriptors() == before, "%zu descriptors, before %zu",
          video_open_descriptors(), before);
}
