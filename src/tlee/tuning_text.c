/* SPDX-License-Identifier: MIT */
/* Tunings as text. */
#include "tuning.h"

#include "status.h"

#include <stdio.h>
#include <string.h>

static const char name[] = "tlee-tuning ";
static const char heading[] =
    "tlee-tuning 1: isa channels height width outputs kernel stride padding residual threads "
    "method\n";
static const struct {
    const char *name;
    size_t least, most;
} numbers[] = {
    {"channels", 1, TLEE_TUNING_NUMBER_MOST}, {"height", 1, TLEE_TUNING_NUMBER_MOST},
    {"width", 1, TLEE_TUNING_NUMBER_MOST},    {"outputs", 1, TLEE_TUNING_NUMBER_MOST},
    {"kernel", 1, TLEE_TUNING_NUMBER_MOST},   {"stride", 1, TLEE_TUNING_NUMBER_MOST},
    {"padding", 0, TLEE_TUNING_NUMBER_MOST},  {"residual", 0, 1},
    {"threads", 1, TLEE_THREADS_MAX},
};
enum {
    NUMBERS = sizeof numbers / sizeof *numbers,
    WORDS = NUMBERS + 2,
    SHOWN = 40 /* bytes of a word in a message */
};

/* ---- Reading ---- */

/* A line that is being read, with its end cut off. */
struct line {
    size_t number; /* from 1 */
    int64_t offset;
    char text[TLEE_TUNING_LINE_BYTES];
    char *words[WORDS];
};

/* Cuts the line into its words; false when it does not have so many. */
static bool cut(struct line *line) {
    char *at = line->text;
    for (size_t i = 0; i < WORDS; i++) {
        line->words[i] = at;
        at = strchr(at, ' ');
        if (!at != (i + 1 == WORDS))
            return false;
        if (at)
            *at++ = 0;
    }
    return true;
}

/* A whole number of 1 to 6 digits. */
static bool read_number(const char *word, size_t *value) {
    size_t digits = strspn(word, "0123456789");
    if (!digits || digits > 6 || word[digits])
        return false;
    *value = 0;
    for (const char *digit = word; *digit; digit++)
        *value = *value * 10 + (size_t)(*digit - '0');
    return true;
}

static bool read_isa(const char *word, unsigned *cpu) {
    static const unsigned sets[] = {TLEE_CPU_AVX2, TLEE_CPU_AVX2 | TLEE_CPU_AVX512, TLEE_CPU_NEON};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (!strcmp(word, tlee_cpu_name(sets[i]))) {
            *cpu = sets[i];
            return true;
        }
    return false;
}

static bool read_choice(const char *word, enum tlee_conv_choice *choice) {
    for (int i = TLEE_CONV_BY_GEMM; i < TLEE_CONV_CHOICES; i++) {
        *choice = (enum tlee_conv_choice)i;
        if (!strcmp(word, tlee_conv_choice_name(*choice)))
            return true;
    }
    return false;
}

static enum tlee_status read_words(const struct line *line, struct tlee_tuned *tuned,
                                   struct tlee_error *error) {
    char *const *words = line->words;
    size_t *const places[NUMBERS] = {&tuned->c,   &tuned->h,        &tuned->w,
                                     &tuned->oc,  &tuned->kernel,   &tuned->stride,
                                     &tuned->pad, &tuned->residual, &tuned->threads};
    if (!read_isa(words[0], &tuned->cpu))
        return tlee_fail(error, TLEE_ERR_FORMAT, line->offset,
                         "line %zu: '%.*s' is not one of avx2, avx512, neon", line->number, SHOWN,
                         words[0]);
    for (size_t i = 0; i < NUMBERS; i++) {
        size_t least = numbers[i].least, most = numbers[i].most;
        if (!read_number(words[1 + i], places[i]) || *places[i] < least || *places[i] > most)
            return tlee_fail(error, TLEE_ERR_FORMAT, line->offset,
                             "line %zu: %s '%.*s', must be a number from %zu to %zu", line->number,
                             numbers[i].name, SHOWN, words[1 + i], least, most);
    }
    if (!read_choice(words[WORDS - 1], &tuned->choice))
        return tlee_fail(error, TLEE_ERR_FORMAT, line->offset, "line %zu: method '%.*s' is unknown",
                         line->number, SHOWN, words[WORDS - 1]);
    if (tuned->choice != TLEE_CONV_BY_GEMM && (tuned->kernel != 3 || tuned->stride != 1))
        return tlee_fail(error, TLEE_ERR_FORMAT, line->offset,
                         "line %zu: %s is for kernel 3 and stride 1, not %zu and %zu", line->number,
                         words[WORDS - 1], tuned->kernel, tuned->stride);
    return TLEE_OK;
}

