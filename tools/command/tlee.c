/* SPDX-License-Identifier: MIT */
/* The command tlee: its subcommands, its help, and what becomes of its standard streams. */
#include "tlee.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int cmd_help(const struct tlee_cli_options *options);

static const struct tlee_command commands[] = {
    {"run", TLEE_FOR_RUN, "MODEL INPUT", 2, 2, "recognise one video",
     "Recognises one video: frame after frame, exit after exit, until it is decided.\n"
     "INPUT is a folder of numbered images, a .y4m file, - for Y4M on standard input,\n"
     "or any other file, which the installed ffmpeg decodes.\n",
     tlee_cmd_run},
    {"show", TLEE_FOR_SHOW, "MODEL INPUT...", 2, SIZE_MAX, "what early exit saves, clip by clip",
     "Recognises each INPUT with early exits and by the whole network, and shows the\n"
     "frames that were looked at, what was decided after each look, why it left, and\n"
     "what that took beside the whole network. INPUT is as for run, but for -: it is\n"
     "read more than once. With --film DIR each film strip is a picture, too.\n",
     tlee_cmd_show},
    {"eval", TLEE_FOR_EVAL, "MODEL LIST", 2, 2, "accuracy and cost over a data set",
     "Recognises the videos of LIST, a line 'path frames label' for each (- for\n"
     "frames: count them), and prints how often the answer was right, what that took\n"
     "and where videos were left. A video that cannot be read is counted and named.\n"
     "With --records an interrupted eval goes on where it stopped. Takes the options\n"
     "of run too.\n",
     tlee_cmd_eval},
    {"merge", TLEE_FOR_MERGE, "RECORDS... -o FILE", 1, SIZE_MAX, "join the records of shards",
     "Joins files of records that eval wrote for parts of a list (--shard) into FILE,\n"
     "in the order of the list, and prints what eval prints of the whole list. Gaps,\n"
     "overlaps and records of another model, list or setting are refused.\n",
     tlee_cmd_merge},
    {"sweep", TLEE_FOR_SWEEP, "MODEL LIST", 2, 2, "accuracy against cost of thousands of settings",
     "Records the videos of LIST once, as eval takes it, with all exits of all frames,\n"
     "and evaluates thousands of thresholds from that without running the network\n"
     "again: the front of accuracy against multiply-accumulates and against measured\n"
     "time, and the settings for a budget. A threshold that is given stays as it is.\n",
     tlee_cmd_sweep},
    {"info", TLEE_FOR_INFO, "MODEL", 1, 1, "what a model is and what its exits cost",
     "Shows backbone, exits, thresholds and sizes of a model, and how many\n"
     "multiply-accumulates (MACs) a frame takes up to each exit, counted exactly\n"
     "and as the paper counts.\n",
     tlee_cmd_info},
    {"prepare", TLEE_FOR_PREPARE, "MODEL -o FILE", 1, 1, "write a file that starts at once",
     "Writes a model as this machine's instruction set computes with it, so that a\n"
     "command on FILE starts at once. FILE is for the instruction set and the exits\n"
     "asked for here; elsewhere it is refused.\n",
     tlee_cmd_prepare},
    {"verify", TLEE_FOR_VERIFY, "MODEL", 1, 1, "check a weights file",
     "Reads a whole weights file and checks every checksum, bound and shape.\n", tlee_cmd_verify},
    {"bench", TLEE_FOR_BENCH, "MODEL", 1, 1, "how long a model takes on this machine",
     "Times the backbone, a frame up to each exit and, with --layers, every layer,\n"
     "on a made-up picture. GFLOP/s count 2 operations for each multiply-accumulate\n"
     "of a layer's formula. A convolution in a transformed domain (winograd) does\n"
     "with fewer and may come out above the measured peak; two layers merged into\n"
     "one (fc1+mlp) have the count of both. Takes the options of run too.\n",
     tlee_cmd_bench},
    {"help", TLEE_FOR_HELP, "[COMMAND]", 0, 1, "explain a command",
     "Explains a command, or lists them all.\n", cmd_help},
    {"watch", 0, "", 0, 0, "", "", NULL},
    {"selftest", 0, "", 0, 0, "", "", NULL},
};
enum {
    COMMANDS = sizeof commands / sizeof *commands
};

