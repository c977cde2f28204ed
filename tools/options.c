/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "values.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
    FOR_MODEL = TLEE_FOR_RUN | TLEE_FOR_INFO | TLEE_FOR_BENCH, /* commands that use a network */
    FOR_NETWORK = FOR_MODEL | TLEE_FOR_PREPARE,                /* and those that build one */
    FOR_FRAMES = TLEE_FOR_RUN | TLEE_FOR_BENCH                 /* those that run it */
};

enum option_id {
    HELP,
    VERSION,
    JSON,
    TRACE,
    LAYERS,
    TOP,
    RUNS,
    THREADS,
    NO_SPIN,
    CPU,
    MODE,
    FIRST_THRESHOLD,
    EXIT_THRESHOLD,
    GATE_THRESHOLD,
    GATE,
    SEED,
    ORDER,
    EVERY,
    MATRIX,
    EXACT,
    TUNE,
    TUNE_CACHE,
    LOAD,
    NO_FOLD,
    NO_VERIFY,
    OUTPUT,
    OPTION_IDS
};

struct option {
    enum option_id id;
    const char *name;
    const char *value;   /* as help shows it; NULL: the option takes none */
    const char *expects; /* what a value must be; NULL: one of the words in `value` */
    unsigned commands;   /* that take it */
    const char *help;
};

#define COUNT       "a whole number from 1"
#define PROBABILITY "a number from 0 to 1"

/* In the order of the help; docs in tlee.1. */
static const struct option table[] = {
    {OUTPUT, "--output", "FILE", "a file's name", TLEE_FOR_PREPARE, "what to write, -o for short"},
    {JSON, "--json", NULL, NULL, FOR_MODEL, "one JSON object instead of text"},
    {TRACE, "--trace", NULL, NULL, TLEE_FOR_RUN, "every exit that was evaluated, too"},
    {LAYERS, "--layers", NULL, NULL, TLEE_FOR_INFO | TLEE_FOR_BENCH,
     "every layer of the network, too"},
    {TOP, "--top", "K", COUNT, TLEE_FOR_RUN, "list the K likeliest classes (5)"},
    {RUNS, "--runs", "N", "a whole number from 1 to 10000", TLEE_FOR_BENCH,
     "times to measure each (about 2 s, 5 at least)"},
    {THREADS, "--threads", "N", "a whole number from 1 to 256", FOR_FRAMES,
     "threads to compute with (the fast cores here)"},
    {NO_SPIN, "--no-spin", NULL, NULL, FOR_FRAMES, "threads that wait sleep at once"},
    {CPU, "--cpu", "c|avx2|avx512|neon", NULL, FOR_NETWORK, "instruction set (the best here)"},
    {MODE, "--mode", "ts|t|full", NULL, FOR_NETWORK, "exits to take (what the model says)"},
    {FIRST_THRESHOLD, "--first-threshold", "P", PROBABILITY, TLEE_FOR_RUN,
     "finished at the first frame when surer than P"},
    {EXIT_THRESHOLD, "--exit-threshold", "P", PROBABILITY, TLEE_FOR_RUN,
     "on to the next frame when surer than P"},
    {GATE_THRESHOLD, "--gate-threshold", "P", PROBABILITY, TLEE_FOR_RUN,
     "finished when the gate says P or more (0.5)"},
    {GATE, "--gate", "none|random", NULL, FOR_NETWORK, "nobody or a coin in the gate's place"},
    {SEED, "--seed", "N", "a whole number below 2^64", TLEE_FOR_RUN, "of that coin (0)"},
    {ORDER, "--order", "sequential", NULL, TLEE_FOR_RUN, "take frames as they come"},
    {EVERY, "--every", "K", COUNT, TLEE_FOR_RUN, "with it: only each K-th frame (1)"},
    {MATRIX, "--matrix", "bt601|bt709", NULL, TLEE_FOR_RUN, "colours of Y4M input (bt601)"},
    {EXACT, "--exact", NULL, NULL, FOR_NETWORK, "no merged linear layers, no transforms"},
    {TUNE, "--tune", NULL, NULL, FOR_NETWORK, "methods of convolutions by measuring first"},
    {TUNE_CACHE, "--tune-cache", "FILE", "a file's name", FOR_NETWORK,
     "the same, and keep what was measured in FILE"},
    {LOAD, "--load", "read|map", NULL, FOR_MODEL, "copy the weights file or map it"},
    {NO_FOLD, "--no-fold", NULL, NULL, FOR_MODEL, "leave batch-norm layers by themselves"},
    {NO_VERIFY, "--no-verify", NULL, NULL, FOR_MODEL, "do not check the checksums of tensors"},
    {HELP, "--help", NULL, NULL, UINT_MAX, "show this and stop"},
    {VERSION, "--version", NULL, NULL, UINT_MAX, "show the version and stop"},
};
enum {
    ROWS = sizeof table / sizeof *table
};
_Static_assert(OPTION_IDS <= 32, "the options given are the bits of a uint32_t");