static enum tlee_status add_line(struct tlee_tuning *tuning, struct line *line,
                                 struct tlee_error *error) {
    struct tlee_tuned tuned = {0};
    if (!cut(line))
        return tlee_fail(error, TLEE_ERR_FORMAT, line->offset,
                         "line %zu: has not %d words with one blank between them", line->number,
                         WORDS);
    enum tlee_status status = read_words(line, &tuned, error);
    if (status != TLEE_OK)
        return status;
    const struct tlee_tuned *twin = tlee_tuning_find(tuning, &tuned);
    if (twin)
        return tlee_fail(error, TLEE_ERR_FORMAT, line->offset,
                         "line %zu: has the shape of line %zu", line->number,
                         (size_t)(twin - tuning->shapes) + 2);
    if (tuning->count == TLEE_TUNING_SHAPES)
        return tlee_fail(error, TLEE_ERR_FORMAT, line->offset, "line %zu: more than %d shapes",
                         line->number, TLEE_TUNING_SHAPES);
    tuning->shapes[tuning->count++] = tuned;
    return TLEE_OK;
}

static enum tlee_status read_heading(const struct line *line, struct tlee_error *error) {
    size_t known = strlen(name), length = strlen(heading) - 1;
    if (strlen(line->text) == length && !memcmp(line->text, heading, length))
        return TLEE_OK;
    if (strncmp(line->text, name, known) != 0)
        return tlee_fail(error, TLEE_ERR_FORMAT, 0, "line 1: does not begin with '%s1'", name);
    const char *version = line->text + known;
    size_t digits = strcspn(version, ":");
    if (digits != 1 || *version != '1')
        return tlee_fail(error, TLEE_ERR_VERSION, 0,
                         "line 1: is of version '%.*s', this build reads 1",
                         (int)(digits < SHOWN ? digits : SHOWN), version);
    return tlee_fail(error, TLEE_ERR_FORMAT, 0, "line 1: the columns have other names");
}

enum tlee_status tlee_tuning_parse(struct tlee_tuning *tuning, const char *text, size_t bytes,
                                   struct tlee_error *error) {
    enum tlee_status status = TLEE_OK;
    struct line line = {.number = 1};
    for (size_t at = 0; status == TLEE_OK && (at < bytes || !at); line.number++) {
        const char *end = bytes > at ? memchr(text + at, '\n', bytes - at) : NULL;
        size_t length = end ? (size_t)(end - text) - at : bytes - at;
        line.offset = (int64_t)at;
        if (!end)
            return tlee_fail(error, TLEE_ERR_FORMAT, line.offset, "line %zu: cut short",
                             line.number);
        if (length >= sizeof line.text || memchr(text + at, 0, length))
            return tlee_fail(error, TLEE_ERR_FORMAT, line.offset,
                             "line %zu: too long or not a text", line.number);
        memcpy(line.text, text + at, length);
        line.text[length] = 0;
        status = at ? add_line(tuning, &line, error) : read_heading(&line, error);
        at += length + 1;
    }
    return status;
}

/* ---- Writing ---- */

size_t tlee_tuning_heading(char line[TLEE_TUNING_LINE_BYTES]) {
    memcpy(line, heading, sizeof heading);
    return strlen(heading);
}

size_t tlee_tuning_line(const struct tlee_tuned *tuned, char line[TLEE_TUNING_LINE_BYTES]) {
    int length =
        snprintf(line, TLEE_TUNING_LINE_BYTES, "%s %zu %zu %zu %zu %zu %zu %zu %zu %zu %s\n",
                 tlee_cpu_name(tuned->cpu), tuned->c, tuned->h, tuned->w, tuned->oc, tuned->kernel,
                 tuned->stride, tuned->pad, tuned->residual, tuned->threads,
                 tlee_conv_choice_name(tuned->choice));
    return length > 0 && length < TLEE_TUNING_LINE_BYTES ? (size_t)length : 0;
}
