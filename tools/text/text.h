/* SPDX-License-Identifier: MIT */
/* Text from files and users on its way to a terminal: hostile until it has passed through here. */
#ifndef TLEE_TEXT_H
#define TLEE_TEXT_H

#include <stdint.h>
#include <stdio.h>

enum {
    TLEE_NO_CODE_POINT = 0x110000, /* just above the last code point of Unicode */
    TLEE_NUMBER_BYTES = 48
};

/*
 * The next code point of zero-terminated UTF-8; *text moves behind it. A byte that begins no valid
 * sequence (overlong forms and surrogates are not valid) gives TLEE_NO_CODE_POINT and is skipped
 * alone. Not to be called at the end of the text.
 */
uint32_t tlee_text_next(const char **text);

/* Prints text with '?' for control characters and broken UTF-8, so that a name from a file can
 * neither begin a new line nor steer the terminal. */
void tlee_text_print(FILE *out, const char *text);

/*
 * The same, cut to so many columns of a terminal, with ".." for what is cut off. Characters of East
 * Asian scripts and emoji take two columns. Returns the columns that were used.
 */
int tlee_text_print_fit(FILE *out, const char *text, int columns);

/* Writes value >= 0 with three significant digits, or all before the point, and no exponent. */
const char *tlee_text_number(char buffer[TLEE_NUMBER_BYTES], double value);

/* Writes a finite value as short as reads back to the same double; the command never leaves the "C"
 * locale, so the point is a point. */
const char *tlee_text_exact(char buffer[TLEE_NUMBER_BYTES], double value);

#endif