const struct tlee_command *tlee_command_find(const char *name) {
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* ---- Help ---- */

static void print_overview(void) {
    printf("tlee: video recognition that stops early, in time and in depth\n\n"
           "usage: tlee COMMAND [OPTIONS] OPERANDS\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].bit)
            printf("  %-7s %-18s %s\n", commands[i].name, commands[i].operands,
                   commands[i].summary);
    printf("\nMODEL is a weights file or random:BACKBONE[,KEY=VALUE...], the same network with\n"
           "weights from a formula.\n"
           "Backbones: resnet18 resnet34 resnet50 resnet101 resnet152 vgg16 mobilenetv2\n"
           "efficientnetb3.\n"
           "Keys: dataset=ucf101 classes=101 branches=2 scale=3 crm=3 reuse=mp gate=gm\n"
           "mode=ts frames=10 first=0.99 exit=0.8 seed=0 input=224.\n\n"
           "Status: 0 done; 1 the input, model or machine is at fault; 2 the command line.\n"
           "'tlee help COMMAND' lists the options; tlee(1) tells the whole.\n");
}

static void print_help(const struct tlee_command *command) {
    printf("usage: tlee %s %s%s\n\n%s\n", command->name,
           command->bit == TLEE_FOR_HELP ? "" : "[OPTIONS] ", command->operands,
           command->description);
    printf("Options, anywhere on the line until --:\n");
    tlee_cli_print_options(command->bit);
}

static int cmd_help(const struct tlee_cli_options *options) {
    if (!options->operand_count) {
        print_overview();
        return TLEE_EXIT_OK;
    }
    const char *name = options->operands[0];
    const struct tlee_command *command = tlee_command_find(name);
    if (!command)
        return tlee_say_usage(NULL, "unknown command '%s'", name);
    if (!command->bit)
        return tlee_say_usage(NULL, "command '%s' comes with a later version", name);
    print_help(command);
    return TLEE_EXIT_OK;
}

/* ---- Streams ---- */

/*
 * A standard stream that the caller closed would otherwise be the number of the next file opened,
 * and results would go into it. It is opened the wrong way round, so that using it is an error.
 */
static int occupy_standard_streams(void) {
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return TLEE_EXIT_FAULT;
    }
    return TLEE_EXIT_OK;
}

static void do_nothing(int signal_number) {
    (void)signal_number;
}

/* So that writing to a pipe that nobody reads, or beyond the limit of a file's size, is an error
 * with a message. Caught instead of ignored, because a child process would inherit the ignoring. */
static void survive_failing_writes(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = do_nothing;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
}

/* A result that could not be written is no success. */
static int close_output(int status) {
    errno = 0;
    int failed = ferror(stdout);
    if (fclose(stdout) != 0)
        failed = 1;
    if (!failed || status != TLEE_EXIT_OK)
        return status;
    return tlee_say_fault("standard output", errno ? strerror(errno) : "could not be written");
}

/* ---- The program ---- */

static int dispatch(const struct tlee_cli_options *options) {
    if (options->version) {
        printf("tlee %s\n", tlee_version());
        return TLEE_EXIT_OK;
    }
    if (!options->command && !options->help)
        return tlee_say_usage(NULL, "which command?");
    if (!options->command) {
        print_overview();
        return TLEE_EXIT_OK;
    }
    if (options->help) {
        print_help(options->command);
        return TLEE_EXIT_OK;
    }
    return options->command->run(options);
}

int main(int argc, char **argv) {
    struct tlee_cli_options options;
    int status = occupy_standard_streams();
    if (status != TLEE_EXIT_OK)
        return status;
    survive_failing_writes();
    /* Lines of a few pieces in one write, so that they do not mix with those of other programs. */
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
    status = tlee_cli_parse(argc, argv, &options);
    if (status == TLEE_EXIT_OK)
        status = dispatch(&options);
    return close_output(status);
}
