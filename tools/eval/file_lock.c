/* SPDX-License-Identifier: MIT */
#include "file_lock.h"

#include "reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

bool tlee_file_lock(int fd, const char *command, struct tlee_error *error) {
    struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, holder = wanted;
    if (fcntl(fd, F_SETLK, &wanted) == 0 || errno == ENOLCK || errno == ENOSYS ||
        errno == EOPNOTSUPP)
        return true;
    if (errno != EACCES && errno != EAGAIN)
        return tlee_reason_errno(error, errno, "cannot be locked");
    if (fcntl(fd, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK && holder.l_pid > 0)
        return tlee_reason(error, "another %s writes to it (process %ld)", command,
                           (long)holder.l_pid);
    return tlee_reason(error, "another %s writes to it", command);
}
