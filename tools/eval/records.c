/* SPDX-License-Identifier: MIT */
#include "records.h"

#include "reason.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- All of them ---- */

bool tlee_records_add(struct tlee_records *records, const struct tlee_record *record) {
    if (records->count == records->capacity) {
        size_t capacity = records->capacity ? records->capacity * 2 : 256;
        struct tlee_record *items = capacity <= SIZE_MAX / 2 / sizeof *items
                                        ? realloc(records->items, capacity * sizeof *items)
                                        : NULL;
        if (!items)
            return false;
        records->items = items;
        records->capacity = capacity;
    }
    size_t path = strlen(record->path) + 1, error = record->error ? strlen(record->error) + 1 : 0;
    size_t exits = record->error ? 0 : record->frame + 1;
    struct tlee_record copy = *record;
    copy.block = malloc(path + error + exits);
    if (!copy.block)
        return false;
    copy.path = memcpy(copy.block, record->path, path);
    copy.error = NULL;
    copy.frame_exits = NULL;
    if (error)
        copy.error = memcpy(copy.block + path, record->error, error);
    if (exits)
        copy.frame_exits = memcpy(copy.block + path, record->frame_exits, exits);
    records->items[records->count++] = copy;
    return true;
}

static int by_index(const void *a, const void *b) {
    const struct tlee_record *x = a, *y = b;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

bool tlee_records_sort(struct tlee_records *records, struct tlee_error *error) {
    if (records->count)
        qsort(records->items, records->count, sizeof *records->items, by_index);
    for (size_t i = 1; i < records->count; i++) {
        const struct tlee_record *a = &records->items[i - 1], *b = &records->items[i];
        if (a->index == b->index)
            return tlee_reason(error, "line %zu: has video %zu of line %zu again", b->line,
                               b->index, a->line);
    }
    return true;
}

void tlee_records_filter(struct tlee_records *records,
                         bool (*keep)(const void *cookie, const struct tlee_record *record),
                         const void *cookie) {
    size_t kept = 0;
    for (size_t i = 0; i < records->count; i++) {
        if (keep(cookie, &records->items[i]))
            records->items[kept++] = records->items[i];
        else
            free(records->items[i].block);
    }
    records->count = kept;
}

void tlee_records_free(struct tlee_records *records) {
    for (size_t i = 0; i < records->count; i++)
        free(records->items[i].block);
    free(records->items);
    *records = (struct tlee_records){0};
}

/* ---- A file ---- */

/* Bytes of the file that were read and not used yet. */
struct window {
    int fd;
    char *bytes;
    size_t used, capacity;
    uint64_t offset; /* of bytes[0] in the file */
};

/* Reads on, behind what there is; *ended at the end of the file. */
static bool fill(struct window *window, bool *ended, struct tlee_error *error) {
    if (window->used == window->capacity) {
        size_t capacity = window->capacity ? window->capacity * 2 : 1 << 16;
        if (window->used > TLEE_RECORD_BYTES)
            return tlee_reason(error, "byte %llu: a line of more than %d bytes",
                               (unsigned long long)window->offset, TLEE_RECORD_BYTES);
        char *bytes = realloc(window->bytes, capacity);
        if (!bytes)
            return tlee_reason(error, "out of memory");
        window->bytes = bytes;
        window->capacity = capacity;
    }
    ssize_t got;
    do
        got = pread(window->fd, window->bytes + window->used, window->capacity - window->used,
                    (off_t)(window->offset + window->used));
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return tlee_reason_errno(error, errno, "cannot be read");
    window->used += (size_t)got;
    *ended = !got;
    return true;
}

/* Adds the lines that are whole and takes them out of the window. */
static bool take_lines(struct tlee_records *records, struct window *window, size_t *line,
                       struct tlee_error *error) {
    size_t at = 0;
    const char *newline;
    while ((newline = memchr(window->bytes + at, '\n', window->used - at)) != NULL) {
        size_t length = (size_t)(newline - window->bytes) - at;
        if (!tlee_records_add_line(records, window->bytes + at, length, ++*line,
                                   window->offset + at, error))
            return false;
        at += length + 1;
    }
    memmove(window->bytes, window->bytes + at, window->used - at);
    window->used -= at;
    window->offset += at;
    return true;
}

bool tlee_records_read(struct tlee_records *records, int fd, struct tlee_error *error) {
    struct window window = {.fd = fd};
    size_t line = 0;
    bool ended = false, good = true;
    *records = (struct tlee_records){0};
    while (good && !ended)
        good = fill(&window, &ended, error) && take_lines(records, &window, &line, error);
    records->whole = window.offset;
    records->torn = window.used;
    free(window.bytes);
    return good;
}
