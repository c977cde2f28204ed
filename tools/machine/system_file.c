/* SPDX-License-Identifier: MIT */
#include "system_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool tlee_read_line(char *line, size_t size, const char *format, ...) {
    char path[8192];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(path, sizeof path, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof path)
        return false;
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool whole = fgets(line, (int)size, file) && (strchr(line, '\n') || feof(file));
    fclose(file);
    if (whole)
        line[strcspn(line, "\n")] = '\0';
    return whole;
}

bool tlee_is_same_file(const char *a, const char *b) {
    struct stat of_a, of_b;
    return !stat(a, &of_a) && !stat(b, &of_b) && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}
