/* SPDX-License-Identifier: MIT */
/* Methods of convolutions that were measured, and the file that keeps them. */
#include "tuning.h"

#include "memory.h"
#include "status.h"
#include "weights_write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_BYTES_MOST = (TLEE_TUNING_SHAPES + 1) * TLEE_TUNING_LINE_BYTES
};

/* ---- Shapes ---- */

const struct tlee_tuned *tlee_tuning_find(const struct tlee_tuning *tuning,
                                          const struct tlee_tuned *like) {
    for (size_t i = 0; i < tuning->count; i++) {
        const struct tlee_tuned *it = &tuning->shapes[i];
        if (it->cpu == like->cpu && it->c == like->c && it->h == like->h && it->w == like->w &&
            it->oc == like->oc && it->kernel == like->kernel && it->stride == like->stride &&
            it->pad == like->pad && it->residual == like->residual)
            return it;
    }
    return NULL;
}

/* False for shapes that have no choice, or no line. */
static bool describe(const struct tlee_machine *machine, unsigned cpu, const struct tlee_conv2d *p,
                     bool residual, struct tlee_tuned *tuned) {
    struct tlee_conv conv;
    const size_t most = TLEE_TUNING_NUMBER_MOST;
    *tuned = (struct tlee_tuned){.cpu = cpu,
                                 .c = p->c,
                                 .h = p->h,
                                 .w = p->w,
                                 .oc = p->oc,
                                 .kernel = p->kh,
                                 .stride = p->sh,
                                 .pad = p->ph,
                                 .residual = residual,
                                 .threads = machine->thread_count};
    return p->ph == p->pw && p->c <= most && p->h <= most && p->w <= most && p->oc <= most &&
           p->ph <= most &&
           tlee_conv_choose(p, &machine->ops->blocked, false, TLEE_CONV_BY_WINOGRAD2, &conv);
}

enum tlee_status tlee_tuning_choose(struct tlee_tuning *tuning, const struct tlee_machine *machine,
                                    unsigned cpu, const struct tlee_conv2d *p, bool residual,
                                    enum tlee_conv_choice *choice, struct tlee_error *error) {
    struct tlee_tuned tuned;
    *choice = TLEE_CONV_ANY;
    if (!describe(machine, cpu, p, residual, &tuned))
        return TLEE_OK;
    const struct tlee_tuned *known = tlee_tuning_find(tuning, &tuned);
    if (known) {
        *choice = known->choice;
        return TLEE_OK;
    }
    if (tuning->count == TLEE_TUNING_SHAPES)
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                         "the tuning is full: it has %d shapes, and the model brings others",
                         TLEE_TUNING_SHAPES);
    if (!tlee_conv_measure(machine, p, residual, &tuning->allocator, &tuned.choice))
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for measuring");
    *choice = tuned.choice;
    tuning->shapes[tuning->count++] = tuned;
    tuning->measured++;
    return TLEE_OK;
}

/* ---- Files ---- */

/* Reads the file into text, which has room for a byte more than there may be. */
static enum tlee_status read_text(int fd, char *text, size_t *bytes, struct tlee_error *error) {
    struct stat about;
    if (fstat(fd, &about))
        return tlee_fail_errno(error, errno, "cannot be examined");
    if (!S_ISREG(about.st_mode))
        return tlee_fail(error, TLEE_ERR_IO, -1, "is not a regular file");
    for (*bytes = 0; *bytes <= FILE_BYTES_MOST;) {
        ssize_t got = read(fd, text + *bytes, FILE_BYTES_MOST + 1 - *bytes);
        if (!got)
            return TLEE_OK;
        if (got > 0)
            *bytes += (size_t)got;
        else if (errno != EINTR)
            return tlee_fail_errno(error, errno, "byte %zu cannot be read", *bytes);
    }
    return tlee_fail(error, TLEE_ERR_FORMAT, -1, "is larger than the %d bytes that it may have",
                     FILE_BYTES_MOST);
}

static enum tlee_status read_file(struct tlee_tuning *tuning, const char *path,
                                  struct tlee_error *error) {
    /* Opening a FIFO would wait for a writer, and a terminal could become ours. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT)
        return TLEE_OK;
    if (fd < 0)
        return tlee_fail_errno(error, errno, "cannot be opened");
    size_t bytes = 0;
    char *text = tlee_alloc(&tuning->allocator, FILE_BYTES_MOST + 1);
    enum tlee_status status = text ? read_text(fd, text, &bytes, error)
                                   : tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory");
    close(fd);
    if (status == TLEE_OK)
        status = tlee_tuning_parse(tuning, text, bytes, error);
    tlee_free(&tuning->allocator, text);
    return status;
}

enum tlee_status tlee_tuning_open(const char *path, const struct tlee_allocator *allocator,
                                  tlee_tuning **out, struct tlee_error *error) {
    if (!out)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    struct tlee_allocator from = tlee_allocator_or_default(allocator);
    tlee_tuning *tuning = *out = tlee_alloc(&from, sizeof *tuning);
    if (!tuning)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory");
    tuning->allocator = from;
    enum tlee_status status = path ? read_file(tuning, path, error) : TLEE_OK;
    if (status != TLEE_OK)
        tlee_tuning_free(out);
    return status;
}

size_t tlee_tuning_measured(const tlee_tuning *tuning) {
    return tuning->measured;
}

enum tlee_status tlee_tuning_write(const tlee_tuning *tuning, const char *path,
                                   struct tlee_error *error) {
    char line[TLEE_TUNING_LINE_BYTES];
    struct tlee_replacement file;
    if (!tuning || !path)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    enum tlee_status status = tlee_replacement_begin(&file, path, &tuning->allocator, error);
    if (status != TLEE_OK)
        return status;
    status = tlee_replacement_write(&file, line, tlee_tuning_heading(line), error);
    for (size_t i = 0; status == TLEE_OK && i < tuning->count; i++)
        status =
            tlee_replacement_write(&file, line, tlee_tuning_line(&tuning->shapes[i], line), error);
    return tlee_replacement_end(&file, path, &tuning->allocator, status, error);
}

void tlee_tuning_free(tlee_tuning **tuning) {
    if (!tuning || !*tuning)
        return;
    struct tlee_allocator allocator = (*tuning)->allocator;
    tlee_free(&allocator, *tuning);
    *tuning = NULL;
}
