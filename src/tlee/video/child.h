/* SPDX-License-Identifier: MIT */
/* A child process whose standard output is read, while what it says on standard error is drained
 * and its last line kept. */
#ifndef TLEE_CHILD_H
#define TLEE_CHILD_H

#include "tlee_base.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
    TLEE_CHILD_LINE = 1024 /* bytes of a line that are kept, zero included */
};

/* {.output = -1, .errors = -1} is no child. */
struct tlee_child {
    pid_t pid;          /* 0: none, or ended and reaped */
    int output, errors; /* read ends, non-blocking; -1: closed */
    int result;         /* exit status; 128 + signal; meaningful once reaped */
    bool line_ended;    /* `line` is whole: the next byte begins another */
    size_t line_length;
    char line[TLEE_CHILD_LINE]; /* last non-empty line of standard error, zero-terminated */
};

/*
 * Starts arguments[0], found along PATH, with that NULL-ended list and an empty standard input; no
 * shell has a part in it. UNSUPPORTED: there is no such program; IO. On failure *child is no child.
 */
enum tlee_status tlee_child_start(struct tlee_child *child, const char *const *arguments,
                                  struct tlee_error *error);

/* As read(2) on the child's standard output, with a struct tlee_child as cookie: a tlee_fill_fn. */
ptrdiff_t tlee_child_read(void *child, unsigned char *to, size_t room);

/* Waits for the child's end, which must be near: after some seconds it is killed. True when it
 * exited with status 0; child->result tells more. */
bool tlee_child_finish(struct tlee_child *child);

/* Kills the child if it still runs, reaps it and closes its descriptors. Harmless when there is
 * none; child->line stays. */
void tlee_child_stop(struct tlee_child *child);

#endif