/* ---- The line ---- */

/* False when the value is not what the option expects. */
static bool store(struct tlee_cli_options *o, const struct option *row, const char *value) {
    /* A better set builds on the one below it, so both are asked for. */
    static const int sets[] = {TLEE_CPU_C, TLEE_CPU_AVX2, TLEE_CPU_AVX2 | TLEE_CPU_AVX512,
                               TLEE_CPU_NEON};
    static const enum tlee_mode modes[] = {TLEE_MODE_TS, TLEE_MODE_T, TLEE_MODE_FULL};
    int choice = row->value && !row->expects ? tlee_parse_choice(value, row->value) : 0;
    if (choice < 0)
        return false;
    switch (row->id) {
    case HELP:
        return o->help = true;
    case VERSION:
        return o->version = true;
    case JSON:
        return o->json = true;
    case TRACE:
        return o->trace = true;
    case LAYERS:
        return o->layers = true;
    case TOP:
        return tlee_parse_size(value, SIZE_MAX, &o->top);
    case RUNS:
        return tlee_parse_size(value, 10000, &o->runs);
    case THREADS:
        return tlee_parse_size(value, TLEE_CLI_MAX_THREADS, &o->threads);
    case NO_SPIN:
        o->session.spin = 0;
        return true;
    case CPU:
        o->model.cpu = sets[choice];
        return true;
    case MODE:
        o->model.mode = modes[choice];
        return true;
    case FIRST_THRESHOLD:
        return tlee_parse_probability(value, &o->session.first_threshold);
    case EXIT_THRESHOLD:
        return tlee_parse_probability(value, &o->session.exit_threshold);
    case GATE_THRESHOLD:
        return tlee_parse_probability(value, &o->session.gate_threshold);
    case GATE:
        o->model.gate = choice ? TLEE_GATE_RANDOM : TLEE_GATE_NONE;
        return true;
    case SEED:
        return tlee_parse_count(value, 0, UINT64_MAX, &o->session.seed);
    case ORDER:
        o->video.sequential = 1;
        return true;
    case EVERY:
        return tlee_parse_size(value, SIZE_MAX, &o->video.every);
    case MATRIX:
        o->video.matrix = choice ? TLEE_MATRIX_BT709 : TLEE_MATRIX_BT601;
        return true;
    case LOAD:
        o->model.load = choice ? TLEE_LOAD_MAP : TLEE_LOAD_READ;
        return true;
    case EXACT:
        o->model.exact = 1;
        return true;
    case TUNE:
        return o->tune = true;
    case TUNE_CACHE:
        o->tune_cache = value;
        return o->tune = *value;
    case NO_FOLD:
        o->model.fold = 0;
        return true;
    case NO_VERIFY:
        o->model.verify = 0;
        return true;
    case OUTPUT:
        o->output = value;
        return *value;
    case OPTION_IDS:
        break;
    }
    return false;
}

/* The row of the option whose name is the first `length` bytes of text, or NULL. */
static const struct option *find_option(const char *text, size_t length) {
    if (length == 2 && memcmp(text, "-h", 2) == 0)
        return find_option("--help", 6);
    if (length == 2 && memcmp(text, "-o", 2) == 0)
        return find_option("--output", 8);
    for (size_t i = 0; i < ROWS; i++)
        if (strlen(table[i].name) == length && memcmp(table[i].name, text, length) == 0)
            return &table[i];
    return NULL;
}

/* State of the walk along the line. */
struct line {
    int argc, at;
    char **argv;
    uint32_t given; /* bit i: the option with id i occurred */
};

/* For "(see 'tlee help ...')": the command, once it is known. */
static const char *topic(const struct tlee_cli_options *o) {
    return o->command ? o->command->name : NULL;
}

