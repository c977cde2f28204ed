/* SPDX-License-Identifier: MIT */
/* A file that takes another's place once it is whole. */
/* For O_TMPFILE. */
#define _GNU_SOURCE 1

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
    FD_PATH_BYTES = 32,
    TRIES = 100 /* names that an earlier process of the same number left behind */
};

/* Where an open file can be linked from: to do so by its number alone takes a privilege. */
static void put_fd_path(char place[FD_PATH_BYTES], int fd) {
    snprintf(place, FD_PATH_BYTES, "/proc/self/fd/%d", fd);
}

/* Opens a file without a name in path's folder. The system removes it whatever ends the process.
 * Returns -1 where there are none: on some file systems, before Linux 3.11, without /proc. */
static int open_nameless(const char *path, char *folder) {
    char place[FD_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 1;
    memcpy(folder, slash ? path : ".", length);
    folder[length] = '\0';
    int fd = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    put_fd_path(place, fd);
    if (!access(place, F_OK))
        return fd;
    close(fd);
    return -1;
}

/* Gives the file a name beside path; opens it under that name if it is not open yet. */
static bool take_name(struct tlee_replacement *replacement, const char *path) {
    char place[FD_PATH_BYTES];
    put_fd_path(place, replacement->fd);
    for (int i = 0; i < TRIES && !replacement->named; i++) {
        snprintf(replacement->path, strlen(path) + SUFFIX_CHARS, "%s.%ld-%d.part", path,
                 (long)getpid(), i);
        if (replacement->fd >= 0) {
            replacement->named =
                !linkat(AT_FDCWD, place, AT_FDCWD, replacement->path, AT_SYMLINK_FOLLOW);
        } else {
            replacement->fd =
                open(replacement->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            replacement->named = replacement->fd >= 0;
        }
        if (!replacement->named && errno != EEXIST)
            break;
    }
    return replacement->named;
}

enum tlee_status tlee_replacement_begin(struct tlee_replacement *replacement, const char *path,
                                        const struct tlee_allocator *allocator,
                                        struct tlee_error *error) {
    struct stat about;
    *replacement = (struct tlee_replacement){.fd = -1};
    if (!stat(path, &about) && !S_ISREG(about.st_mode))
        return tlee_fail(error, TLEE_ERR_IO, -1, "is there and is not a regular file");
    replacement->path = tlee_alloc(allocator, strlen(path) + SUFFIX_CHARS);
    if (!replacement->path)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory");
    replacement->fd = open_nameless(path, replacement->path);
    if (replacement->fd >= 0 || take_name(replacement, path))
        return TLEE_OK;
    enum tlee_status status = tlee_fail_errno(error, errno, "no file can be made beside it");
    tlee_free(allocator, replacement->path);
    return status;
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
    /* A link replaces nothing, so the name comes first and then the place. */
    if (!status && !replacement->named && !take_name(replacement, path))
        status = tlee_fail_errno(error, errno, "cannot be put in place");
    if (close(replacement->fd) && !status)
        status = tlee_fail_errno(error, errno, "cannot be written");
    if (!status && rename(replacement->path, path))
        status = tlee_fail_errno(error, errno, "cannot be put in place");
    if (status && replacement->named)
        unlink(replacement->path);
    tlee_free(allocator, replacement->path);
    return status;
}
