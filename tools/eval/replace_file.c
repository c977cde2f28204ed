/* SPDX-License-Identifier: MIT */
#include "replace_file.h"

#include "reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SUFFIX_CHARS = 48,
    TRIES = 100 /* names that an earlier process of the same number left behind */
};

bool tlee_replacement_file_begin(struct tlee_replacement_file *file, const char *path,
                                 struct tlee_error *error) {
    struct stat about;
    size_t room = strlen(path) + SUFFIX_CHARS;
    int fd = -1;
    *file = (struct tlee_replacement_file){.path = path};
    if (!stat(path, &about) && !S_ISREG(about.st_mode))
        return tlee_reason(error, "is there and is not a regular file");
    file->beside = malloc(room);
    if (!file->beside)
        return tlee_reason(error, "out of memory");
    for (int i = 0; fd < 0 && i < TRIES; i++) {
        snprintf(file->beside, room, "%s.%ld-%d.part", path, (long)getpid(), i);
        fd = open(file->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd >= 0)
        file->out = fdopen(fd, "w");
    if (file->out)
        return true;
    tlee_reason_errno(error, errno, "no file can be made beside it");
    if (fd >= 0) {
        close(fd);
        unlink(file->beside);
    }
    free(file->beside);
    return false;
}

bool tlee_replacement_file_end(struct tlee_replacement_file *file, bool good,
                               struct tlee_error *error) {
    bool whole = good;
    /* Some systems tell only at fsync or close that there was no room. */
    if (whole &&
        (ferror(file->out) || fflush(file->out) || (fsync(fileno(file->out)) && errno != EINVAL)))
        whole = tlee_reason_errno(error, errno, "cannot be written");
    if (fclose(file->out) && whole)
        whole = tlee_reason_errno(error, errno, "cannot be written");
    if (whole && rename(file->beside, file->path))
        whole = tlee_reason_errno(error, errno, "cannot be put in place");
    if (!whole)
        unlink(file->beside);
    free(file->beside);
    return whole;
}
