/* SPDX-License-Identifier: MIT */
#include "tlee_video.h"

#include "ffmpeg.h"
#include "folder.h"
#include "kept.h"
#include "memory.h"
#include "sampling.h"
#include "status.h"
#include "y4m.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct tlee_video {
    struct tlee_video_options options; /* without the order, which is the caller's; warn_once */
    void (*warn)(void *cookie, const char *message); /* the caller's */
    void *warn_cookie;
    struct tlee_source *source;
    size_t count;            /* N; 0: unknown */
    size_t *numbers;         /* frames[options.frames] in processing order; NULL: sequential */
    struct tlee_kept kept;   /* when the source reads forward only */
    struct tlee_image image; /* else */
    size_t position;         /* pictures handed out */
    size_t reading;          /* number of the frame at hand; 0: none yet */
    bool ended;
};

void tlee_video_options_default(struct tlee_video_options *options) {
    *options = (struct tlee_video_options){
        .size = sizeof *options, .frames = 10, .every = 1, .matrix = TLEE_MATRIX_BT601};
}

static enum tlee_status check_options(const struct tlee_video_options *options,
                                      struct tlee_error *error) {
    if (options->size != sizeof *options)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "video options of %zu bytes, not %zu",
                         options->size, sizeof *options);
    if (options->matrix != TLEE_MATRIX_BT601 && options->matrix != TLEE_MATRIX_BT709)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "unknown colour matrix %d", (int)options->matrix);
    if (options->sequential && !options->every)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "every 0th frame cannot be taken");
    if (!options->sequential && options->frames < 2)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "%zu frames cannot be sampled; 2 or more can",
                         options->frames);
    if (!options->sequential && options->order &&
        !tlee_is_permutation(options->order, options->frames))
        return tlee_fail(error, TLEE_ERR_ARG, -1, "the order is no permutation of 0..%zu",
                         options->frames - 1);
    return TLEE_OK;
}

/* What is wrong with a frame is told the first time that it is read, however often it is sampled or
 * takes another's place. */
static void warn_once(void *cookie, const char *message) {
    const struct tlee_video *video = cookie;
    /* Frame 1 is read before all others: in a sequence, and in check_first_frame. */
    bool told = video->reading == 1 &&
                (video->options.sequential ? video->position > 0 : !video->source->forward);
    for (size_t i = 0; video->numbers && i < video->position; i++)
        told = told || video->numbers[i] == video->reading;
    if (!told)
        video->warn(video->warn_cookie, message);
}

static bool is_named_y4m(const char *path) {
    size_t length = strlen(path);
    return length >= 4 && strcasecmp(path + length - 4, ".y4m") == 0;
}

static enum tlee_status open_source(const char *path, const struct tlee_video_options *options,
                                    struct tlee_source **out, struct tlee_error *error) {
    struct stat info;
    int fd;
    if (strcmp(path, "-") == 0) {
        fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
        if (fd < 0)
            return tlee_fail_errno(error, errno, "standard input");
        return tlee_y4m_open(fd, options, out, error);
    }
    if (stat(path, &info) != 0)
        return tlee_fail_errno(error, errno, "cannot be opened");
    if (S_ISDIR(info.st_mode))
        return tlee_folder_open(path, options, out, error);
    if (!is_named_y4m(path))
        return tlee_ffmpeg_open(path, options, out, error);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return tlee_fail_errno(error, errno, "cannot be opened");
    return tlee_y4m_open(fd, options, out, error);
}

/* The sampled frames' numbers, in processing order, and the keeper of frames if one is needed. */
static enum tlee_status sample(tlee_video *video, const size_t *order, struct tlee_error *error) {
    const size_t frames = video->options.frames;
    enum tlee_status status = TLEE_OK;
    size_t *sampled = calloc(frames, sizeof *sampled);
    video->numbers = calloc(frames, sizeof *video->numbers);
    if (!sampled || !video->numbers) {
        status = tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for %zu frames", frames);
        goto done;
    }
    tlee_sample_frames(video->count, frames, sampled);
    for (size_t k = 0; k < frames; k++)
        video->numbers[k] = sampled[order ? order[k] : k];
    if (video->source->forward)
        status = tlee_kept_init(&video->kept, video->source, sampled, frames, error);
done:
    free(sampled);
    return status;
}

/* The video fails without frame 1 (spec section 2), wherever it would be decided: so this is found
 * out first where it can be. Forward sources end at the first frame that they cannot read. */
