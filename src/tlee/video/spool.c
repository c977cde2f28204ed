/* SPDX-License-Identifier: MIT */
/* For mkostemp, without which a child of another thread could inherit the file. */
#define _GNU_SOURCE 1

#include "spool.h"

#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum tlee_status tlee_spool_create(int *fd, struct tlee_error *error) {
    static const char name[] = "/tlee-XXXXXX";
    *fd = -1;
    /* The one look at the environment in the library: where big temporary files belong is a matter
     * of the machine, and TMPDIR is how POSIX has it told. */
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
    size_t folder_length = strlen(folder);
    char *path = malloc(folder_length + sizeof name);
    if (!path)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for the temporary file's name");
    memcpy(path, folder, folder_length);
    memcpy(path + folder_length, name, sizeof name);
    enum tlee_status status = TLEE_OK;
    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd < 0)
        status = tlee_fail_errno(error, errno, "no temporary file in %s", folder);
    else
        unlink(path);
    free(path);
    return status;
}

enum tlee_status tlee_spool_write(int fd, const void *bytes, size_t count,
                                  struct tlee_error *error) {
    const char *from = bytes;
    while (count) {
        ssize_t written = write(fd, from, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return tlee_fail_errno(error, errno,
                                   "writing the stream to a temporary file (in $TMPDIR or /tmp)");
        from += written;
        count -= (size_t)written;
    }
    return TLEE_OK;
}
