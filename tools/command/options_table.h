/* SPDX-License-Identifier: MIT */
/* One row for each option: where its value goes, and what help says of it. */
#ifndef TLEE_OPTIONS_TABLE_H
#define TLEE_OPTIONS_TABLE_H

#include "options.h"

/* Where a value goes in struct tlee_cli_options, at the row's offset. */
enum tlee_option_kind {
    TLEE_OPTION_FLAG,    /* bool, becomes true; the option takes no value */
    TLEE_OPTION_FILE,    /* const char *, not empty */
    TLEE_OPTION_COUNT,   /* size_t from 1 to `most` */
    TLEE_OPTION_NUMBERS, /* struct tlee_cli_numbers, each from 0 to 1 */
    TLEE_OPTION_SET      /* the row's own function stores it */
};

struct tlee_option {
    const char *name;
    const char *value;   /* as help shows it; NULL: the option takes none */
    const char *expects; /* what a value must be; NULL: one of the words in `value` */
    unsigned commands;   /* that take it */
    const char *help;
    enum tlee_option_kind kind;
    size_t offset, most;
    /* choice: position of value among the words. False when value is not what it must be. */
    bool (*set)(struct tlee_cli_options *options, const char *value, int choice);
};

/* In the order of the help; tlee.1 tells more of each. */
extern const struct tlee_option tlee_option_table[];
extern const size_t tlee_option_count;

/* Stores a value as the row says; false when it is not what the option expects. */
bool tlee_option_store(const struct tlee_option *row, struct tlee_cli_options *options,
                       const char *value);

/* Refuses a line that would lose a file which it names elsewhere, too; returns the exit status
 * (options_files.c). */
int tlee_options_check_files(const struct tlee_cli_options *options);

#endif
