/* SPDX-License-Identifier: MIT */
#include "golden_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void golden_folder(char *folder, size_t bytes) {
    const char *tests = getenv("TLEE_TESTS"), *end = strrchr(__FILE__, '/');
    if (tests && *tests)
        snprintf(folder, bytes, "%s/golden", tests);
    else
        snprintf(folder, bytes, "%.*sgolden", end ? (int)(end - __FILE__ + 1) : 0, __FILE__);
}

bool golden_open(struct golden_file *file, const char *path) {
    *file = (struct golden_file){.stream = fopen(path, "r")};
    return file->stream && golden_next(file);
}

void golden_close(struct golden_file *file) {
    if (file->stream)
        fclose(file->stream);
    free(file->line);
    free(file->fields);
    *file = (struct golden_file){0};
}

static bool add_field(struct golden_file *file, char *text) {
    if (file->record.field_count == file->field_capacity) {
        size_t capacity = 2 * file->field_capacity + 64;
        char **fields = realloc(file->fields, capacity * sizeof *fields);
        if (!fields)
            return false;
        file->fields = fields;
        file->field_capacity = capacity;
    }
    file->fields[file->record.field_count++] = text;
    return true;
}

bool golden_next(struct golden_file *file) {
    file->record = (struct golden_record){0};
    if (getline(&file->line, &file->line_bytes, file->stream) < 0)
        return false;
    char *rest = NULL;
    file->record.kind = strtok_r(file->line, " \n", &rest);
    for (char *text; (text = strtok_r(NULL, " \n", &rest));)
        if (!add_field(file, text))
            return false;
    file->record.fields = file->fields;
    return file->record.kind;
}

bool golden_is(const struct golden_file *file, const char *kind, size_t field_count) {
    return file->record.kind && !strcmp(file->record.kind, kind) &&
           file->record.field_count >= field_count;
}

const char *golden_text(const struct golden_file *file, size_t field) {
    return field < file->record.field_count ? file->record.fields[field] : "";
}

double golden_number(const struct golden_file *file, size_t field) {
    const char *text = golden_text(file, field);
    return *text && strcmp(text, "-") ? strtod(text, NULL) : (double)NAN;
}

size_t golden_size(const struct golden_file *file, size_t field) {
    return (size_t)strtoull(golden_text(file, field), NULL, 10);
}
