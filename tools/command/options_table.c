/* SPDX-License-Identifier: MIT */
#include "options_table.h"

#include "values.h"

#include <limits.h>
#include <string.h>

enum {
    FOR_LISTS = TLEE_FOR_EVAL | TLEE_FOR_SWEEP,            /* commands that take a list of videos */
    FOR_VIDEOS = TLEE_FOR_RUN | TLEE_FOR_SHOW | FOR_LISTS, /* that recognise videos */
    FOR_FRAMES = FOR_VIDEOS | TLEE_FOR_BENCH,              /* that run a network */
    FOR_MODEL = FOR_FRAMES | TLEE_FOR_INFO,                /* that use one */
    FOR_NETWORK = FOR_MODEL | TLEE_FOR_PREPARE             /* that build one */
};

/* ---- Options with a function of their own ---- */

static bool set_no_spin(struct tlee_cli_options *options, const char *value, int choice) {
    (void)value, (void)choice;
    options->session.spin = 0;
    return true;
}

/* A better set builds on the one below it, so both are asked for. */
static bool set_cpu(struct tlee_cli_options *options, const char *value, int choice) {
    static const int sets[] = {TLEE_CPU_C, TLEE_CPU_AVX2, TLEE_CPU_AVX2 | TLEE_CPU_AVX512,
                               TLEE_CPU_NEON};
    (void)value;
    options->model.cpu = sets[choice];
    return true;
}

static bool set_mode(struct tlee_cli_options *options, const char *value, int choice) {
    static const enum tlee_mode modes[] = {TLEE_MODE_TS, TLEE_MODE_T, TLEE_MODE_FULL};
    (void)value;
    options->model.mode = modes[choice];
    return true;
}

static bool set_temperature(struct tlee_cli_options *options, const char *value, int choice) {
    (void)choice;
    return tlee_parse_numbers(value, 0.001, 1000, TLEE_EXITS_MAX, options->temperature.values,
                              &options->temperature.count);
}

static bool set_gate(struct tlee_cli_options *options, const char *value, int choice) {
    (void)value;
    options->model.gate = choice ? TLEE_GATE_RANDOM : TLEE_GATE_NONE;
    return true;
}

static bool set_seed(struct tlee_cli_options *options, const char *value, int choice) {
    (void)choice;
    return tlee_parse_count(value, 0, UINT64_MAX, &options->session.seed);
}

static bool set_share(struct tlee_cli_options *options, const char *value, int choice) {
    (void)choice;
    return tlee_parse_share(value, &options->share, &options->shares);
}

static bool set_budget(struct tlee_cli_options *options, const char *value, int choice) {
    static const enum tlee_budget kinds[] = {TLEE_BUDGET_GMAC, TLEE_BUDGET_MS, TLEE_BUDGET_PAPER};
    (void)choice;
    char number[64];
    size_t length = strspn(value, "0123456789.");
    int unit = tlee_parse_choice(value + length, "gmac|ms|gmac_paper");
    if (unit < 0 || length >= sizeof number)
        return false;
    memcpy(number, value, length);
    number[length] = '\0';
    options->budget_kind = kinds[unit];
    return tlee_parse_number(number, 0, 1e12, &options->budget);
}

static bool set_dump_frame(struct tlee_cli_options *options, const char *value, int choice) {
    (void)choice;
    return tlee_parse_count(value, 0, UINT64_MAX, &options->dump_frame);
}

static bool set_pictures(struct tlee_cli_options *options, const char *value, int choice) {
    static const enum tlee_pictures kinds[] = {TLEE_PICTURES_COLOUR, TLEE_PICTURES_GREY,
                                               TLEE_PICTURES_NONE};
    (void)value;
    options->pictures = kinds[choice];
    return true;
}

static bool set_order(struct tlee_cli_options *options, const char *value, int choice) {
    (void)value, (void)choice;
    options->video.sequential = 1;
    return true;
}

static bool set_matrix(struct tlee_cli_options *options, const char *value, int choice) {
    (void)value;
    options->video.matrix = choice ? TLEE_MATRIX_BT709 : TLEE_MATRIX_BT601;
    return true;
}

static bool set_exact(struct tlee_cli_options *options, const char *value, int choice) {
    (void)value, (void)choice;
    options->model.exact = 1;
    return true;
}

static bool set_tune_cache(struct tlee_cli_options *options, const char *value, int choice) {
    (void)choice;
    options->tune_cache = value;
    options->tune = *value;
    return options->tune;
}

static bool set_load(struct tlee_cli_options *options, const char *value, int choice) {
    (void)value;
    options->model.load = choice ? TLEE_LOAD_MAP : TLEE_LOAD_READ;
    return true;
}