/* "--name", "--name value" or "--name=value". */
static int parse_option(struct line *line, struct tlee_cli_options *o) {
    const char *text = line->argv[line->at];
    size_t length = strcspn(text, "=");
    const struct option *row = find_option(text, length);
    const char *value = text[length] ? text + length + 1 : NULL;
    if (!row)
        return tlee_say_usage(topic(o), "unknown option '%s'", text);
    if (!row->value && value)
        return tlee_say_usage(topic(o), "option '%s' takes no value", row->name);
    if (row->value && !value) {
        if (line->at + 1 >= line->argc)
            return tlee_say_usage(topic(o), "option '%s' needs a value: %s", row->name, row->value);
        value = line->argv[++line->at];
    }
    if (!store(o, row, value))
        return tlee_say_usage(topic(o), "option '%s': '%s' is not %s%s", row->name, value,
                              row->expects ? row->expects : "one of ",
                              row->expects ? "" : row->value);
    line->given |= UINT32_C(1) << row->id;
    return TLEE_EXIT_OK;
}

/* The first operand is the command, the others are its own. */
static int parse_operand(const char *text, struct tlee_cli_options *o) {
    if (!o->command) {
        o->command = tlee_command_find(text);
        if (!o->command)
            return tlee_say_usage(NULL, "unknown command '%s'", text);
        if (!o->command->bit)
            return tlee_say_usage(NULL, "command '%s' comes with a later version", text);
        return TLEE_EXIT_OK;
    }
    if (o->operand_count == o->command->max_operands)
        return tlee_say_usage(o->command->name, "%s takes no further operand '%s'",
                              o->command->name, text);
    o->operands[o->operand_count++] = text;
    return TLEE_EXIT_OK;
}

/* What can be judged only when the whole line is known. */
static int check(const struct line *line, const struct tlee_cli_options *o) {
    unsigned bit = o->command ? o->command->bit : 0;
    /* So that a line for run serves for bench as well, where those about videos, decisions and
     * answers change nothing. */
    unsigned taken = bit == TLEE_FOR_BENCH ? bit | TLEE_FOR_RUN : bit;
    for (size_t i = 0; i < ROWS; i++)
        if (line->given >> table[i].id & 1 && table[i].commands != UINT_MAX &&
            !(table[i].commands & taken))
            return tlee_say_usage(topic(o), "option '%s' means nothing to %s", table[i].name,
                                  bit ? o->command->name : "tlee without a command");
    if (o->help || o->version || !o->command)
        return TLEE_EXIT_OK;
    if (o->operand_count < o->command->min_operands)
        return tlee_say_usage(topic(o), "%s needs %s", o->command->name, o->command->operands);
    if (bit == TLEE_FOR_PREPARE && !o->output)
        return tlee_say_usage(topic(o), "prepare needs -o FILE");
    if (line->given >> EVERY & 1 && !o->video.sequential)
        return tlee_say_usage(topic(o), "option '--every' needs '--order sequential'");
    if (o->model.cpu != TLEE_CPU_AUTO && (unsigned)o->model.cpu & ~tlee_cpu_available())
        return tlee_say_usage(topic(o), "this build and machine have no %s, the best is %s",
                              tlee_cpu_name((unsigned)o->model.cpu),
                              tlee_cpu_name(tlee_cpu_available()));
    return TLEE_EXIT_OK;
}

int tlee_cli_parse(int argc, char **argv, struct tlee_cli_options *o) {
    memset(o, 0, sizeof *o);
    o->start_ns = tlee_now_ns();
    o->top = 5;
    tlee_model_options_default(&o->model);
    tlee_session_options_default(&o->session);
    tlee_video_options_default(&o->video);
    struct line line = {argc, 1, argv, 0};
    bool ended = false;
    for (; line.at < argc; line.at++) {
        const char *text = argv[line.at];
        int status = TLEE_EXIT_OK;
        if (!ended && strcmp(text, "--") == 0)
            ended = true;
        else if (!ended && text[0] == '-' && text[1])
            status = parse_option(&line, o);
        else
            status = parse_operand(text, o);
        if (status)
            return status;
    }
    return check(&line, o);
}

void tlee_cli_print_options(unsigned commands) {
    for (size_t i = 0; i < ROWS; i++) {
        if (!(table[i].commands & commands))
            continue;
        char name[48];
        snprintf(name, sizeof name, "%s%s%s", table[i].name, table[i].value ? " " : "",
                 table[i].value ? table[i].value : "");
        printf("  %-26s %s\n", name, table[i].help);
    }
}
