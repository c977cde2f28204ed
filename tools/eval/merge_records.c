/* SPDX-License-Identifier: MIT */
#include "merge_records.h"

#include "reason.h"
#include "replace_file.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OTHER_FILES = 16,  /* open besides the parts */
    GAPS_TOLD = 8,     /* numbers of missing videos in a message */
    COPY_BYTES = 65536 /* of a line at a time */
};

/* ---- Reading the parts ---- */

/* All of them stay open until the end, which may be more than a process is given at first. */
static void allow_files(size_t count) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur >= count + OTHER_FILES)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Where locks do not work at all, as on some network file systems, nobody can have one. */
static bool is_being_written(int fd) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_SETLK, &lock) && (errno == EACCES || errno == EAGAIN);
}

static bool read_part(struct tlee_merge_part *part, struct tlee_error *error) {
    struct stat about;
    part->fd = open(part->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (part->fd < 0 || fstat(part->fd, &about))
        return tlee_reason_errno(error, errno, "cannot be opened");
    if (!S_ISREG(about.st_mode))
        return tlee_reason(error, "is not a regular file");
    if (is_being_written(part->fd))
        return tlee_reason(error, "is still being written by a tlee eval");
    return tlee_records_read(&part->records, part->fd, error);
}

/* Compares with the first part that has any records. */
static bool check_identity(const struct tlee_merge *merge, const struct tlee_merge_part *part,
                           struct tlee_error *error) {
    char message[TLEE_ERROR_BYTES / 2];
    const struct tlee_merge_part *first = merge->parts;
    while (!first->records.count && first < part)
        first++;
    return !part->records.count ||
           tlee_identity_equal(&part->records.of, &first->records.of, message, sizeof message) ||
           tlee_reason(error, "is of %s as in %s", message, first->name);
}

static int read_parts(struct tlee_merge *merge, const char *const *names, size_t count) {
    struct tlee_error error;
    merge->parts = calloc(count, sizeof *merge->parts);
    if (!merge->parts)
        return tlee_say_fault(names[0], "out of memory");
    allow_files(count);
    for (size_t i = 0; i < count; i++) {
        struct tlee_merge_part *part = &merge->parts[merge->part_count++];
        part->name = names[i];
        if (!read_part(part, &error) || !check_identity(merge, part, &error))
            return tlee_say_fault(part->name, error.message);
    }
    return TLEE_EXIT_OK;
}

/* ---- Joining them ---- */

/* A record on its way from its part to its place. */
struct place {
    struct tlee_record record;
    size_t part;
};

static int by_index(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->record.index != y->record.index)
        return x->record.index < y->record.index ? -1 : 1;
    if (x->part != y->part)
        return x->part < y->part ? -1 : 1;
    return x->record.line < y->record.line ? -1 : x->record.line > y->record.line;
}

/* Two records of a video are an overlap even if they agree: a shard was run twice, or under two
 * divisions of the list. */
static int check_overlaps(const struct tlee_merge *merge, const struct place *places,
                          size_t count) {
    const struct place *again = NULL;
    size_t overlaps = 0;
    for (size_t i = 1; i < count; i++) {
        if (places[i].record.index != places[i - 1].record.index)
            continue;
        if (!overlaps++)
            again = &places[i];
    }
    if (!again)
        return TLEE_EXIT_OK;
    struct tlee_error error;
    char more[48] = "";
    if (overlaps > 1)
        snprintf(more, sizeof more, "; %zu overlaps in all", overlaps);
    tlee_reason(&error, "line %zu: index %zu is also in line %zu of %s%s", again->record.line,
                again->record.index, again[-1].record.line, merge->parts[again[-1].part].name,
                more);
    return tlee_say_fault(merge->parts[again->part].name, error.message);
}

/* Moves the records of all parts into merge->all. */
static int join(struct tlee_merge *merge) {
    size_t count = 0;
    for (size_t i = 0; i < merge->part_count; i++)
        count += merge->parts[i].records.count;
    struct place *places = calloc(count + 1, sizeof *places);
    merge->all.items = calloc(count + 1, sizeof *merge->all.items);
    merge->part_of = calloc(count + 1, sizeof *merge->part_of);
    int status = TLEE_EXIT_OK;
    if (!places || !merge->all.items || !merge->part_of) {
        status = tlee_say_fault(merge->parts[0].name, "out of memory");
        goto done;
    }
    size_t filled = 0;
    for (size_t i = 0; i < merge->part_count; i++)
        for (size_t k = 0; k < merge->parts[i].records.count; k++)
            places[filled++] = (struct place){merge->parts[i].records.items[k], i};
    qsort(places, count, sizeof *places, by_index);
    status = check_overlaps(merge, places, count);
    if (status != TLEE_EXIT_OK)
        goto done;
    for (size_t i = 0; i < count; i++) {
        merge->all.items[i] = places[i].record;
        merge->part_of[i] = places[i].part;
    }
    for (size_t i = 0; i < merge->part_count; i++) {
        struct tlee_records *records = &merge->parts[i].records;
        if (records->count) {
            merge->all.of = records->of;
            merge->all.classes = records->classes;
            merge->all.frames = records->frames;
            merge->all.branches = records->branches;
        }
        records->count = 0; /* their texts belong to `all` now */
    }
    merge->all.count = count;
    merge->all.capacity = count + 1;
done:
    free(places);
    return status;
}

