/* SPDX-License-Identifier: MIT */
#include "video_list.h"

#include "hash64.h"
#include "reason.h"
#include "values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- A line ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the last word off text[0..*length-1], together with the blanks around it; empty when there
 * is none. */
static char *cut_word(char *text, size_t *length) {
    size_t end = *length;
    while (end && is_blank(text[end - 1]))
        end--;
    size_t begin = end;
    while (begin && !is_blank(text[begin - 1]))
        begin--;
    text[end] = '\0';
    *length = begin;
    while (*length && is_blank(text[*length - 1]))
        --*length;
    return text + begin;
}

static bool parse_frames(const char *word, size_t *frames) {
    *frames = 0;
    return !strcmp(word, "-") || tlee_parse_size(word, TLEE_LIST_MOST_FRAMES, frames);
}

/* text[0..length-1] is the line, with room for a zero behind it; number is from 1. */
static bool parse_line(struct tlee_list_video *video, char *text, size_t length, size_t number,
                       size_t classes, struct tlee_error *error) {
    if (memchr(text, '\0', length))
        return tlee_reason(error, "line %zu: has a zero byte, which no text has", number);
    while (length && is_blank(*text)) {
        text++;
        length--;
    }
    char *label = cut_word(text, &length);
    const char *frames = length ? cut_word(text, &length) : "";
    if (!length)
        return tlee_reason(error, "line %zu: must be 'path frames label', has %s", number,
                           *frames  ? "two columns"
                           : *label ? "one column"
                                    : "nothing");
    text[length] = '\0';
    video->path = text;
    uint64_t class_index;
    if (!parse_frames(frames, &video->frames))
        return tlee_reason(error,
                           "line %zu: frames '%.40s' is neither a whole number from 1 to %d nor -",
                           number, frames, TLEE_LIST_MOST_FRAMES);
    if (!tlee_parse_count(label, 0, UINT64_MAX, &class_index))
        return tlee_reason(error, "line %zu: label '%.40s' is not a whole number", number, label);
    if (class_index >= classes)
        return tlee_reason(error,
                           "line %zu: label %" PRIu64 ", but the model's classes are 0 to %zu",
                           number, class_index, classes - 1);
    video->label = (size_t)class_index;
    if (length >= TLEE_LIST_PATH_BYTES)
        return tlee_reason(error, "line %zu: the path has %zu bytes, at most %d are allowed",
                           number, length, TLEE_LIST_PATH_BYTES - 1);
    if (!strcmp(text, "-"))
        return tlee_reason(error, "line %zu: standard input cannot be in a list", number);
    return true;
}

/* ---- All lines ---- */

/* Length without empty lines at the end. */
static size_t used_length(const char *bytes, size_t length) {
    while (length && (is_blank(bytes[length - 1]) || bytes[length - 1] == '\n'))
        length--;
    return length;
}

static size_t count_lines(const char *bytes, size_t length) {
    size_t lines = length > 0;
    for (const char *at = bytes; (at = memchr(at, '\n', length - (size_t)(at - bytes))); at++)
        lines++;
    return lines;
}

static bool parse_lines(struct tlee_list *list, size_t length, size_t classes,
                        struct tlee_error *error) {
    char *at = list->text, *end = at + length;
    if (length >= 3 && !memcmp(at, "\xef\xbb\xbf", 3))
        at += 3;
    for (size_t i = 0; i < list->count; i++) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *line_end = newline ? newline : end;
        if (!parse_line(&list->videos[i], at, (size_t)(line_end - at), i + 1, classes, error))
            return false;
        at = line_end + 1;
    }
    return true;
}

static int by_path(const void *a, const void *b) {
    const struct tlee_list_video *const *x = a, *const *y = b;
    int order = strcmp((*x)->path, (*y)->path);
    return order ? order : *x < *y ? -1 : 1;
}

