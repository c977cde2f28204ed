/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON on one line, value after value. Inside an object every value has a key; inside a list
 * key is NULL. Numbers are as short as reads back to the same value; those that are not finite
 * become null. Write errors stay recorded in the stream (ferror).
 */
#ifndef TLEE_JSON_H
#define TLEE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct tlee_json {
    FILE *out;
    bool comma; /* a value of the same object or list came before */
};

/* Opens an object ('{') or a list ('['); each is ended with its closing bracket. */
void tlee_json_begin(struct tlee_json *json, const char *key, char bracket);
void tlee_json_end(struct tlee_json *json, char bracket);

/* NULL is written as null; what is not UTF-8 is replaced by U+FFFD. */
void tlee_json_text(struct tlee_json *json, const char *key, const char *value);

void tlee_json_uint(struct tlee_json *json, const char *key, uint64_t value);
void tlee_json_float(struct tlee_json *json, const char *key, float value);
void tlee_json_double(struct tlee_json *json, const char *key, double value);
void tlee_json_bool(struct tlee_json *json, const char *key, bool value);

#endif
