/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stddef.h>
#include <stdlib.h>

/* Number of continuation bytes after a lead byte, its payload and the smallest code point that
 * needs so many; -1 when the byte leads nothing. */
static int lead(unsigned char byte, uint32_t *payload, uint32_t *smallest) {
    static const struct {
        unsigned char mask, pattern;
        uint32_t smallest;
    } rows[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (int i = 0; i < 4; i++) {
        if ((byte & rows[i].mask) == rows[i].pattern) {
            *payload = byte & (unsigned char)~rows[i].mask;
            *smallest = rows[i].smallest;
            return i;
        }
    }
    return -1;
}

uint32_t tlee_text_next(const char **text) {
    const char *at = *text;
    uint32_t point = 0, smallest = 0;
    int more = lead((unsigned char)*at, &point, &smallest);
    ++*text;
    if (more < 0)
        return TLEE_NO_CODE_POINT;
    /* The terminating zero is no continuation byte, so this never runs past the end. */
    for (int i = 1; i <= more; i++) {
        unsigned char byte = (unsigned char)at[i];
        if ((byte & 0xc0) != 0x80)
            return TLEE_NO_CODE_POINT;
        point = point << 6 | (byte & 0x3f);
    }
    if (point < smallest || point >= TLEE_NO_CODE_POINT || (point >= 0xd800 && point <= 0xdfff))
        return TLEE_NO_CODE_POINT;
    *text = at + more + 1;
    return point;
}

/* Prints the next code point of *text, which moves behind it. */
static void print_next(FILE *out, const char **text) {
    const char *start = *text;
    uint32_t point = tlee_text_next(text);
    /* 0x80 to 0x9f are control characters too, and some terminals obey them. */
    if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point == TLEE_NO_CODE_POINT)
        fputc('?', out);
    else
        fwrite(start, 1, (size_t)(*text - start), out);
}

void tlee_text_print(FILE *out, const char *text) {
    while (*text)
        print_next(out, &text);
}

/* The wide and full-width blocks of Unicode's East Asian Width (UAX 11), roughly. */
static int columns_of(uint32_t point) {
    static const uint32_t wide[][2] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff}, {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                                       {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (point >= wide[i][0] && point <= wide[i][1])
            return 2;
    return 1;
}

int tlee_text_print_fit(FILE *out, const char *text, int columns) {
    int used = 0, kept = 0; /* of all of it, as far as it fits; of what leaves room for ".." */
    const char *at = text, *kept_end = text;
    while (*at) {
        int more = columns_of(tlee_text_next(&at));
        if (used + more > columns)
            break;
        used += more;
        if (used + 2 <= columns) {
            kept = used;
            kept_end = at;
        }
        if (!*at) {
            tlee_text_print(out, text);
            return used;
        }
    }
    if (!*text)
        return 0;
    while (text < kept_end)
        print_next(out, &text);
    int dots = columns - kept < 2 ? columns - kept : 2;
    fprintf(out, "%.*s", dots, "..");
    return kept + dots;
}

const char *tlee_text_number(char buffer[TLEE_NUMBER_BYTES], double value) {
    int decimals = 2;
    for (double rest = value; rest >= 10 && decimals > 0; rest /= 10)
        decimals--;
    for (double rest = value; rest > 0 && rest < 1 && decimals < 9; rest *= 10)
        decimals++;
    snprintf(buffer, TLEE_NUMBER_BYTES, "%.*f", value > 0 ? decimals : 0, value);
    return buffer;
}

/* 17 digits tell any two doubles apart (C11 5.2.4.2.2, DBL_DECIMAL_DIG); fewer are tried first. */
const char *tlee_text_exact(char buffer[TLEE_NUMBER_BYTES], double value) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, TLEE_NUMBER_BYTES, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value)
            break;
    }
    return buffer;
}