/* ---- What is missing ---- */

static void tell_torn(const struct tlee_merge *merge, bool complete) {
    for (size_t i = 0; i < merge->part_count; i++) {
        const struct tlee_merge_part *part = &merge->parts[i];
        if (part->records.torn)
            tlee_say_warning(part->name,
                             "the last line is torn, as of a worker that was killed: %s",
                             complete ? "it is left out, and nothing is missing without it"
                                      : "run that shard again with the same command, it goes on "
                                        "from there");
    }
}

static int check_gaps(const struct tlee_merge *merge, const char *output) {
    const struct tlee_records *all = &merge->all;
    if (!all->count) {
        tell_torn(merge, false);
        return tlee_say_fault(output, "not written: there are no records to join");
    }
    /* Without overlaps, and with each index within the list. */
    uint64_t missing = all->of.videos - all->count;
    tell_torn(merge, !missing);
    if (!missing)
        return TLEE_EXIT_OK;
    char list[GAPS_TOLD * 24 + 1] = "";
    size_t told = 0, used = 0;
    for (size_t i = 0, index = 0; told < GAPS_TOLD && index < all->of.videos; index++) {
        if (i < all->count && all->items[i].index == index)
            i++;
        else
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%zu", told++ ? ", " : "",
                                     index);
    }
    struct tlee_error error;
    char more[32] = "";
    if (missing > told)
        snprintf(more, sizeof more, " and %" PRIu64 " more", missing - told);
    tlee_reason(&error, "not written: %" PRIu64 " of %" PRIu64 " videos have no record: index %s%s",
                missing, all->of.videos, list, more);
    return tlee_say_fault(output, error.message);
}

int tlee_merge_files(struct tlee_merge *merge, const char *const *names, size_t count,
                     const char *output) {
    *merge = (struct tlee_merge){0};
    int status = read_parts(merge, names, count);
    if (status == TLEE_EXIT_OK)
        status = join(merge);
    if (status == TLEE_EXIT_OK)
        status = check_gaps(merge, output);
    return status;
}

/* ---- Writing ---- */

static bool copy_line(FILE *out, const struct tlee_merge_part *part,
                      const struct tlee_record *record, struct tlee_error *error) {
    char bytes[COPY_BYTES];
    for (size_t done = 0; done < record->length;) {
        size_t left = record->length - done;
        ssize_t got = pread(part->fd, bytes, left < sizeof bytes ? left : sizeof bytes,
                            (off_t)(record->offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return tlee_reason_errno(error, errno, "cannot be read");
        if (!got)
            return tlee_reason(error, "has become shorter");
        fwrite(bytes, 1, (size_t)got, out);
        done += (size_t)got;
    }
    return true;
}

int tlee_merge_write(const struct tlee_merge *merge, const char *output) {
    struct tlee_replacement_file file;
    struct tlee_error error;
    const struct tlee_merge_part *unreadable = NULL;
    if (!tlee_replacement_file_begin(&file, output, &error))
        return tlee_say_fault(output, error.message);
    for (size_t i = 0; i < merge->all.count && !unreadable; i++) {
        const struct tlee_merge_part *part = &merge->parts[merge->part_of[i]];
        if (!copy_line(file.out, part, &merge->all.items[i], &error))
            unreadable = part;
    }
    if (!tlee_replacement_file_end(&file, !unreadable, &error))
        return tlee_say_fault(unreadable ? unreadable->name : output, error.message);
    return TLEE_EXIT_OK;
}

void tlee_merge_free(struct tlee_merge *merge) {
    for (size_t i = 0; i < merge->part_count; i++) {
        tlee_records_free(&merge->parts[i].records);
        if (merge->parts[i].fd > 0)
            close(merge->parts[i].fd);
    }
    free(merge->parts);
    free(merge->part_of);
    tlee_records_free(&merge->all);
    *merge = (struct tlee_merge){0};
}
