/* SPDX-License-Identifier: MIT */
#include "video_checks.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ptrdiff_t video_fill(void *cookie, unsigned char *to, size_t room) {
    struct video_bytes *source = cookie;
    size_t count = source->length - source->at;
    if (count > room)
        count = room;
    if (source->step && count > source->step)
        count = source->step;
    memcpy(to, source->bytes + source->at, count);
    source->at += count;
    return (ptrdiff_t)count;
}

static void write_all(int fd, const void *bytes, size_t length) {
    const char *from = bytes;
    while (length) {
        ssize_t written = write(fd, from, length);
        if (written <= 0) {
            perror("a test's own data");
            exit(1);
        }
        from += written;
        length -= (size_t)written;
    }
}

int video_file(const void *bytes, size_t length) {
    char path[] = "/tmp/tlee-test-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    write_all(fd, bytes, length);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

int video_pipe(const void *bytes, size_t length) {
    int ends[2];
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(1);
    }
    write_all(ends[1], bytes, length);
    close(ends[1]);
    return ends[0];
}

size_t video_open_descriptors(void) {
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

void video_count_warning(void *cookie, const char *message) {
    (void)message;
    ++*(size_t *)cookie;
}
