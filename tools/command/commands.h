/* SPDX-License-Identifier: MIT */
/* The subcommands of tlee: a row in the table of tlee.c and a file cmd_NAME.c each. */
#ifndef TLEE_COMMANDS_H
#define TLEE_COMMANDS_H

#include "say.h"
#include "tlee.h"

struct tlee_cli_options;

/* A bit for each command, for the table of options. */
enum {
    TLEE_FOR_RUN = 1 << 0,
    TLEE_FOR_INFO = 1 << 1,
    TLEE_FOR_VERIFY = 1 << 2,
    TLEE_FOR_HELP = 1 << 3,
    TLEE_FOR_BENCH = 1 << 4,
    TLEE_FOR_PREPARE = 1 << 5,
    TLEE_FOR_EVAL = 1 << 6,
    TLEE_FOR_SWEEP = 1 << 7,
    TLEE_FOR_MERGE = 1 << 8,
    TLEE_FOR_SHOW = 1 << 9
};

struct tlee_command {
    const char *name;
    unsigned bit;         /* 0: the name is taken, the command comes later */
    const char *operands; /* as help shows them */
    size_t min_operands, max_operands;
    const char *summary;     /* for the list of commands */
    const char *description; /* for its own help: lines, each ending with a newline */
    int (*run)(const struct tlee_cli_options *options); /* returns the exit status */
};

/* The row of that name, or NULL. */
const struct tlee_command *tlee_command_find(const char *name);

int tlee_cmd_run(const struct tlee_cli_options *options);
int tlee_cmd_info(const struct tlee_cli_options *options);
int tlee_cmd_prepare(const struct tlee_cli_options *options);
int tlee_cmd_verify(const struct tlee_cli_options *options);
int tlee_cmd_merge(const struct tlee_cli_options *options);
int tlee_cmd_bench(const struct tlee_cli_options *options);
int tlee_cmd_eval(const struct tlee_cli_options *options);
int tlee_cmd_sweep(const struct tlee_cli_options *options);
int tlee_cmd_show(const struct tlee_cli_options *options);

/*
 * Opens the model named by the first operand, and warns when it cannot take the exits asked for. On
 * failure it has said what is wrong, *model is NULL and the exit status is returned.
 */
int tlee_cli_open_model(const struct tlee_cli_options *options, tlee_model **model);

/* The same for a command that can do without a gate: a model whose gate is missing opens without
 * one, with a warning. */
int tlee_cli_open_gateless_model(const struct tlee_cli_options *options, tlee_model **model);

/* A session with the threads asked for; says what is wrong, as above. */
int tlee_cli_open_session(const struct tlee_cli_options *options, const tlee_model *model,
                          tlee_session **session);
unsigned tlee_cli_threads(const struct tlee_cli_options *options);

/* The thresholds and temperatures asked for; the model's where none are. When they do not fit the
 * number of its exits it has said so. */
int tlee_cli_thresholds(const struct tlee_cli_options *options, const struct tlee_model_info *info,
                        struct tlee_thresholds *thresholds);

/* "ts", "t" or "full". */
const char *tlee_cli_mode_name(enum tlee_mode mode);

#endif