static enum tlee_status check_first_frame(tlee_video *video, struct tlee_error *error) {
    struct tlee_error why = {.offset = -1, .message = "there is no such frame"};
    if (video->source->forward)
        return TLEE_OK;
    enum tlee_status status = video->source->read(video->source, 1, &video->image, &why);
    if (!status && video->image.width)
        return TLEE_OK;
    return tlee_fail(error, status ? status : TLEE_ERR_FORMAT, why.offset, "frame 1: %s",
                     why.message);
}

enum tlee_status tlee_video_open(const char *path, const struct tlee_video_options *options,
                                 tlee_video **out, struct tlee_error *error) {
    if (out)
        *out = NULL;
    if (!path || !out)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    struct tlee_video_options defaults;
    tlee_video_options_default(&defaults);
    options = options ? options : &defaults;
    enum tlee_status status = check_options(options, error);
    if (status)
        return status;
    tlee_video *video = calloc(1, sizeof *video);
    if (!video)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for a video");
    video->options = *options;
    video->options.order = NULL;
    if (options->warn) {
        video->warn = options->warn;
        video->warn_cookie = options->warn_cookie;
        video->options.warn = warn_once;
        video->options.warn_cookie = video;
    }
    status = open_source(path, &video->options, &video->source, error);
    if (!status && !options->sequential) {
        video->count = options->count ? options->count : video->source->count;
        status = sample(video, options->order, error);
        if (!status)
            status = check_first_frame(video, error);
    }
    if (status)
        tlee_video_close(&video);
    *out = video;
    return status;
}

void tlee_video_close(tlee_video **video) {
    if (!video || !*video)
        return;
    tlee_kept_free(&(*video)->kept);
    tlee_image_free(&(*video)->image);
    if ((*video)->source)
        (*video)->source->close((*video)->source);
    free((*video)->numbers);
    free(*video);
    *video = NULL;
}

size_t tlee_video_count(const tlee_video *video) {
    return video->count;
}

/* Reads a frame; without one of that number, OK and width = 0. */
static enum tlee_status read_frame(tlee_video *video, size_t number,
                                   const struct tlee_image **image, struct tlee_error *error) {
    video->reading = number;
    if (video->kept.source)
        return tlee_kept_read(&video->kept, number, image, error);
    *image = &video->image;
    return video->source->read(video->source, number, &video->image, error);
}

/* Reads frame 1 in place of one that cannot be read, because of `why`. */
static enum tlee_status read_replacement(tlee_video *video, size_t number, const char *why,
                                         const struct tlee_image **image,
                                         struct tlee_error *error) {
    struct tlee_error first = {.offset = -1, .message = "there is no such frame"};
    enum tlee_status status = TLEE_ERR_FORMAT;
    if (number != 1) {
        status = read_frame(video, 1, image, &first);
        if (!status && !(*image)->width)
            status = TLEE_ERR_FORMAT;
    }
    if (status && number == 1)
        return tlee_fail(error, status, first.offset, "frame 1: %s", why);
    if (status)
        return tlee_fail(error, status, first.offset, "frame %zu: %.120s; frame 1 in its place: %s",
                         number, why, first.message);
    video->reading = number;
    tlee_warn(&video->options, "frame %zu is replaced by frame 1: %s", number, why);
    return TLEE_OK;
}

enum tlee_status tlee_video_next(tlee_video *video, struct tlee_picture *picture,
                                 struct tlee_error *error) {
    const struct tlee_video_options *options = &video->options;
    *picture = (struct tlee_picture){0};
    if (video->ended || (video->position == options->frames && options->frames))
        return TLEE_OK;
    size_t number;
    if (!options->sequential)
        number = video->numbers[video->position];
    else if (!tlee_size_mul(video->position, options->every, &number) ||
             !tlee_size_add(number, 1, &number))
        return TLEE_OK;
    const struct tlee_image *image;
    struct tlee_error why = {.offset = -1, .message = "there is no such frame"};
    enum tlee_status status = read_frame(video, number, &image, &why);
    if (options->sequential && !status && !image->width) {
        video->ended = true;
        return TLEE_OK;
    }
    bool replaceable = !options->sequential || !video->source->forward;
    if (replaceable && (tlee_is_unreadable(status) || (!status && !image->width)))
        status = read_replacement(video, number, why.message, &image, error);
    else if (status && error)
        *error = why;
    if (status)
        return status;
    video->position++;
    *picture = (struct tlee_picture){image->rgb, image->width, image->height, number};
    return TLEE_OK;
}
