/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* Length of the character that begins with this byte; 0 when none does. */
static size_t sequence_length(unsigned char first) {
    if (first < 0x80)
        return 1;
    if (first < 0xc0 || first > 0xf7)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static bool is_continuation(unsigned char byte) {
    return (byte & 0xc0) == 0x80;
}

bool tlee_utf8_is_text(const char *bytes, size_t length) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)bytes;
    while (length) {
        size_t taken = sequence_length(*at);
        if (!taken || taken > length)
            return false;
        uint32_t code = taken == 1 ? *at : *at & (0x7fu >> taken);
        for (size_t i = 1; i < taken; i++) {
            if (!is_continuation(at[i]))
                return false;
            code = code << 6 | (at[i] & 0x3fu);
        }
        bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        bool is_surrogate = code >= 0xd800 && code < 0xe000;
        if (is_control || is_surrogate || code < smallest[taken] || code > 0x10ffff)
            return false;
        at += taken;
        length -= taken;
    }
    return true;
}

int tlee_utf8_cut(const char *text, int limit) {
    size_t length = strlen(text);
    if (length <= (size_t)limit)
        return (int)length;
    while (limit > 0 && is_continuation((unsigned char)text[limit]))
        limit--;
    return limit;
}
