/* SPDX-License-Identifier: MIT */
/*
 * A weights file's bytes in memory: read or mapped. Either way they lie in pages that came from
 * mmap(2) and can be given back one by one, which memory from malloc(3) cannot.
 */

#include "weights_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens the regular file at path for reading. */
static enum tlee_status open_file(const char *path, int *fd, uint64_t *size,
                                  struct tlee_error *error) {
    /* Opening a FIFO would wait for a writer, and a terminal could become ours. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return tlee_fail_errno(error, errno, "cannot be opened");
    struct stat about;
    if (fstat(*fd, &about))
        return tlee_fail_errno(error, errno, "cannot be examined");
    if (S_ISDIR(about.st_mode))
        return tlee_fail(error, TLEE_ERR_IO, -1, "is a folder, not a weights file");
    if (!S_ISREG(about.st_mode))
        return tlee_fail(error, TLEE_ERR_IO, -1, "is not a regular file");
    *size = (uint64_t)about.st_size;
    return TLEE_OK;
}

/* Reads bytes begin .. end - 1 of the file to their places in `bytes`. */
static enum tlee_status read_range(int fd, unsigned char *bytes, size_t begin, size_t end,
                                   struct tlee_error *error) {
    for (size_t at = begin; at < end;) {
        ssize_t got = pread(fd, bytes + at, end - at, (off_t)at);
        if (got > 0)
            at += (size_t)got;
        else if (!got)
            return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)at,
                             "cut short at byte %zu of %zu while it was being read", at, end);
        else if (errno != EINTR)
            return tlee_fail_errno(error, errno, "byte %zu cannot be read", at);
    }
    return TLEE_OK;
}

/* Address space for `size` bytes: the file's own pages, or empty ones to read it into. */
static enum tlee_status map_region(struct tlee_weights *w, int fd, enum tlee_load load, size_t size,
                                   struct tlee_error *error) {
    void *region = load == TLEE_LOAD_MAP ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0)
                                         : mmap(NULL, size, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED && errno == ENOMEM)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for a file of %zu bytes", size);
    if (region == MAP_FAILED)
        return tlee_fail_errno(error, errno, "cannot be mapped into memory");
    w->region = region;
    w->mapped = load == TLEE_LOAD_MAP;
    w->bytes = region;
    w->size = size;
    return TLEE_OK;
}

/* Takes the file's own pages in place of those that its header was read into: all that is known of
 * the header has been copied elsewhere. */
static enum tlee_status map_instead(struct tlee_weights *w, int fd, struct tlee_error *error) {
    size_t size = w->size;
    tlee_weights_unload(w);
    return map_region(w, fd, TLEE_LOAD_MAP, size, error);
}

/* Tensors of a prepared file are read for each frame: see memory.c. Those of others are given back
 * soon, page by page. */
static void use_huge_pages(const struct tlee_weights *w) {
#ifdef MADV_HUGEPAGE
    if (w->prepared)
        (void)madvise(w->region, w->size, MADV_HUGEPAGE);
#else
    (void)w;
#endif
}

/* Header first, so that a file that is not ours, or damaged there, costs nothing more. */
static enum tlee_status load_opened(struct tlee_weights *w, int fd, uint64_t size,
                                    enum tlee_load load, struct tlee_error *error) {
    unsigned char start[TLEE_WEIGHTS_HEADER_BYTES] = {0};
    size_t start_bytes = size < sizeof start ? (size_t)size : sizeof start, header_bytes;
    enum tlee_status status = read_range(fd, start, 0, start_bytes, error);
    if (!status)
        status = tlee_weights_begin(start, start_bytes, size, &header_bytes, error);
    if (status)
        return status;
    if (size > PTRDIFF_MAX)
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                         "%" PRIu64 " bytes are more than this machine can address", size);
    status = map_region(w, fd, load, (size_t)size, error);
    if (!status && load != TLEE_LOAD_MAP) {
        /* What was checked already is not read again: it might not be the same any more. */
        memcpy(w->region, start, sizeof start);
        status = read_range(fd, w->region, sizeof start, header_bytes, error);
    }
    if (!status)
        status = tlee_weights_parse(w, header_bytes, error);
    if (status || load == TLEE_LOAD_MAP)
        return status;
    if (w->prepared && load == TLEE_LOAD_AUTO)
        return map_instead(w, fd, error);
    use_huge_pages(w);
    status = read_range(fd, w->region, header_bytes, w->size, error);
    return status;
}

enum tlee_status tlee_weights_load(struct tlee_weights *w, const char *path, enum tlee_load load,
                                   struct tlee_error *error) {
    int fd = -1;
    uint64_t size = 0;
    enum tlee_status status = open_file(path, &fd, &size, error);
    if (!status)
        status = load_opened(w, fd, size, load, error);
    if (fd >= 0)
        close(fd);
    return status;
}

bool tlee_weights_is_read(const struct tlee_weights *weights) {
    return weights->region && !weights->mapped;
}

void tlee_weights_give_back(struct tlee_weights *w, size_t begin, size_t end) {
    long reported = sysconf(_SC_PAGESIZE);
    size_t page = reported > 0 ? (size_t)reported : 4096;
    size_t first = begin / page + (begin % page != 0);
    size_t last = end / page + (end == w->size && end % page != 0); /* nobody has what follows */
    if (w->region && first < last)
        madvise((unsigned char *)w->region + first * page, (last - first) * page, MADV_DONTNEED);
}

void tlee_weights_unload(struct tlee_weights *w) {
    if (w->region)
        munmap(w->region, w->size);
    w->region = NULL;
}
