/* SPDX-License-Identifier: MIT */
#include "json_text.h"

#include <string.h>

static void put(struct tlee_json_sink *sink, unsigned byte) {
    if (sink->length < sink->room)
        sink->text[sink->length] = (char)byte;
    sink->length++;
}

static void put_code_point(struct tlee_json_sink *sink, uint32_t code) {
    if (code < 0x80) {
        put(sink, code);
    } else if (code < 0x800) {
        put(sink, 0xc0 | code >> 6);
        put(sink, 0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        put(sink, 0xe0 | code >> 12);
        put(sink, 0x80 | (code >> 6 & 0x3f));
        put(sink, 0x80 | (code & 0x3f));
    } else {
        put(sink, 0xf0 | code >> 18);
        put(sink, 0x80 | (code >> 12 & 0x3f));
        put(sink, 0x80 | (code >> 6 & 0x3f));
        put(sink, 0x80 | (code & 0x3f));
    }
}

static int hex_value(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The four digits behind "\u". */
static bool take_hex(struct tlee_json_in *in, uint32_t *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = in->at < in->end ? hex_value(*in->at) : -1;
        if (digit < 0)
            return tlee_json_reject(in, "\\u without four hexadecimal digits");
        *unit = *unit << 4 | (uint32_t)digit;
        in->at++;
    }
    return true;
}

/* Behind "\u": one code point, from two surrogates if need be. */
static bool take_escaped_code_point(struct tlee_json_in *in, struct tlee_json_sink *sink) {
    uint32_t code, low;
    if (!take_hex(in, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00 && in->end - in->at >= 2 && !memcmp(in->at, "\\u", 2)) {
        in->at += 2;
        if (!take_hex(in, &low))
            return false;
        if (low < 0xdc00 || low > 0xdfff)
            return tlee_json_reject(in, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code >= 0xd800 && code <= 0xdfff)
        return tlee_json_reject(in, "half of a surrogate pair");
    if (!code && sink->room)
        return tlee_json_reject(in, "a text with U+0000");
    put_code_point(sink, code);
    return true;
}

static bool take_escape(struct tlee_json_in *in, struct tlee_json_sink *sink) {
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char letter = in->at < in->end ? *in->at : '\0';
    const char *place = letter ? strchr(letters, letter) : NULL;
    if (letter != 'u' && !place)
        return tlee_json_reject(in, "an escape that JSON does not have");
    in->at++;
    if (letter == 'u')
        return take_escaped_code_point(in, sink);
    put(sink, (unsigned char)meanings[place - letters]);
    return true;
}

/* One character of more than seven bits, in its shortest form (RFC 3629). */
static bool take_utf8(struct tlee_json_in *in, struct tlee_json_sink *sink) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)*in->at;
    int bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || in->end - in->at < bytes)
        return tlee_json_reject(in, "text that is not UTF-8");
    uint32_t code = lead & (0x7fu >> bytes);
    for (int i = 1; i < bytes; i++) {
        unsigned char next = (unsigned char)in->at[i];
        if ((next & 0xc0) != 0x80)
            return tlee_json_reject(in, "text that is not UTF-8");
        code = code << 6 | (next & 0x3f);
    }
    if (code < smallest[bytes] || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
        return tlee_json_reject(in, "text that is not UTF-8");
    put_code_point(sink, code);
    in->at += bytes;
    return true;
}

bool tlee_json_take_text(struct tlee_json_in *in, struct tlee_json_sink *sink) {
    while (in->at < in->end && *in->at != '"') {
        unsigned char byte = (unsigned char)*in->at;
        if (byte < 0x20)
            return tlee_json_reject(in, "a control character within a text");
        if (byte >= 0x80) {
            if (!take_utf8(in, sink))
                return false;
            continue;
        }
        in->at++;
        if (byte != '\\')
            put(sink, byte);
        else if (!take_escape(in, sink))
            return false;
    }
    if (in->at == in->end)
        return tlee_json_reject(in, "the text is cut short");
    in->at++;
    return true;
}