/* A video that is there twice would count twice. */
static bool check_duplicates(const struct tlee_list *list, struct tlee_error *error) {
    const struct tlee_list_video **sorted = calloc(list->count, sizeof *sorted);
    if (!sorted)
        return tlee_reason(error, "out of memory");
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = &list->videos[i];
    qsort(sorted, list->count, sizeof *sorted, by_path);
    const struct tlee_list_video *first = NULL, *again = NULL;
    for (size_t i = 1; i < list->count; i++)
        if (!strcmp(sorted[i - 1]->path, sorted[i]->path) && (!again || sorted[i] < again)) {
            first = sorted[i - 1];
            again = sorted[i];
        }
    free(sorted);
    return !again || tlee_reason(error, "line %zu: has the video of line %zu again: %.200s",
                                 (size_t)(again - list->videos) + 1,
                                 (size_t)(first - list->videos) + 1, again->path);
}

/* Every part with what ends it, so that no two lists run together to the same bytes. */
static uint64_t hash_of(const struct tlee_list *list) {
    uint64_t hash = TLEE_HASH64_START;
    for (size_t i = 0; i < list->count; i++) {
        const struct tlee_list_video *video = &list->videos[i];
        char numbers[64];
        int length = snprintf(numbers, sizeof numbers, "%zu %zu\n", video->frames, video->label);
        hash = tlee_hash64(hash, video->path, strlen(video->path) + 1);
        hash = tlee_hash64(hash, numbers, (size_t)length);
    }
    return hash;
}

bool tlee_list_parse(struct tlee_list *list, char *bytes, size_t length, size_t classes,
                     struct tlee_error *error) {
    *list = (struct tlee_list){.text = bytes};
    length = used_length(bytes, length);
    list->count = count_lines(bytes, length);
    bool good = list->count || tlee_reason(error, "is empty: no line 'path frames label'");
    if (good) {
        list->videos = calloc(list->count, sizeof *list->videos);
        good = list->videos || tlee_reason(error, "out of memory for %zu lines", list->count);
    }
    good = good && parse_lines(list, length, classes, error) && check_duplicates(list, error);
    if (good)
        list->hash = hash_of(list);
    else
        tlee_list_free(list);
    return good;
}

/* ---- The file ---- */

/* All of it, with room for one byte more; NULL with the reason. */
static char *read_all(FILE *file, size_t *length, struct tlee_error *error) {
    size_t capacity = 1 << 16;
    char *bytes = malloc(capacity + 1);
    *length = 0;
    while (bytes) {
        *length += fread(bytes + *length, 1, capacity - *length, file);
        if (*length < capacity)
            break;
        if (capacity >= TLEE_LIST_MOST_BYTES) {
            tlee_reason(error, "has more than %d bytes, too many for a list", TLEE_LIST_MOST_BYTES);
            free(bytes);
            return NULL;
        }
        capacity *= 2;
        char *more = realloc(bytes, capacity + 1);
        if (!more)
            free(bytes);
        bytes = more;
    }
    if (!bytes) {
        tlee_reason(error, "out of memory");
    } else if (ferror(file)) {
        tlee_reason_errno(error, errno, "cannot be read");
        free(bytes);
        return NULL;
    }
    return bytes;
}

bool tlee_list_read(struct tlee_list *list, const char *file, size_t classes,
                    struct tlee_error *error) {
    *list = (struct tlee_list){0};
    FILE *in = fopen(file, "rbe");
    if (!in)
        return tlee_reason_errno(error, errno, "cannot be opened");
    size_t length;
    char *bytes = read_all(in, &length, error);
    fclose(in);
    return bytes && tlee_list_parse(list, bytes, length, classes, error);
}

void tlee_list_free(struct tlee_list *list) {
    free(list->videos);
    free(list->text);
    *list = (struct tlee_list){0};
}

char *tlee_list_path(const struct tlee_list_video *video, const char *root) {
    const char *folder = root && *video->path != '/' ? root : "";
    const char *slash = *folder ? "/" : "";
    size_t bytes = strlen(folder) + strlen(slash) + strlen(video->path) + 1;
    char *path = malloc(bytes);
    if (path)
        snprintf(path, bytes, "%s%s%s", folder, slash, video->path);
    return path;
}
