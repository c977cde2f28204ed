/* SPDX-License-Identifier: MIT */
#include "say.h"

#include "text.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES = 8192 /* holds a path and a message; more is cut */
};

int tlee_say_usage(const char *topic, const char *format, ...) {
    char line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fputs("tlee: ", stderr);
    tlee_text_print(stderr, line);
    fprintf(stderr, " (see 'tlee help%s%s')\n", topic ? " " : "", topic ? topic : "");
    return TLEE_EXIT_USAGE;
}

int tlee_say_fault(const char *file, const char *message) {
    fputs("tlee: ", stderr);
    tlee_text_print(stderr, file);
    fputs(": ", stderr);
    tlee_text_print(stderr, message);
    fputc('\n', stderr);
    return TLEE_EXIT_FAULT;
}

void tlee_say_warning(const char *file, const char *format, ...) {
    char line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fputs("tlee: warning: ", stderr);
    tlee_text_print(stderr, file);
    fputs(": ", stderr);
    tlee_text_print(stderr, line);
    fputc('\n', stderr);
}

uint64_t tlee_now_ns(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct tlee_progress tlee_progress_start(void) {
    struct tlee_progress progress = {tlee_now_ns(), isatty(STDERR_FILENO) == 1, false};
    return progress;
}

static bool is_due(const struct tlee_progress *progress) {
    return progress->terminal && tlee_now_ns() - progress->start_ns >= 500000000;
}

/* What stands behind this on the line goes away. */
static void end_progress(struct tlee_progress *progress) {
    fputs("\033[K", stderr);
    fflush(stderr);
    progress->shown = true;
}

void tlee_progress_show(struct tlee_progress *progress, const char *what, size_t done,
                        size_t total) {
    if (!is_due(progress))
        return;
    fprintf(stderr, "\r%s %zu of %zu", what, done, total);
    end_progress(progress);
}

void tlee_progress_show_rate(struct tlee_progress *progress, const char *what, size_t done,
                             size_t total, size_t before) {
    double seconds = (double)(tlee_now_ns() - progress->start_ns) / 1e9;
    if (!is_due(progress) || done <= before)
        return;
    double rate = (double)(done - before) / seconds, left = (double)(total - done) / rate;
    char number[TLEE_NUMBER_BYTES];
    fprintf(stderr, "\r%s %zu of %zu, %s a second", what, done, total,
            tlee_text_number(number, rate));
    if (left < 3600)
        fprintf(stderr, ", %d:%02d left", (int)left / 60, (int)left % 60);
    else
        fprintf(stderr, ", %.1f h left", left / 3600);
    end_progress(progress);
}

void tlee_progress_clear(struct tlee_progress *progress) {
    if (progress->shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr); /* before the results, which go another way to the same terminal */
    }
    progress->shown = false;
}
