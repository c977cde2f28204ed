/* SPDX-License-Identifier: MIT */
#include "records_file.h"

#include "file_lock.h"
#include "reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Opening and locking ---- */

static bool open_and_lock(struct tlee_records_file *file, const char *path,
                          struct tlee_error *error) {
    struct stat about;
    file->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (file->fd < 0)
        return tlee_reason_errno(error, errno, "cannot be opened");
    if (fstat(file->fd, &about) != 0 || !S_ISREG(about.st_mode))
        return tlee_reason(error, "is not a regular file");
    return tlee_file_lock(file->fd, "tlee eval", error);
}

/* False when another eval has put a new file in this one's place before the lock was ours. */
static bool is_at(int fd, const char *path) {
    struct stat ours, there;
    return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

static bool open_current(struct tlee_records_file *file, const char *path,
                         struct tlee_error *error) {
    for (int attempt = 0; attempt < 100; attempt++) {
        if (!open_and_lock(file, path, error))
            return false;
        if (is_at(file->fd, path))
            return true;
        close(file->fd);
        file->fd = -1;
    }
    return tlee_reason(error, "is replaced again and again");
}

/* ---- Writing ---- */

static bool write_all(int fd, const char *bytes, size_t count) {
    while (count) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

bool tlee_records_file_append(struct tlee_records_file *file, const char *line, size_t length,
                              struct tlee_error *error) {
    if (write_all(file->fd, line, length)) {
        file->bytes += length;
        return true;
    }
    int why = errno;
    if (ftruncate(file->fd, (off_t)file->bytes) != 0) {
        /* The next eval cuts a torn line off as well. */
    }
    return tlee_reason_errno(error, why, "cannot be written");
}

/* ---- Taking records out ---- */

struct choice {
    bool (*keep)(const void *cookie, const struct tlee_record *record);
    const void *cookie;
};

static bool copy_range(int from, uint64_t begin, uint64_t end, int to) {
    char block[1 << 16];
    while (begin < end) {
        size_t wanted = end - begin < sizeof block ? (size_t)(end - begin) : sizeof block;
        ssize_t got = pread(from, block, wanted, (off_t)begin);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || !write_all(to, block, (size_t)got))
            return false;
        begin += (uint64_t)got;
    }
    return true;
}

/* Copies the lines that are kept; *bytes becomes the number of theirs. */
static bool copy_kept(const struct tlee_records *records, const struct choice *choice, int from,
                      int to, uint64_t *bytes) {
    uint64_t begin = 0;
    *bytes = 0;
    for (size_t i = 0; i <= records->count; i++) {
        const struct tlee_record *record = i < records->count ? &records->items[i] : NULL;
        uint64_t end = record ? record->offset : records->whole;
        if (record && choice->keep(choice->cookie, record))
            continue;
        if (!copy_range(from, begin, end, to))
            return false;
        *bytes += end - begin;
        begin = record ? end + record->length : end;
    }
    return true;
}

/* Puts a new file with the kept lines in the old one's place; there is one or the other at any
 * time. */
static bool rewrite(struct tlee_records_file *file, const struct tlee_records *records,
                    const struct choice *choice, struct tlee_error *error) {
    static const char suffix[] = ".new";
    size_t length = strlen(file->path);
    char *beside = malloc(length + sizeof suffix);
    if (!beside)
        return tlee_reason(error, "out of memory");
    memcpy(beside, file->path, length);
    memcpy(beside + length, suffix, sizeof suffix);
    /* One that is there is left from an eval that was killed: ours is the lock. */
    unlink(beside);
    uint64_t bytes = 0;
    int fd = open(beside, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    struct stat about;
    bool good = fd >= 0 && fstat(file->fd, &about) == 0 && fchmod(fd, about.st_mode & 0777) == 0 &&
                copy_kept(records, choice, file->fd, fd, &bytes) && fsync(fd) == 0;
    good = good && tlee_file_lock(fd, "tlee eval", error) && rename(beside, file->path) == 0;
    int why = errno;
    if (!good) {
        if (fd >= 0) {
            close(fd);
            unlink(beside);
        }
        free(beside);
        return tlee_reason_errno(error, why, "cannot be written anew");
    }
    free(beside);
    close(file->fd);
    file->fd = fd;
    file->bytes = bytes;
    return true;
}

static bool remove_others(struct tlee_records_file *file, struct tlee_records *records,
                          const struct choice *choice, struct tlee_error *error) {
    size_t i = 0;
    while (i < records->count && choice->keep(choice->cookie, &records->items[i]))
        i++;
    if (i == records->count)
        return true;
    if (!rewrite(file, records, choice, error))
        return false;
    tlee_records_filter(records, choice->keep, choice->cookie);
    return true;
}

/* ---- Continuing ---- */

static bool check_identity(const struct tlee_records *records, const struct tlee_identity *of,
                           struct tlee_error *error) {
    char message[TLEE_ERROR_BYTES / 2];
    return !records->count || tlee_identity_equal(&records->of, of, message, sizeof message) ||
           tlee_reason(error, "holds records of %s: they are not mixed, take another file",
                       message);
}

/* Cuts a torn last line off, provided that it is one: the file may be of any kind. */
static bool cut_torn_line(const struct tlee_records_file *file, uint64_t torn,
                          struct tlee_error *error) {
    static const char start[] = "{\"index\": ";
    char found[sizeof start - 1];
    size_t length = torn < sizeof found ? (size_t)torn : sizeof found;
    ssize_t got = pread(file->fd, found, length, (off_t)file->bytes);
    if (got != (ssize_t)length || memcmp(found, start, length) != 0)
        return tlee_reason(error, "does not end like a file of records");
    if (ftruncate(file->fd, (off_t)file->bytes) != 0)
        return tlee_reason_errno(error, errno, "its torn last line cannot be cut off");
    return true;
}

bool tlee_records_file_open(struct tlee_records_file *file, const char *path,
                            const struct tlee_identity *of,
                            bool (*keep)(const void *cookie, const struct tlee_record *record),
                            const void *cookie, struct tlee_records *records,
                            struct tlee_error *error) {
    struct choice choice = {keep, cookie};
    *file = (struct tlee_records_file){.fd = -1};
    *records = (struct tlee_records){0};
    bool good = open_current(file, path, error) && tlee_records_read(records, file->fd, error) &&
                check_identity(records, of, error);
    if (good) {
        file->bytes = records->whole;
        file->path = realpath(path, NULL);
        good = file->path != NULL || tlee_reason_errno(error, errno, "cannot be found");
    }
    return good && (!records->torn || cut_torn_line(file, records->torn, error)) &&
           remove_others(file, records, &choice, error);
}

void tlee_records_file_close(struct tlee_records_file *file) {
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    *file = (struct tlee_records_file){.fd = -1};
}
