/* SPDX-License-Identifier: MIT */
/*
 * Frames come back as a sequence of PPM pictures, so that each tells its own size. Where they have
 * to be counted the file is decoded twice, the first time without conversion: what decodes counts,
 * since headers may be wrong.
 */
#include "ffmpeg.h"

#include "child.h"
#include "ppm.h"
#include "status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Frames neither doubled nor dropped. ffmpeg 9 knows only the new name, those before 5.1 only the
 * old one (FFmpeg commits 09c53a04c5 and 927ffd0930). */
static const char old_sync_option[] = "-vsync", new_sync_option[] = "-fps_mode";

struct ffmpeg {
    struct tlee_source base;
    const struct tlee_video_options *options;
    struct tlee_child child;
    struct tlee_byte_stream stream; /* the child's standard output */
    const char *sync_option;
    bool picture; /* one picture is wanted, from an image file */
    bool began, ended;
    size_t frames; /* read so far */
    char *input;   /* "file:" and the path */
};

/* Appends a NULL-ended list. */
static size_t append(const char **arguments, size_t count, const char *const *more) {
    while (*more)
        arguments[count++] = *more++;
    return count;
}

static enum tlee_status start(struct ffmpeg *ffmpeg, bool count_only, struct tlee_error *error) {
    static const char *const program[] = {
        "ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", NULL};
    /* A '%' in any part of the path would have ffmpeg look for a numbered series of images. */
    static const char *const literal_name[] = {"-f", "image2", "-pattern_type", "none", NULL};
    const char *const input[] = {"-i",  ffmpeg->input,       "-an",         "-sn",
                                 "-dn", ffmpeg->sync_option, "passthrough", NULL};
    static const char *const one[] = {"-frames:v", "1", NULL};
    static const char *const to_count[] = {"-f", "framecrc", "pipe:1", NULL};
    static const char *const to_rgb[] = {"-sws_flags", "accurate_rnd+full_chroma_int",
                                         "-pix_fmt",   "rgb24",
                                         "-c:v",       "ppm",
                                         "-f",         "image2pipe",
                                         "pipe:1",     NULL};
    const char *arguments[40] = {NULL};
    size_t count = append(arguments, 0, program);
    if (ffmpeg->picture && strchr(ffmpeg->input, '%'))
        count = append(arguments, count, literal_name);
    count = append(arguments, count, input);
    if (ffmpeg->picture)
        count = append(arguments, count, one);
    append(arguments, count, count_only ? to_count : to_rgb);
    enum tlee_status status = tlee_child_start(&ffmpeg->child, arguments, error);
    tlee_byte_stream_over(&ffmpeg->stream, tlee_child_read, &ffmpeg->child);
    return status;
}

static enum tlee_status no_program(struct tlee_error *error) {
    return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                     "the ffmpeg program, which decodes this kind of file, cannot be run: install "
                     "it, or convert the video to a .y4m file or a folder of .ppm images");
}

/* The last line on standard error without what it begins with: the part of ffmpeg and its address,
 * or the input's name. Empty: nothing to report. */
static const char *report(const struct ffmpeg *ffmpeg) {
    const char *line = ffmpeg->child.line, *end;
    size_t length = strlen(ffmpeg->input);
    /* Of no consequence: image2pipe writes no time stamps, but is told of those that coincide. */
    if (strstr(line, "non monotonically increasing dts"))
        return "";
    if (strncmp(line, ffmpeg->input, length) == 0 && line[length] == ':' && line[length + 1] == ' ')
        line += length + 2;
    while (*line == '[' && (end = strstr(line, "] ")) != NULL)
        line = end + 2;
    return line;
}

/* The same as the reason of a failure. */
static const char *reason(const struct ffmpeg *ffmpeg) {
    const char *line = report(ffmpeg);
    return *line ? line : "it does not say why";
}

static enum tlee_status no_frame(const struct ffmpeg *ffmpeg, struct tlee_error *error) {
    /* The shell's status for a program that is not there: what a posix_spawn gives whose child
     * learns of it too late. */
    if (ffmpeg->child.result == 127 && !ffmpeg->child.line[0])
        return no_program(error);
    return tlee_fail(error, TLEE_ERR_FORMAT, -1, "ffmpeg decodes no picture of it (status %d): %s",
                     ffmpeg->child.result, reason(ffmpeg));
}

/* Starts ffmpeg and waits for its first output. */
static enum tlee_status begin(struct ffmpeg *ffmpeg, bool count_only, struct tlee_error *error) {
    for (;;) {
        enum tlee_status status = start(ffmpeg, count_only, error);
        if (status)
            return status == TLEE_ERR_UNSUPPORTED ? no_program(error) : status;
        if (!tlee_byte_stream_at_end(&ffmpeg->stream))
            return TLEE_OK;
        bool good = tlee_child_finish(&ffmpeg->child);
        if (good || ffmpeg->sync_option == new_sync_option ||
            !strstr(ffmpeg->child.line, "Option not found"))
            return no_frame(ffmpeg, error);
        ffmpeg->sync_option = new_sync_option;
    }
}

static enum tlee_status begin_frames(struct ffmpeg *ffmpeg, struct tlee_error *error) {
    ffmpeg->began = true;
    return begin(ffmpeg, false, error);
}

/* Waits for ffmpeg's end after its output, and judges it. */
static enum tlee_status finish(struct ffmpeg *ffmpeg, size_t frames, struct tlee_error *error) {
    bool good = tlee_child_finish(&ffmpeg->child);
    if (!frames)
        return no_frame(ffmpeg, error);
    if (!good)
        tlee_warn(ffmpeg->options,
                  "ffmpeg fails after frame %zu (status %d), where the video ends: %s", frames,
                  ffmpeg->child.result, reason(ffmpeg));
    else if (*report(ffmpeg))
        tlee_warn(ffmpeg->options, "ffmpeg decodes %zu frames, but reports: %s", frames,
                  report(ffmpeg));
    return TLEE_OK;
}

