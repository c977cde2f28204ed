/* SPDX-License-Identifier: MIT */
/*
 * Reads one JSON text (RFC 8259) value after value, strictly: what is not JSON, nested deeper than
 * TLEE_JSON_DEPTH or not UTF-8 is an error that names the byte. Nothing is allocated. After the
 * first error every call fails and nothing more is read.
 *
 *     tlee_json_in_start(&in, bytes, length);
 *     tlee_json_enter(&in, '{');
 *     while (tlee_json_next_key(&in, key, sizeof key))
 *         ... one value: a tlee_json_get_... or tlee_json_skip ...
 *     good = tlee_json_finish(&in);
 *
 * Whether a key occurs twice is for the caller to see.
 */
#ifndef TLEE_JSON_READ_H
#define TLEE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TLEE_JSON_DEPTH = 32
};

struct tlee_json_in {
    const char *begin, *at, *end;
    const char *reason;             /* NULL: no error so far; a constant text */
    size_t depth;                   /* of open objects and lists */
    bool first;                     /* no value of the one at hand was read yet */
    char brackets[TLEE_JSON_DEPTH]; /* that close them */
};

void tlee_json_in_start(struct tlee_json_in *in, const char *bytes, size_t length);

/* First character of the next value: one of {["-0123456789tfn, or 0 at the end of the text. */
char tlee_json_peek(struct tlee_json_in *in);

/* Goes into an object ('{') or a list ('['). */
bool tlee_json_enter(struct tlee_json_in *in, char bracket);

/* To the next value of the object or list, whose key goes to key[room] (a longer one is cut). False
 * at its end, behind which reading goes on, and on an error. */
bool tlee_json_next_key(struct tlee_json_in *in, char *key, size_t room);
bool tlee_json_next(struct tlee_json_in *in);

/* The next value. A text that does not fit with its zero, or holds U+0000, is an error, and so is a
 * number beyond the range of its type. */
bool tlee_json_get_text(struct tlee_json_in *in, char *text, size_t room);
bool tlee_json_get_uint(struct tlee_json_in *in, uint64_t *value);
bool tlee_json_get_double(struct tlee_json_in *in, double *value);
bool tlee_json_get_bool(struct tlee_json_in *in, bool *value);
bool tlee_json_get_null(struct tlee_json_in *in);
bool tlee_json_skip(struct tlee_json_in *in);

/* True when there was no error and nothing but blanks follows. */
bool tlee_json_finish(struct tlee_json_in *in);

/* Ends the reading for a reason of the caller's, a constant text; returns false. */
bool tlee_json_reject(struct tlee_json_in *in, const char *reason);

/* Byte of the text at which the error was found, from 0. */
size_t tlee_json_offset(const struct tlee_json_in *in);

#endif
