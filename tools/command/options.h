/* SPDX-License-Identifier: MIT */
/* The command line: options anywhere on it until "--", the rest are operands. */
#ifndef TLEE_OPTIONS_H
#define TLEE_OPTIONS_H

#include "commands.h"
#include "tlee.h"
#include "tlee_video.h"

enum {
    TLEE_CLI_MAX_RUNS = 10000,
    TLEE_CLI_MAX_GRID = 1000000,
    TLEE_CLI_MAX_JOBS = 64,    /* each has its session, its video and ffmpeg's pipes */
    TLEE_CLI_MAX_THREADS = 256 /* what a session takes */
};

/* One number for all exits, or one for each. */
struct tlee_cli_numbers {
    size_t count; /* 0: not given */
    double values[TLEE_EXITS_MAX];
};

/* What a budget is counted in. */
enum tlee_budget {
    TLEE_BUDGET_NONE,
    TLEE_BUDGET_GMAC,
    TLEE_BUDGET_MS,
    TLEE_BUDGET_PAPER /* GMAC as the paper counts */
};

/* How pictures are shown. */
enum tlee_pictures {
    TLEE_PICTURES_AUTO, /* as the terminal can */
    TLEE_PICTURES_COLOUR,
    TLEE_PICTURES_GREY,
    TLEE_PICTURES_NONE
};

struct tlee_cli_options {
    const struct tlee_command *command; /* NULL when the line names none */
    const char *const *operands;        /* [operand_count], a part of argv */
    size_t operand_count;
    bool help, version;
    uint64_t start_ns; /* tlee_now_ns when the program began */
    bool json, trace, layers;
    const char *output;    /* file to write; NULL: none */
    const char *records;   /* file for a record of each video; NULL: none */
    const char *confusion; /* file for the confusion matrix; NULL: none */
    const char *names;     /* model that has the names of classes; NULL: none */
    const char *root;      /* folder of a list's relative paths; NULL: the current one */
    size_t jobs;           /* videos at once */
    const char *features, *check_features; /* files that keep recordings; NULL: none */
    const char *check;                     /* list to look at settings on; NULL: none */
    const char *points;                    /* file for all settings; NULL: none */
    const char *write;                     /* file for the model with chosen settings; NULL: none */
    size_t grid;                           /* least number of settings; 0: the default */
    enum tlee_budget budget_kind;
    double budget; /* mean cost of a video, at most */
    bool per_exit, temperature_fit, sure;
    size_t share, shares; /* lines of a list whose index mod shares is share */
    const char *dump;     /* folder for what each op computes; NULL: none */
    uint64_t dump_frame;  /* t */
    const char *film;     /* folder for film strips; NULL: none */
    enum tlee_pictures pictures;
    bool tune;
    const char *tune_cache; /* file that keeps what was measured; NULL: none */
    size_t top;             /* likeliest classes to list */
    size_t runs;            /* 0: as many as there is time for */
    size_t threads;         /* 0: as many as there are fast cores */
    struct tlee_cli_numbers first_threshold, exit_threshold, gate_threshold, temperature;
    struct tlee_model_options model;
    struct tlee_session_options session; /* threads and thresholds are set later */
    struct tlee_video_options video;     /* frames and order are the model's to say */
};

/*
 * Reads the command line; of an option given twice the last counts. On failure it has said what is
 * wrong. Strings stay those of argv, whose order changes: operands go to its beginning.
 */
int tlee_cli_parse(int argc, char **argv, struct tlee_cli_options *options);

/* Prints the options that the commands in `commands` (TLEE_FOR_ bits) take, a line each. */
void tlee_cli_print_options(unsigned commands);

#endif
