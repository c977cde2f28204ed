/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "options_table.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The row of the option whose name is the first `length` bytes of text, or NULL. */
static const struct tlee_option *find_option(const char *text, size_t length) {
    if (length == 2 && memcmp(text, "-h", 2) == 0)
        return find_option("--help", 6);
    if (length == 2 && memcmp(text, "-o", 2) == 0)
        return find_option("--output", 8);
    for (size_t i = 0; i < tlee_option_count; i++)
        if (strlen(tlee_option_table[i].name) == length &&
            memcmp(tlee_option_table[i].name, text, length) == 0)
            return &tlee_option_table[i];
    return NULL;
}

/* State of the walk along the line. */
struct line {
    int argc, at;
    char **argv;
    uint64_t given; /* bit i: the option in row i of the table occurred */
};

static bool is_given(const struct line *line, const char *name) {
    return line->given >> (find_option(name, strlen(name)) - tlee_option_table) & 1;
}

/* For "(see 'tlee help ...')": the command, once it is known. */
static const char *topic(const struct tlee_cli_options *o) {
    return o->command ? o->command->name : NULL;
}

/* "--name", "--name value" or "--name=value". */
static int parse_option(struct line *line, struct tlee_cli_options *o) {
    const char *text = line->argv[line->at];
    size_t length = strcspn(text, "=");
    const struct tlee_option *row = find_option(text, length);
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
    if (!tlee_option_store(row, o, value))
        return tlee_say_usage(topic(o), "option '%s': '%s' is not %s%s", row->name, value,
                              row->expects ? row->expects : "one of ",
                              row->expects ? "" : row->value);
    line->given |= UINT64_C(1) << (row - tlee_option_table);
    return TLEE_EXIT_OK;
}

/* The first operand is the command, the others are its own. */
static int parse_operand(struct line *line, struct tlee_cli_options *o) {
    char *text = line->argv[line->at];
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
    /* The command's name stood before it, so this place has been read. */
    line->argv[o->operand_count++] = text;
    return TLEE_EXIT_OK;
}

/* What can be judged only when the whole line is known. */
static int check(const struct line *line, const struct tlee_cli_options *o) {
    unsigned bit = o->command ? o->command->bit : 0;
    /* So that a line for run serves for bench as well, where those about videos, decisions and
     * answers change nothing, and for eval. */
    unsigned taken = bit == TLEE_FOR_BENCH || bit == TLEE_FOR_EVAL ? bit | TLEE_FOR_RUN : bit;
    for (size_t i = 0; i < tlee_option_count; i++)
        if (line->given >> i & 1 && tlee_option_table[i].commands != UINT_MAX &&
            !(tlee_option_table[i].commands & taken))
            return tlee_say_usage(topic(o), "option '%s' means nothing to %s",
                                  tlee_option_table[i].name,
                                  bit ? o->command->name : "tlee without a command");
    if (o->help || o->version || !o->command)
        return TLEE_EXIT_OK;
    if (o->operand_count < o->command->min_operands)
        return tlee_say_usage(topic(o), "%s needs %s", o->command->name, o->command->operands);
    if (bit & (TLEE_FOR_PREPARE | TLEE_FOR_MERGE) && !o->output)
        return tlee_say_usage(topic(o), "%s needs -o FILE", o->command->name);
    if (o->write && o->budget_kind == TLEE_BUDGET_NONE)
        return tlee_say_usage(topic(o), "option '--write' needs '--budget X'");
    if (o->sure && o->budget_kind == TLEE_BUDGET_NONE)
        return tlee_say_usage(topic(o), "option '--sure' needs '--budget X'");
    if (o->check_features && !o->check)
        return tlee_say_usage(topic(o), "option '--check-features' needs '--check LIST'");
    if (o->temperature_fit && o->temperature.count)
        return tlee_say_usage(topic(o), "either '--temperature' or '--temperature-fit'");
    if (o->dump && bit != TLEE_FOR_RUN)
        return tlee_say_usage(topic(o), "option '--dump' means nothing to %s", o->command->name);
    if (is_given(line, "--dump-frame") && !o->dump)
        return tlee_say_usage(topic(o), "option '--dump-frame' needs '--dump DIR'");
    if (is_given(line, "--every") && !o->video.sequential)
        return tlee_say_usage(topic(o), "option '--every' needs '--order sequential'");
    if (o->model.cpu != TLEE_CPU_AUTO && (unsigned)o->model.cpu & ~tlee_cpu_available())
        return tlee_say_usage(topic(o), "this build and machine have no %s, the best is %s",
                              tlee_cpu_name((unsigned)o->model.cpu),
                              tlee_cpu_name(tlee_cpu_available()));
    return tlee_options_check_files(o);
}

int tlee_cli_parse(int argc, char **argv, struct tlee_cli_options *o) {
    memset(o, 0, sizeof *o);
    o->start_ns = tlee_now_ns();
    o->top = 5;
    o->jobs = 1;
    o->shares = 1;
    tlee_model_options_default(&o->model);
    tlee_session_options_default(&o->session);
    tlee_video_options_default(&o->video);
    o->operands = (const char *const *)argv;
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
            status = parse_operand(&line, o);
        if (status)
            return status;
    }
    return check(&line, o);
}

void tlee_cli_print_options(unsigned commands) {
    for (size_t i = 0; i < tlee_option_count; i++) {
        if (!(tlee_option_table[i].commands & commands))
            continue;
        char name[48];
        snprintf(name, sizeof name, "%s%s%s", tlee_option_table[i].name,
                 tlee_option_table[i].value ? " " : "",
                 tlee_option_table[i].value ? tlee_option_table[i].value : "");
        printf("  %-26s %s\n", name, tlee_option_table[i].help);
    }
}
