/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include "values.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- Looking at them ---- */

bool tlee_identity_number(const struct tlee_identity *of, const char *key, size_t *value) {
    size_t length = strlen(key);
    for (const char *word = of->settings; *word; word += *word == ' ') {
        size_t size = strcspn(word, " ");
        char digits[24];
        uint64_t number;
        if (size > length && word[length] == '=' && !memcmp(word, key, length) &&
            size - length <= sizeof digits) {
            memcpy(digits, word + length + 1, size - length - 1);
            digits[size - length - 1] = '\0';
            if (!tlee_parse_count(digits, 0, SIZE_MAX, &number))
                return false;
            *value = (size_t)number;
            return true;
        }
        word += size;
    }
    return false;
}

/* The first word of each in which they differ. */
static bool settings_equal(const char *found, const char *wanted, char *message, size_t size) {
    while (*found || *wanted) {
        size_t a = strcspn(found, " "), b = strcspn(wanted, " ");
        if (a != b || memcmp(found, wanted, a) != 0) {
            snprintf(message, size, "another setting (%.*s, not %.*s)", a ? (int)a : 4,
                     a ? found : "none", b ? (int)b : 4, b ? wanted : "none");
            return false;
        }
        found += a + (found[a] == ' ');
        wanted += b + (wanted[b] == ' ');
    }
    return true;
}

bool tlee_identity_equal(const struct tlee_identity *found, const struct tlee_identity *wanted,
                         char *message, size_t size) {
    if (strcmp(found->model, wanted->model) != 0)
        snprintf(message, size, "another model (%s, not %s)", found->model, wanted->model);
    else if (found->videos != wanted->videos)
        snprintf(message, size, "another list (%" PRIu64 " videos, not %" PRIu64 ")", found->videos,
                 wanted->videos);
    else if (strcmp(found->list, wanted->list) != 0)
        snprintf(message, size, "another list (%s, not %s)", found->list, wanted->list);
    else
        return settings_equal(found->settings, wanted->settings, message, size);
    return false;
}

/* ---- JSON ---- */

void tlee_identity_write(const struct tlee_identity *of, struct tlee_json *json, const char *key) {
    tlee_json_begin(json, key, '{');
    tlee_json_text(json, "model", of->model);
    tlee_json_text(json, "list", of->list);
    tlee_json_uint(json, "videos", of->videos);
    tlee_json_text(json, "settings", of->settings);
    tlee_json_end(json, '}');
}

static bool is_hash(const char *text) {
    return strlen(text) == TLEE_HASH_TEXT - 1 && !text[strspn(text, "0123456789abcdef")];
}

static bool take(struct tlee_identity *of, struct tlee_json_in *in, const char *key) {
    if (!strcmp(key, "model"))
        return !*of->model && tlee_json_get_text(in, of->model, sizeof of->model);
    if (!strcmp(key, "list"))
        return !*of->list && tlee_json_get_text(in, of->list, sizeof of->list);
    if (!strcmp(key, "videos"))
        return !of->videos && tlee_json_get_uint(in, &of->videos);
    if (!strcmp(key, "settings"))
        return !*of->settings && tlee_json_get_text(in, of->settings, sizeof of->settings);
    return tlee_json_skip(in);
}

bool tlee_identity_read(struct tlee_identity *of, struct tlee_json_in *in) {
    char key[16];
    memset(of, 0, sizeof *of);
    if (!tlee_json_enter(in, '{'))
        return false;
    while (tlee_json_next_key(in, key, sizeof key))
        if (!take(of, in, key))
            return tlee_json_reject(in, "a key of 'of' that is there twice");
    return !in->reason && ((is_hash(of->model) && is_hash(of->list) && of->videos) ||
                           tlee_json_reject(in, "no model, list or videos in 'of'"));
}
