/* SPDX-License-Identifier: MIT */
/* Everything the command puts on standard error: one clean line for each thing there is to say. */
#ifndef TLEE_SAY_H
#define TLEE_SAY_H

#include "tlee_base.h"

#include <stdbool.h>

/* What the command exits with. */
enum {
    TLEE_EXIT_OK = 0,
    TLEE_EXIT_FAULT = 1, /* the input, the model or the machine is at fault */
    TLEE_EXIT_USAGE = 2  /* the command line is */
};

/* "tlee: FORMATTED (see 'tlee help TOPIC')"; topic may be NULL. Returns TLEE_EXIT_USAGE. */
int tlee_say_usage(const char *topic, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "tlee: FILE: MESSAGE". Returns TLEE_EXIT_FAULT. */
int tlee_say_fault(const char *file, const char *message);

/* "tlee: warning: FILE: FORMATTED". */
void tlee_say_warning(const char *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line about long work that rewrites itself. */
struct tlee_progress {
    uint64_t start_ns; /* of the work; nothing is shown of work that is done at once */
    bool terminal;     /* standard error is one */
    bool shown;        /* the line stands there now */
};

/* Progress of work that starts now. */
struct tlee_progress tlee_progress_start(void);

/* "WHAT DONE of TOTAL" in place of what the line said before. */
void tlee_progress_show(struct tlee_progress *progress, const char *what, size_t done,
                        size_t total);

/* The same with the rate and the time left; `before` of `done` were done before the work began. */
void tlee_progress_show_rate(struct tlee_progress *progress, const char *what, size_t done,
                             size_t total, size_t before);

/* Takes the line away; needed before anything else is printed. */
void tlee_progress_clear(struct tlee_progress *progress);

/* A clock that never goes back. */
uint64_t tlee_now_ns(void);

#endif
