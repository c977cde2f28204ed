/* SPDX-License-Identifier: MIT */
#include "json_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_BYTES = 64 /* 17 digits tell doubles apart; longer than this is no number of ours */
};

void tlee_json_in_start(struct tlee_json_in *in, const char *bytes, size_t length) {
    *in = (struct tlee_json_in){.begin = bytes, .at = bytes, .end = bytes + length};
}

bool tlee_json_reject(struct tlee_json_in *in, const char *reason) {
    if (!in->reason)
        in->reason = reason;
    return false;
}

size_t tlee_json_offset(const struct tlee_json_in *in) {
    return (size_t)(in->at - in->begin);
}

char tlee_json_peek(struct tlee_json_in *in) {
    while (in->at < in->end && strchr(" \t\r\n", *in->at) && *in->at)
        in->at++;
    return in->at < in->end && !in->reason ? *in->at : '\0';
}

/* Takes that character, behind blanks. */
static bool expect(struct tlee_json_in *in, char c, const char *reason) {
    if (tlee_json_peek(in) != c)
        return tlee_json_reject(in, in->at == in->end ? "the text is cut short" : reason);
    in->at++;
    return true;
}

static bool take_word(struct tlee_json_in *in, const char *word) {
    size_t length = strlen(word);
    tlee_json_peek(in);
    if (in->reason || (size_t)(in->end - in->at) < length || memcmp(in->at, word, length) != 0)
        return tlee_json_reject(in, "another kind of value than expected");
    in->at += length;
    return true;
}

/* ---- Texts ---- */

static bool take_text(struct tlee_json_in *in, struct tlee_json_sink *sink) {
    return expect(in, '"', "another kind of value than expected") && tlee_json_take_text(in, sink);
}

bool tlee_json_get_text(struct tlee_json_in *in, char *text, size_t room) {
    struct tlee_json_sink sink = {text, room, 0};
    *text = '\0';
    if (!take_text(in, &sink))
        return false;
    if (sink.length >= room)
        return tlee_json_reject(in, "a text that is too long");
    text[sink.length] = '\0';
    return true;
}

/* ---- Numbers and words ---- */

static const char *skip_digits(const char *at, const char *end) {
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* A copy of the number that comes next; *whole: it has neither sign, point nor exponent. */
static bool take_number(struct tlee_json_in *in, char copy[NUMBER_BYTES], bool *whole) {
    tlee_json_peek(in);
    const char *at = in->at, *end = in->end;
    at += at < end && *at == '-';
    const char *digits = at, *more;
    at = skip_digits(at, end);
    bool good = !in->reason && at > digits && (*digits != '0' || at == digits + 1);
    *whole = digits == in->at;
    if (good && at < end && *at == '.') {
        more = skip_digits(at + 1, end);
        good = more > at + 1;
        at = more;
        *whole = false;
    }
    if (good && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        more = skip_digits(at, end);
        good = more > at;
        at = more;
        *whole = false;
    }
    if (!good)
        return tlee_json_reject(in, "another kind of value than expected");
    size_t length = (size_t)(at - in->at);
    if (length >= NUMBER_BYTES)
        return tlee_json_reject(in, "a number of too many digits");
    memcpy(copy, in->at, length);
    copy[length] = '\0';
    in->at = at;
    return true;
}

bool tlee_json_get_uint(struct tlee_json_in *in, uint64_t *value) {
    char copy[NUMBER_BYTES];
    bool whole;
    uint64_t sum = 0;
    if (!take_number(in, copy, &whole))
        return false;
    if (!whole)
        return tlee_json_reject(in, "another kind of value than expected");
    for (const char *digit = copy; *digit; digit++) {
        uint64_t unit = (uint64_t)(*digit - '0');
        if (sum > (UINT64_MAX - unit) / 10)
            return tlee_json_reject(in, "a number out of range");
        sum = 10 * sum + unit;
    }
    *value = sum;
    return true;
}

bool tlee_json_get_double(struct tlee_json_in *in, double *value) {
    char copy[NUMBER_BYTES];
    bool whole;
    if (!take_number(in, copy, &whole))
        return false;
    double number = strtod(copy, NULL);
    if (!isfinite(number))
        return tlee_json_reject(in, "a number out of range");
    *value = number;
    return true;
}

bool tlee_json_get_bool(struct tlee_json_in *in, bool *value) {
    *value = tlee_json_peek(in) == 't';
    return take_word(in, *value ? "true" : "false");
}

bool tlee_json_get_null(struct tlee_json_in *in) {
    return take_word(in, "null");
}

/* ---- Objects and lists ---- */

bool tlee_json_enter(struct tlee_json_in *in, char bracket) {
    if (!expect(in, bracket, "another kind of value than expected"))
        return false;
    if (in->depth == TLEE_JSON_DEPTH)
        return tlee_json_reject(in, "objects and lists within each other too deep");
    in->brackets[in->depth++] = bracket == '{' ? '}' : ']';
    in->first = true;
    return true;
}

/* Behind the last value: to the next one. */
static bool next_value(struct tlee_json_in *in, char bracket) {
    char next = tlee_json_peek(in);
    if (in->reason || !in->depth || in->brackets[in->depth - 1] != bracket)
        return tlee_json_reject(in, "another kind of value than expected");
    if (next == bracket) {
        in->at++;
        in->depth--;
        in->first = false;
        return false;
    }
    if (!in->first && !expect(in, ',', "no comma between values"))
        return false;
    in->first = false;
    return true;
}

bool tlee_json_next(struct tlee_json_in *in) {
    return next_value(in, ']');
}

static bool next_key(struct tlee_json_in *in, struct tlee_json_sink *sink) {
    return next_value(in, '}') && take_text(in, sink) && expect(in, ':', "a key without a value");
}

bool tlee_json_next_key(struct tlee_json_in *in, char *key, size_t room) {
    struct tlee_json_sink sink = {key, room, 0};
    if (!next_key(in, &sink))
        return false;
    key[sink.length < room ? sink.length : room - 1] = '\0';
    return true;
}

/* Everything but what goes deeper. */
static bool skip_simple(struct tlee_json_in *in) {
    struct tlee_json_sink nowhere = {0};
    char copy[NUMBER_BYTES];
    bool whole;
    switch (tlee_json_peek(in)) {
    case '"':
        return take_text(in, &nowhere);
    case 't':
    case 'f':
        return tlee_json_get_bool(in, &whole);
    case 'n':
        return tlee_json_get_null(in);
    default:
        return take_number(in, copy, &whole);
    }
}

bool tlee_json_skip(struct tlee_json_in *in) {
    size_t outside = in->depth;
    struct tlee_json_sink nowhere = {0};
    do {
        char next = tlee_json_peek(in);
        if (next == '{' || next == '[' ? !tlee_json_enter(in, next) : !skip_simple(in))
            return false;
        /* To the next value within, or out of all that have ended. */
        while (in->depth > outside) {
            bool object = in->brackets[in->depth - 1] == '}';
            if (object ? next_key(in, &nowhere) : tlee_json_next(in))
                break;
            if (in->reason)
                return false;
        }
    } while (in->depth > outside);
    return true;
}

bool tlee_json_finish(struct tlee_json_in *in) {
    tlee_json_peek(in);
    return !in->reason &&
           (in->at == in->end && !in->depth ? true
                                            : tlee_json_reject(in, "something follows the end"));
}
