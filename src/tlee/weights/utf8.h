/* SPDX-License-Identifier: MIT */
/* Text that can be shown: checked where it enters, so that nobody has to ask again. */
#ifndef TLEE_UTF8_H
#define TLEE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True for well-formed UTF-8 (RFC 3629: shortest forms, no surrogates, nothing above U+10FFFF)
 * without control characters (U+0000 to U+001F, U+007F to U+009F). */
bool tlee_utf8_is_text(const char *bytes, size_t length);

/* Length of the first `limit` bytes of text without a character that would be cut in two; all of it
 * when it is not longer. For "%.*s". */
int tlee_utf8_cut(const char *text, int limit);

#endif
