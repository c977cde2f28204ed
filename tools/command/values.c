/* SPDX-License-Identifier: MIT */
#include "values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool tlee_parse_count(const char *text, uint64_t least, uint64_t most, uint64_t *value) {
    if (!*text || text[strspn(text, "0123456789")])
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    if (errno || number < least || number > most)
        return false;
    *value = number;
    return true;
}

bool tlee_parse_size(const char *text, size_t most, size_t *value) {
    uint64_t number;
    if (!tlee_parse_count(text, 1, most, &number))
        return false;
    *value = (size_t)number;
    return true;
}

bool tlee_parse_number(const char *text, double least, double most, double *value) {
    /* strtod alone would take blanks and signs in front, hexadecimal, nan and inf as well. */
    if (text[strspn(text, "0123456789.eE+-")] || !strchr("0123456789.", *text))
        return false;
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= least && number <= most))
        return false;
    *value = number;
    return true;
}

bool tlee_parse_probability(const char *text, double *value) {
    return tlee_parse_number(text, 0, 1, value);
}

bool tlee_parse_numbers(const char *text, double least, double most, size_t room, double *values,
                        size_t *count) {
    size_t found = 0;
    for (bool more = true; more; found++) {
        char number[64];
        size_t length = strcspn(text, ",");
        if (found == room || length >= sizeof number)
            return false;
        memcpy(number, text, length);
        number[length] = 0;
        if (!tlee_parse_number(number, least, most, &values[found]))
            return false;
        more = text[length];
        text += length + more;
    }
    *count = found;
    return true;
}

bool tlee_parse_share(const char *text, size_t *share, size_t *shares) {
    char first[24];
    size_t count;
    uint64_t number;
    const char *slash = strchr(text, '/');
    if (!slash || slash - text >= (ptrdiff_t)sizeof first)
        return false;
    memcpy(first, text, (size_t)(slash - text));
    first[slash - text] = '\0';
    if (!tlee_parse_size(slash + 1, SIZE_MAX, &count) ||
        !tlee_parse_count(first, 0, count - 1, &number))
        return false;
    *share = (size_t)number;
    *shares = count;
    return true;
}

int tlee_parse_choice(const char *text, const char *words) {
    size_t length = strlen(text);
    for (int i = 0;; i++) {
        size_t word = strcspn(words, "|");
        if (word == length && memcmp(words, text, length) == 0)
            return i;
        if (!words[word])
            return -1;
        words += word + 1;
    }
}
