/* SPDX-License-Identifier: MIT */
#include "image_list.h"

#include "memory.h"
#include "status.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* The kind of image that a name's extension stands for, or NULL. */
static const char *kind_of(const char *name) {
    static const char *const known[][2] = {
        {"ppm", "ppm"}, {"pgm", "pgm"}, {"jpg", "jpg"},   {"jpeg", "jpg"}, {"png", "png"},
        {"bmp", "bmp"}, {"tif", "tif"}, {"webp", "webp"}, {"tiff", "tif"},
    };
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name)
        return NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(dot + 1, known[i][0]) == 0)
            return known[i][1];
    return NULL;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* False when there is no digit in the name. */
static bool find_number(struct tlee_image_file *file) {
    const char *name = file->name;
    size_t end = strlen(name);
    while (end && !is_digit(name[end - 1]))
        end--;
    size_t begin = end;
    while (begin && is_digit(name[begin - 1]))
        begin--;
    if (begin == end)
        return false;
    while (begin < end && name[begin] == '0')
        begin++;
    file->digits = begin;
    file->digit_count = end - begin;
    return true;
}

static int compare_numbers(const struct tlee_image_file *a, const struct tlee_image_file *b) {
    if (a->digit_count != b->digit_count)
        return a->digit_count < b->digit_count ? -1 : 1;
    return memcmp(a->name + a->digits, b->name + b->digits, a->digit_count);
}

/* Equal numbers by name, so that messages do not hang on the order in the folder. */
static int compare_files(const void *a, const void *b) {
    const struct tlee_image_file *left = a, *right = b;
    int order = compare_numbers(left, right);
    return order ? order : strcmp(left->name, right->name);
}

/* True when b's number is a's plus 1. */
static bool follows(const struct tlee_image_file *a, const struct tlee_image_file *b) {
    const char *low = a->name + a->digits, *high = b->name + b->digits;
    size_t nines = 0, count = a->digit_count;
    while (nines < count && low[count - 1 - nines] == '9')
        nines++;
    /* Trailing nines become zeros, the digit before them, maybe none yet, goes up by one. */
    for (size_t i = 0; i < nines; i++)
        if (b->digit_count < nines || high[b->digit_count - 1 - i] != '0')
            return false;
    if (nines == count)
        return b->digit_count == count + 1 && high[0] == '1';
    return b->digit_count == count && high[count - 1 - nines] == low[count - 1 - nines] + 1 &&
           memcmp(low, high, count - 1 - nines) == 0;
}

static enum tlee_status grow(struct tlee_image_list *list, struct tlee_error *error) {
    size_t capacity = list->capacity ? list->capacity : 64, bytes;
    struct tlee_image_file *files = NULL;
    if (tlee_size_mul(capacity, 2, &capacity) &&
        tlee_size_mul(capacity, sizeof *list->files, &bytes))
        files = realloc(list->files, bytes);
    if (!files)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for a list of %zu files",
                         list->count);
    list->files = files;
    list->capacity = capacity;
    return TLEE_OK;
}

static enum tlee_status add_file(struct tlee_image_list *list, const char *name,
                                 struct tlee_error *error) {
    enum tlee_status status = list->count < list->capacity ? TLEE_OK : grow(list, error);
    if (status)
        return status;
    size_t bytes = strlen(name) + 1;
    struct tlee_image_file *file = &list->files[list->count];
    file->name = malloc(bytes);
    if (!file->name)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for a list of %zu files",
                         list->count);
    memcpy(file->name, name, bytes);
    list->count++;
    if (!find_number(file))
        return tlee_fail(error, TLEE_ERR_FORMAT, -1, "no number in the image's name %s", name);
    return TLEE_OK;
}

/* Some file systems do not tell the kind of an entry. */
static bool is_folder(DIR *folder, const struct dirent *entry) {
    struct stat info;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(dirfd(folder), entry->d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
}

static enum tlee_status add_entry(struct tlee_image_list *list, DIR *folder,
                                  const struct dirent *entry, struct tlee_error *error) {
    const char *kind = kind_of(entry->d_name);
    if (!kind || entry->d_name[0] == '.' || is_folder(folder, entry))
        return TLEE_OK;
    if (list->count && kind != list->kind)
        return tlee_fail(error, TLEE_ERR_FORMAT, -1,
                         "a mixture of image kinds: %.100s (%s) and %.100s (%s)",
                         list->files[0].name, list->kind, entry->d_name, kind);
    list->kind = kind;
    return add_file(list, entry->d_name, error);
}

static enum tlee_status fail_folder(int errno_value, struct tlee_error *error) {
    if (errno_value == ENOMEM)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for reading the folder");
    return tlee_fail_errno(error, errno_value, "the folder cannot be read");
}

static enum tlee_status read_entries(struct tlee_image_list *list, const char *path,
                                     struct tlee_error *error) {
    DIR *folder = opendir(path);
    if (!folder)
        return fail_folder(errno, error);
    enum tlee_status status = TLEE_OK;
    while (!status) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry)
            status = add_entry(list, folder, entry, error);
        else if (errno)
            status = fail_folder(errno, error);
        else
            break;
    }
    closedir(folder);
    return status;
}

/* What the sorted numbers show: doubles and gaps. */
static enum tlee_status check_numbers(const struct tlee_image_list *list,
                                      const struct tlee_video_options *options,
                                      struct tlee_error *error) {
    size_t gaps = 0, first_gap = 0;
    for (size_t i = 1; i < list->count; i++) {
        const struct tlee_image_file *a = &list->files[i - 1], *b = &list->files[i];
        if (compare_numbers(a, b) == 0)
            return tlee_fail(error, TLEE_ERR_FORMAT, -1, "a number occurs twice: %.120s and %.120s",
                             a->name, b->name);
        if (!follows(a, b) && !gaps++)
            first_gap = i;
    }
    if (gaps)
        tlee_warn(options, "%zu gap%s in the images' numbers, the first between %.100s and %.100s",
                  gaps, gaps > 1 ? "s" : "", list->files[first_gap - 1].name,
                  list->files[first_gap].name);
    return TLEE_OK;
}

enum tlee_status tlee_image_list_read(struct tlee_image_list *list, const char *path,
                                      const struct tlee_video_options *options,
                                      struct tlee_error *error) {
    *list = (struct tlee_image_list){0};
    enum tlee_status status = read_entries(list, path, error);
    if (!status && !list->count)
        status = tlee_fail(error, TLEE_ERR_FORMAT, -1, "no numbered images in the folder");
    if (!status) {
        qsort(list->files, list->count, sizeof *list->files, compare_files);
        status = check_numbers(list, options, error);
    }
    if (status)
        tlee_image_list_free(list);
    return status;
}

void tlee_image_list_free(struct tlee_image_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->files[i].name);
    free(list->files);
    *list = (struct tlee_image_list){0};
}