/* The framecrc format has a line for each frame, which begins with the number of its stream, and
 * comments that begin with '#'. */
static enum tlee_status count_frames(struct ffmpeg *ffmpeg, struct tlee_error *error) {
    size_t count = 0;
    enum tlee_status status = begin(ffmpeg, true, error);
    if (status)
        return status;
    for (int first = 0, byte; (byte = tlee_byte_stream_get(&ffmpeg->stream)) >= 0;) {
        if (!first)
            first = byte;
        if (first != '#' && (first < '0' || first > '9')) {
            tlee_child_stop(&ffmpeg->child);
            return tlee_fail(error, TLEE_ERR_FORMAT, -1,
                             "the ffmpeg program prints something else than a list of frames");
        }
        if (byte != '\n')
            continue;
        if (first != '#')
            count++;
        first = 0;
    }
    ffmpeg->base.count = count;
    return finish(ffmpeg, count, error);
}

/* Reads the next frame; where there is none any more, image->width becomes 0. A frame that is cut
 * short is none: ffmpeg failed within it. */
static enum tlee_status read_frame(struct ffmpeg *ffmpeg, struct tlee_image *image,
                                   struct tlee_error *error) {
    if (!tlee_byte_stream_at_end(&ffmpeg->stream)) {
        enum tlee_status status = tlee_ppm_read(&ffmpeg->stream, image, error);
        if (!status)
            ffmpeg->frames++;
        if (!status || status == TLEE_ERR_NOMEM || !ffmpeg->stream.ended)
            return status;
    }
    image->width = image->height = 0;
    ffmpeg->ended = true;
    /* Whoever counted has been warned already. */
    return ffmpeg->base.count ? TLEE_OK : finish(ffmpeg, ffmpeg->frames, error);
}

static enum tlee_status read_ffmpeg(struct tlee_source *source, size_t number,
                                    struct tlee_image *image, struct tlee_error *error) {
    struct ffmpeg *ffmpeg = (struct ffmpeg *)source;
    enum tlee_status status = TLEE_OK;
    image->width = image->height = 0;
    if (!ffmpeg->began)
        status = begin_frames(ffmpeg, error);
    while (!status && !ffmpeg->ended && ffmpeg->frames < number)
        status = read_frame(ffmpeg, image, error);
    if (status) {
        tlee_child_stop(&ffmpeg->child);
        ffmpeg->ended = true;
    }
    return status;
}

static void close_ffmpeg(struct tlee_source *source) {
    struct ffmpeg *ffmpeg = (struct ffmpeg *)source;
    tlee_child_stop(&ffmpeg->child);
    free(ffmpeg->input);
    free(ffmpeg);
}

static enum tlee_status check_input(const char *path, bool twice, struct tlee_error *error) {
    struct stat info;
    if (stat(path, &info) != 0 || access(path, R_OK) != 0)
        return tlee_fail_errno(error, errno, "cannot be opened");
    if (twice && !S_ISREG(info.st_mode))
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                         "not a regular file: ffmpeg cannot decode it twice, which counting the "
                         "frames takes; take them in sequence, or pipe it in as Y4M");
    return TLEE_OK;
}

static enum tlee_status create(const char *path, const struct tlee_video_options *options,
                               struct ffmpeg **out, struct tlee_error *error) {
    static const char protocol[] = "file:";
    *out = NULL;
    struct ffmpeg *ffmpeg = calloc(1, sizeof *ffmpeg);
    char *input = malloc(sizeof protocol + strlen(path));
    if (!ffmpeg || !input) {
        free(ffmpeg);
        free(input);
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for running ffmpeg");
    }
    strcpy(input, protocol);
    strcat(input, path);
    ffmpeg->base =
        (struct tlee_source){.forward = true, .read = read_ffmpeg, .close = close_ffmpeg};
    ffmpeg->options = options;
    ffmpeg->child = (struct tlee_child){.output = -1, .errors = -1};
    ffmpeg->sync_option = old_sync_option;
    ffmpeg->input = input;
    *out = ffmpeg;
    return TLEE_OK;
}

enum tlee_status tlee_ffmpeg_open(const char *path, const struct tlee_video_options *options,
                                  struct tlee_source **out, struct tlee_error *error) {
    const bool counting = !options->sequential && !options->count;
    struct ffmpeg *ffmpeg;
    *out = NULL;
    enum tlee_status status = check_input(path, counting, error);
    if (!status)
        status = create(path, options, &ffmpeg, error);
    if (status)
        return status;
    status = counting ? count_frames(ffmpeg, error) : begin_frames(ffmpeg, error);
    if (status)
        close_ffmpeg(&ffmpeg->base);
    else
        *out = &ffmpeg->base;
    return status;
}

enum tlee_status tlee_ffmpeg_picture(const char *path, const char *name,
                                     const struct tlee_video_options *options,
                                     struct tlee_image *image, struct tlee_error *error) {
    struct ffmpeg *ffmpeg;
    enum tlee_status status = create(path, options, &ffmpeg, error);
    if (status)
        return status;
    ffmpeg->picture = true;
    status = read_ffmpeg(&ffmpeg->base, 1, image, error);
    if (!status) {
        tlee_byte_stream_skip(&ffmpeg->stream, UINT64_MAX);
        tlee_child_finish(&ffmpeg->child);
        if (*report(ffmpeg))
            tlee_warn(options, "%s: ffmpeg decodes it, but reports: %s", name, report(ffmpeg));
    }
    close_ffmpeg(&ffmpeg->base);
    return status;
}
