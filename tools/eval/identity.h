/* SPDX-License-Identifier: MIT */
/*
 * What a record belongs to: a model, a list and all settings that can change an answer. Records
 * with another identity are never mixed. Threads, instruction sets and shares of a list are no part
 * of it: answers do not depend on them but for rounding.
 */
#ifndef TLEE_IDENTITY_H
#define TLEE_IDENTITY_H

#include "json.h"
#include "json_read.h"
#include "options.h"
#include "video_list.h"

enum {
    TLEE_HASH_TEXT = 17, /* 16 hexadecimal digits and a zero */
    TLEE_SETTINGS_TEXT = 1024
};

struct tlee_identity {
    char model[TLEE_HASH_TEXT];        /* tlee_model_info's fingerprint */
    char list[TLEE_HASH_TEXT];         /* tlee_list's hash */
    uint64_t videos;                   /* in the whole list */
    char settings[TLEE_SETTINGS_TEXT]; /* words KEY=VALUE, with blanks between them */
};

/* model, list and videos; settings become an empty text. */
void tlee_identity_begin(struct tlee_identity *of, const struct tlee_model_info *info,
                         const struct tlee_list *list);

/* Appends a word to the settings. What does not fit is cut. */
void tlee_identity_add(struct tlee_identity *of, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends what every use of the network depends on: its size, exits that are taken, frames, how it
 * is computed; */
void tlee_identity_add_network(struct tlee_identity *of, const struct tlee_cli_options *options,
                               const struct tlee_model_info *info);

/* and who decides, with which thresholds. */
void tlee_identity_add_decisions(struct tlee_identity *of, const struct tlee_cli_options *options,
                                 const struct tlee_model_info *info);

/* Number behind KEY= in the settings; false when it is not there. */
bool tlee_identity_number(const struct tlee_identity *of, const char *key, size_t *value);

/* True when both are the same. Otherwise the message says in which part `found` differs from
 * `wanted`, as the rest of a sentence: "another model (...)". */
bool tlee_identity_equal(const struct tlee_identity *found, const struct tlee_identity *wanted,
                         char *message, size_t size);

/* The object that is a record's `of`. */
void tlee_identity_write(const struct tlee_identity *of, struct tlee_json *json, const char *key);
bool tlee_identity_read(struct tlee_identity *of, struct tlee_json_in *in);

#endif
