/* SPDX-License-Identifier: MIT */
#include "utf8.h"
#include "weights_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const unsigned char *tlee_weights_take(struct tlee_weights_section *section, size_t bytes) {
    if (bytes > section->end - section->at)
        return NULL;
    const unsigned char *taken = section->bytes + section->at;
    section->at += bytes;
    return taken;
}

const char *tlee_weights_take_text(struct tlee_weights_section *section, size_t length) {
    const unsigned char *taken = tlee_weights_take(section, length);
    if (!taken)
        return NULL;
    char *copy = section->texts;
    memcpy(copy, taken, length);
    copy[length] = '\0';
    section->texts += length + 1;
    return copy;
}

enum tlee_status tlee_weights_reject(const struct tlee_weights_section *section, uint64_t offset,
                                     const char *format, ...) {
    char reason[TLEE_ERROR_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    if (section->name)
        return tlee_fail(section->error, TLEE_ERR_FORMAT, (int64_t)offset,
                         "%s '%.*s', byte %" PRIu64 ": %s", section->named,
                         tlee_utf8_cut(section->name, TLEE_WEIGHTS_NAME_SHOWN), section->name,
                         offset, reason);
    return tlee_fail(section->error, TLEE_ERR_FORMAT, (int64_t)offset,
                     "%s %zu, byte %" PRIu64 ": %s", section->what, section->index, offset, reason);
}

enum tlee_status tlee_weights_reject_cut(const struct tlee_weights_section *section) {
    return tlee_weights_reject(section, section->at, "runs beyond the end of its section, byte %zu",
                               section->end);
}
