/* SPDX-License-Identifier: MIT */
/* Files that a line names: one that is written anew must not be another one, whose content would be
 * lost. */
#include "options_table.h"
#include "system_file.h"

#include <string.h>
#include <sys/stat.h>

/* A file that the line names. */
struct named {
    const char *option, *file;
    bool overwritten; /* others are read first, and refused when they hold something else */
};

/* Names that are not files, like /dev/stdout, may be given twice. */
static bool is_one_file(const char *a, const char *b) {
    struct stat about;
    if (stat(a, &about) != 0)
        return strcmp(a, b) == 0;
    return S_ISREG(about.st_mode) && tlee_is_same_file(a, b);
}

static int refuse(const struct tlee_cli_options *o, const struct named *a, const char *what,
                  const char *file) {
    return tlee_say_usage(o->command->name, "option '%s' would overwrite %s, %s", a->option, what,
                          file);
}

int tlee_options_check_files(const struct tlee_cli_options *o) {
    const struct named files[] = {{"--output", o->output, true},
                                  {"--confusion", o->confusion, true},
                                  {"--points", o->points, true},
                                  {"--write", o->write, true},
                                  {"--records", o->records, false},
                                  {"--features", o->features, false},
                                  {"--check-features", o->check_features, false},
                                  {"--check", o->check, false},
                                  {"--names", o->names, false},
                                  {"--tune-cache", o->tune_cache, false}};
    enum {
        FILES = sizeof files / sizeof *files
    };
    for (size_t i = 0; i < FILES; i++) {
        const struct named *a = &files[i];
        if (!a->file || !a->overwritten)
            continue;
        for (size_t k = 0; k < FILES; k++)
            if (k != i && files[k].file && is_one_file(a->file, files[k].file))
                return refuse(o, a, files[k].option, a->file);
        for (size_t k = 0; k < o->operand_count; k++) {
            bool its_model = a->file == o->write && k == 0; /* which gets new thresholds */
            if (!its_model && is_one_file(a->file, o->operands[k]))
                return refuse(o, a, "what is read", a->file);
        }
    }
    if (o->features && o->check_features && is_one_file(o->features, o->check_features))
        return tlee_say_usage(o->command->name,
                              "options '--features' and '--check-features' name "
                              "one file, %s",
                              o->features);
    return TLEE_EXIT_OK;
}
