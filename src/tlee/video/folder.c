/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include "ffmpeg.h"
#include "image_list.h"
#include "ppm.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
    struct tlee_source base;
    const struct tlee_video_options *options;
    struct tlee_image_list list;
    bool native; /* PPM or PGM */
    char *path;
    struct tlee_byte_stream stream;
};

/* Opens an image, which must be a regular file: a FIFO would never end. */
static enum tlee_status open_image(const char *path, const char *name, int *fd,
                                   struct tlee_error *error) {
    struct stat info;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return tlee_fail_errno(error, errno, "%s", name);
    enum tlee_status status = TLEE_OK;
    if (fstat(*fd, &info) != 0)
        status = tlee_fail_errno(error, errno, "%s", name);
    else if (!S_ISREG(info.st_mode))
        status = tlee_fail(error, TLEE_ERR_FORMAT, -1, "%s: not a regular file", name);
    if (status)
        close(*fd);
    return status;
}

static enum tlee_status read_image(struct folder *folder, const char *path, const char *name,
                                   struct tlee_image *image, struct tlee_error *error) {
    int fd;
    enum tlee_status status = open_image(path, name, &fd, error);
    if (status)
        return status;
    struct tlee_error why = {.offset = -1};
    if (folder->native) {
        tlee_byte_stream_over_fd(&folder->stream, fd);
        status = tlee_ppm_read(&folder->stream, image, &why);
    } else {
        status = tlee_ffmpeg_picture(path, name, folder->options, image, &why);
    }
    close(fd);
    if (status)
        tlee_fail(error, status, why.offset, "%.120s: %s", name, why.message);
    return status;
}

static enum tlee_status read_folder(struct tlee_source *source, size_t number,
                                    struct tlee_image *image, struct tlee_error *error) {
    struct folder *folder = (struct folder *)source;
    image->width = image->height = 0;
    if (number > folder->list.count)
        return TLEE_OK;
    const char *name = folder->list.files[number - 1].name;
    size_t bytes = strlen(folder->path) + strlen(name) + 2;
    char *path = malloc(bytes);
    if (!path)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for a file's name");
    snprintf(path, bytes, "%s/%s", folder->path, name);
    enum tlee_status status = read_image(folder, path, name, image, error);
    free(path);
    return status;
}

static void close_folder(struct tlee_source *source) {
    struct folder *folder = (struct folder *)source;
    tlee_image_list_free(&folder->list);
    free(folder->path);
    free(folder);
}

enum tlee_status tlee_folder_open(const char *path, const struct tlee_video_options *options,
                                  struct tlee_source **out, struct tlee_error *error) {
    *out = NULL;
    struct folder *folder = calloc(1, sizeof *folder);
    char *copy = malloc(strlen(path) + 1);
    if (!folder || !copy) {
        free(folder);
        free(copy);
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for the reader");
    }
    folder->base = (struct tlee_source){.read = read_folder, .close = close_folder};
    folder->options = options;
    folder->path = strcpy(copy, path);
    enum tlee_status status = tlee_image_list_read(&folder->list, path, options, error);
    if (status) {
        close_folder(&folder->base);
        return status;
    }
    folder->base.count = folder->list.count;
    folder->native = strcmp(folder->list.kind, "ppm") == 0 || strcmp(folder->list.kind, "pgm") == 0;
    *out = &folder->base;
    return TLEE_OK;
}