static bool set_no_fold(struct tlee_cli_options *options, const char *value, int choice) {
    (void)value, (void)choice;
    options->model.fold = 0;
    return true;
}

static bool set_no_verify(struct tlee_cli_options *options, const char *value, int choice) {
    (void)value, (void)choice;
    options->model.verify = 0;
    return true;
}

/* ---- The table ---- */

#define FIELD(name)       offsetof(struct tlee_cli_options, name)
#define SET(function)     TLEE_OPTION_SET, 0, 0, function
#define FLAG(name)        TLEE_OPTION_FLAG, FIELD(name), 0, NULL
#define NAME(name)        TLEE_OPTION_FILE, FIELD(name), 0, NULL
#define NUMBERS(name)     TLEE_OPTION_NUMBERS, FIELD(name), 0, NULL
#define COUNT(name, most) TLEE_OPTION_COUNT, FIELD(name), most, NULL

#define A_FILE     "a file's name"
#define A_COUNT    "a whole number from 1"
#define THRESHOLDS "one number from 0 to 1 or one for each exit"

const struct tlee_option tlee_option_table[] = {
    {"--output", "FILE", A_FILE, TLEE_FOR_PREPARE | TLEE_FOR_MERGE, "what to write, -o for short",
     NAME(output)},
    {"--records", "FILE", A_FILE, TLEE_FOR_EVAL, "add a line for each video; continues FILE",
     NAME(records)},
    {"--confusion", "FILE", A_FILE, TLEE_FOR_EVAL | TLEE_FOR_MERGE,
     "write the confusion matrix (CSV)", NAME(confusion)},
    {"--names", "MODEL", "a model's name", TLEE_FOR_MERGE, "names of classes from MODEL",
     NAME(names)},
    {"--features", "FILE", A_FILE, TLEE_FOR_SWEEP, "keep what is recorded; continues FILE",
     NAME(features)},
    {"--grid", "N", "a whole number from 1 to 1000000", TLEE_FOR_SWEEP,
     "settings to look at, at least (4096)", COUNT(grid, TLEE_CLI_MAX_GRID)},
    {"--per-exit", NULL, NULL, TLEE_FOR_SWEEP, "thresholds for each exit, too", FLAG(per_exit)},
    {"--temperature-fit", NULL, NULL, TLEE_FOR_SWEEP, "with fitted temperatures",
     FLAG(temperature_fit)},
    {"--budget", "X", "a number with gmac, ms or gmac_paper behind it", TLEE_FOR_SWEEP,
     "choose the best within X, 3.5gmac or 40ms", SET(set_budget)},
    {"--sure", NULL, NULL, TLEE_FOR_SWEEP, "that keeps within it by 5 % elsewhere, too",
     FLAG(sure)},
    {"--write", "FILE", A_FILE, TLEE_FOR_SWEEP, "write the model with these thresholds",
     NAME(write)},
    {"--points", "FILE", A_FILE, TLEE_FOR_SWEEP, "write all settings (CSV)", NAME(points)},
    {"--check", "LIST", A_FILE, TLEE_FOR_SWEEP, "what they come to on another list", NAME(check)},
    {"--check-features", "FILE", A_FILE, TLEE_FOR_SWEEP, "keep what is recorded of that",
     NAME(check_features)},
    {"--root", "DIR", "a folder's name", FOR_LISTS, "where relative paths of LIST begin (.)",
     NAME(root)},
    {"--jobs", "N", "a whole number from 1 to 64", FOR_LISTS, "videos at once (1)",
     COUNT(jobs, TLEE_CLI_MAX_JOBS)},
    {"--shard", "I/N", "of the form I/N with I in 0..N-1", TLEE_FOR_EVAL,
     "only lines whose index mod N is I", SET(set_share)},
    {"--json", NULL, NULL, (FOR_MODEL & ~TLEE_FOR_SHOW) | TLEE_FOR_MERGE,
     "one JSON object instead of text", FLAG(json)},
    {"--trace", NULL, NULL, TLEE_FOR_RUN, "every exit that was evaluated, too", FLAG(trace)},
    {"--dump", "DIR", "a folder's name", TLEE_FOR_RUN, "write what each op makes of a frame to DIR",
     NAME(dump)},
    {"--dump-frame", "T", "a whole number", TLEE_FOR_RUN,
     "with it: of frame T, in processing order (0)", SET(set_dump_frame)},
    {"--film", "DIR", "a folder's name", TLEE_FOR_SHOW, "write each clip's film strip to DIR (PPM)",
     NAME(film)},
    {"--pictures", "colour|grey|none", NULL, TLEE_FOR_SHOW,
     "frames as characters (as can be shown)", SET(set_pictures)},
    {"--layers", NULL, NULL, TLEE_FOR_INFO | TLEE_FOR_BENCH, "every layer of the network, too",
     FLAG(layers)},
    {"--top", "K", A_COUNT, TLEE_FOR_RUN | TLEE_FOR_EVAL, "list the K likeliest classes (5)",
     COUNT(top, SIZE_MAX)},
    {"--runs", "N", "a whole number from 1 to 10000", TLEE_FOR_BENCH | TLEE_FOR_SHOW,
     "times to measure each (as time allows)", COUNT(runs, TLEE_CLI_MAX_RUNS)},
    {"--threads", "N", "a whole number from 1 to 256", FOR_FRAMES,
     "threads to compute with (the fast cores here)", COUNT(threads, TLEE_CLI_MAX_THREADS)},
    {"--no-spin", NULL, NULL, FOR_FRAMES, "threads that wait sleep at once", SET(set_no_spin)},
    {"--cpu", "c|avx2|avx512|neon", NULL, FOR_NETWORK, "instruction set (the best here)",
     SET(set_cpu)},
    {"--mode", "ts|t|full", NULL, FOR_NETWORK, "exits to take (what the model says)",
     SET(set_mode)},
    {"--first-threshold", "P[,P...]", THRESHOLDS, FOR_VIDEOS,
     "finished at the first frame when surer than P", NUMBERS(first_threshold)},
    {"--exit-threshold", "P[,P...]", THRESHOLDS, FOR_VIDEOS,
     "on to the next frame when surer than P", NUMBERS(exit_threshold)},
    {"--gate-threshold", "P[,P...]", THRESHOLDS, FOR_VIDEOS,
     "finished when the gate says P or more", NUMBERS(gate_threshold)},
    {"--temperature", "T[,T...]", "one number from 0.001 to 1000 or one for each exit", FOR_VIDEOS,
     "how sure is softmax(scores / T)", SET(set_temperature)},
    {"--gate", "none|random", NULL, FOR_NETWORK, "nobody or a coin in the gate's place",
     SET(set_gate)},
    {"--seed", "N", "a whole number below 2^64", FOR_VIDEOS, "of that coin (0)", SET(set_seed)},
    {"--order", "sequential", NULL, FOR_VIDEOS, "take frames as they come", SET(set_order)},
    {"--every", "K", A_COUNT, FOR_VIDEOS, "with it: only each K-th frame (1)",
     COUNT(video.every, SIZE_MAX)},
    {"--matrix", "bt601|bt709", NULL, FOR_VIDEOS, "colours of Y4M input (bt601)", SET(set_matrix)},
    {"--exact", NULL, NULL, FOR_NETWORK, "no merged linear layers, no transforms", SET(set_exact)},
    {"--tune", NULL, NULL, FOR_NETWORK, "methods of convolutions by measuring first", FLAG(tune)},
    {"--tune-cache", "FILE", A_FILE, FOR_NETWORK, "the same, and keep what was measured in FILE",
     SET(set_tune_cache)},
    {"--load", "read|map", NULL, FOR_MODEL, "copy the weights file or map it", SET(set_load)},
    {"--no-fold", NULL, NULL, FOR_MODEL, "leave batch-norm layers by themselves", SET(set_no_fold)},
    {"--no-verify", NULL, NULL, FOR_MODEL, "do not check the checksums of tensors",
     SET(set_no_verify)},
    {"--help", NULL, NULL, UINT_MAX, "show this and stop", FLAG(help)},
    {"--version", NULL, NULL, UINT_MAX, "show the version and stop", FLAG(version)},
};
const size_t tlee_option_count = sizeof tlee_option_table / sizeof *tlee_option_table;
_Static_assert(sizeof tlee_option_table / sizeof *tlee_option_table <= 64,
               "those that a line gave are the bits of a uint64_t");

bool tlee_option_store(const struct tlee_option *row, struct tlee_cli_options *options,
                       const char *value) {
    int choice = row->value && !row->expects ? tlee_parse_choice(value, row->value) : 0;
    void *field = (char *)options + row->offset;
    struct tlee_cli_numbers *numbers;
    if (choice < 0)
        return false;
    switch (row->kind) {
    case TLEE_OPTION_FLAG:
        return *(bool *)field = true;
    case TLEE_OPTION_FILE:
        *(const char **)field = value;
        return *value;
    case TLEE_OPTION_COUNT:
        return tlee_parse_size(value, row->most, field);
    case TLEE_OPTION_NUMBERS:
        numbers = field;
        return tlee_parse_numbers(value, 0, 1, TLEE_EXITS_MAX, numbers->values, &numbers->count);
    case TLEE_OPTION_SET:
        break;
    }
    return row->set(options, value, choice);
}
