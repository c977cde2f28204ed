/* SPDX-License-Identifier: MIT */
/* Values on the command line, read strictly: the whole text or nothing. */
#ifndef TLEE_VALUES_H
#define TLEE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A whole number in least..most, written in decimal digits. *value is untouched on failure, here
 * and below. */
bool tlee_parse_count(const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* The same for 1..most. */
bool tlee_parse_size(const char *text, size_t most, size_t *value);

/* A decimal number in least..most, both 0 or more. */
bool tlee_parse_number(const char *text, double least, double most, double *value);

/* The same for a number in 0..1. */
bool tlee_parse_probability(const char *text, double *value);

/* Some such numbers with commas between, at least one and as many as there is `room` for. values
 * may be changed on failure. */
bool tlee_parse_numbers(const char *text, double least, double most, size_t room, double *values,
                        size_t *count);

/* A share "I/N" of something, I in 0..N-1. */
bool tlee_parse_share(const char *text, size_t *share, size_t *shares);

/* Position of text in a list of words such as "ts|t|full"; -1 when it is not there. */
int tlee_parse_choice(const char *text, const char *words);

#endif
