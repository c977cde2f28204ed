/* SPDX-License-Identifier: MIT */
/* A file that takes another's place once it is whole. */
#include "memory.h"
#include "status.h"
#include "weights_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SUFFIX_CHARS = 48,
    TRIES = 100 /* names that an earlier process of the same number left behind */
};

enum tlee_status tlee_replacement_begin(struct tlee_replacement *replacement, const char *path,
                                        const struct tlee_allocator *allocator,
                                        struct tlee_error *error) {
    struct stat about;
    *replacement = (struct tlee_replacement){.fd = -1};
    if (!stat(path, &about) && !S_ISREG(about.st_mode))
        return tlee_fail(error, TLEE_ERR_IO, -1, "is there and is not a regular file");
    size_t room = strlen(path) + SUFFIX_CHARS;
    replacement->path = tlee_alloc(allocator, room);
    if (!replacement->path)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory");
    for (int i = 0; i < TRIES && replacement->fd < 0; i++) {
        snprintf(replacement->path, room, "%s.%ld-%d.part", path, (long)getpid(), i);
        replacement->fd = open(replacement->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (replacement->fd < 0 && errno != EEXIST)
            break;
    }
    if (replacement->fd >= 0)
        return TLEE_OK;
    tlee_free(allocator, replacement->path);
    return tlee_fail_errno(error, errno, "no file can be made beside it");
}

enum tlee_status tlee_replacement_write(struct tlee_replacement *replacement, const void *bytes,
                                        size_t count, struct tlee_error *error) {
    const unsigned char *at = bytes;
    while (count) {
        ssize_t written = write(replacement->fd, at, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return tlee_fail_errno(error, errno, "byte %llu cannot be written",
                                   (unsigned long long)replacement->bytes);
        at += written;
        count -= (size_t)written;
        replacement->bytes += (uint64_t)written;
    }
    return TLEE_OK;
}

enum tlee_status tlee_replacement_end(struct tlee_replacement *replacement, const char *path,
                                      const struct tlee_allocator *allocator,
                                      enum tlee_status status, struct tlee_error *error) {
    /* Some systems tell only now that there was no room. */
    if (!status && fsync(replacement->fd) && errno != EINVAL)
        status = tlee_fail_errno(error, errno, "cannot be written");
    if (close(replacement->fd) && !status)
        status = tlee_fail_errno(error, errno, "cannot be written");
    if (!status && rename(replacement->path, path))
        status = tlee_fail_errno(error, errno, "cannot be put in place");
    if (status)
        unlink(replacement->path);
    tlee_free(allocator, replacement->path);
    return status;
}
