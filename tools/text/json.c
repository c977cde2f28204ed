/* SPDX-License-Identifier: MIT */
#include "json.h"

#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void quoted(FILE *out, const char *text) {
    fputc('"', out);
    while (*text) {
        const char *start = text;
        uint32_t point = tlee_text_next(&text);
        if (point == TLEE_NO_CODE_POINT)
            fputs("\\ufffd", out);
        else if (point < 0x20 || point == 0x7f)
            fprintf(out, "\\u%04" PRIx32, point);
        else if (point == '"' || point == '\\')
            fprintf(out, "\\%c", (int)point);
        else
            fwrite(start, 1, (size_t)(text - start), out);
    }
    fputc('"', out);
}

/* What stands before a value: the comma and the key. */
static void lead_in(struct tlee_json *json, const char *key) {
    if (json->comma)
        fputs(", ", json->out);
    json->comma = true;
    if (key) {
        quoted(json->out, key);
        fputs(": ", json->out);
    }
}

void tlee_json_begin(struct tlee_json *json, const char *key, char bracket) {
    lead_in(json, key);
    fputc(bracket, json->out);
    json->comma = false;
}

void tlee_json_end(struct tlee_json *json, char bracket) {
    fputc(bracket, json->out);
    json->comma = true;
}

void tlee_json_text(struct tlee_json *json, const char *key, const char *value) {
    lead_in(json, key);
    if (value)
        quoted(json->out, value);
    else
        fputs("null", json->out);
}

void tlee_json_uint(struct tlee_json *json, const char *key, uint64_t value) {
    lead_in(json, key);
    fprintf(json->out, "%" PRIu64, value);
}

/* A number that is not whole by its nature keeps a point or an exponent, so that readers which tell
 * the two kinds apart always see the same kind. */
static void real(struct tlee_json *json, const char *key, const char *text) {
    lead_in(json, key);
    fprintf(json->out, "%s%s", text, strpbrk(text, ".en") ? "" : ".0");
}

/* 9 significant digits tell any two floats apart (C11 5.2.4.2.2, FLT_DECIMAL_DIG); fewer are tried
 * first. */
void tlee_json_float(struct tlee_json *json, const char *key, float value) {
    char text[TLEE_NUMBER_BYTES] = "null";
    for (int digits = 6; isfinite(value) && digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    real(json, key, text);
}

void tlee_json_double(struct tlee_json *json, const char *key, double value) {
    char text[TLEE_NUMBER_BYTES];
    real(json, key, isfinite(value) ? tlee_text_exact(text, value) : "null");
}

void tlee_json_bool(struct tlee_json *json, const char *key, bool value) {
    lead_in(json, key);
    fputs(value ? "true" : "false", json->out);
}
