/* SPDX-License-Identifier: MIT */
/* tlee show: what early exit does with some clips, and what it saves. */
#include "show_report.h"
#include "system_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Film strips ---- */

/* DIR/NAME.ppm for a clip of that name; what follows a dot in it is left out. NULL without memory.
 */
static char *film_path(const char *folder, const char *input) {
    size_t length;
    const char *name = tlee_clip_name(input, &length);
    size_t stem = length;
    while (stem > 0 && name[stem - 1] != '.')
        stem--;
    length = stem > 1 ? stem - 1 : length; /* no dot, or nothing before it */
    char *path = malloc(strlen(folder) + length + sizeof "/.ppm");
    if (path)
        sprintf(path, "%s/%.*s.ppm", folder, (int)length, name);
    return path;
}

static void free_paths(char **paths, size_t count) {
    for (size_t i = 0; paths && i < count; i++)
        free(paths[i]);
    free(paths);
}

/* Refuses strips that would go over each other or over what is read. */
static int check_paths(const struct tlee_cli_options *options, char *const *paths, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool is_there = access(paths[i], F_OK) == 0;
        for (size_t k = 0; is_there && k < options->operand_count; k++)
            if (tlee_is_same_file(paths[i], options->operands[k]))
                return tlee_say_usage("show", "option '--film' would overwrite what is read, %s",
                                      options->operands[k]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(paths[i], paths[k]) == 0)
                return tlee_say_usage("show", "option '--film' would write %s for two clips",
                                      paths[i]);
    }
    return TLEE_EXIT_OK;
}

/* A path for each clip. */
static int make_paths(const struct tlee_cli_options *options, char ***paths) {
    size_t count = options->operand_count - 1;
    *paths = NULL;
    if (!options->film)
        return TLEE_EXIT_OK;
    *paths = calloc(count, sizeof **paths);
    for (size_t i = 0; *paths && i < count; i++) {
        (*paths)[i] = film_path(options->film, options->operands[i + 1]);
        if (!(*paths)[i]) {
            free_paths(*paths, i);
            *paths = NULL;
        }
    }
    if (!*paths)
        return tlee_say_fault(options->film, "out of memory");
    return check_paths(options, *paths, count);
}

static int make_folder(const char *film) {
    if (!film || mkdir(film, 0777) == 0 || errno == EEXIST)
        return TLEE_EXIT_OK;
    return tlee_say_fault(film, strerror(errno));
}

/* ---- The command ---- */

/* What went wrong with a clip is no reason not to show the next one; with the model it is. */
static int show_clips(struct tlee_clip *clip, const struct tlee_screen *screen,
                      const char *const *inputs, size_t count, char *const *films) {
    struct tlee_show_totals totals = {.asked = count};
    struct tlee_error error;
    int status = TLEE_EXIT_OK;
    tlee_show_model(screen, clip);
    for (size_t i = 0; i < count; i++) {
        /* So that what is said of a clip stands before the next one; when nobody reads, or there is
         * no room, there is no next one. */
        if (fflush(stdout) != 0)
            return status;
        enum tlee_recognised outcome = tlee_clip_recognise(clip, inputs[i]);
        const char *film = films ? films[i] : NULL;
        if (outcome != TLEE_RECOGNISED)
            status = TLEE_EXIT_FAULT;
        if (outcome == TLEE_MODEL_AT_FAULT)
            return status;
        if (outcome != TLEE_RECOGNISED)
            continue;
        if (film && !tlee_film_write(film, &clip->tiles, clip->early.place.info.branches + 1,
                                     clip->frames, &error)) {
            status = tlee_say_fault(film, error.message);
            film = NULL;
        }
        tlee_show_clip(screen, clip, film, &totals);
    }
    if (totals.clips)
        tlee_show_totals(screen, &totals);
    return status;
}

int tlee_cmd_show(const struct tlee_cli_options *options) {
    const char *const *inputs = options->operands + 1;
    size_t count = options->operand_count - 1;
    struct tlee_screen screen = tlee_screen_of_stdout(options->pictures);
    struct tlee_clip clip;
    char **films;
    for (size_t i = 0; i < count; i++)
        if (strcmp(inputs[i], "-") == 0)
            return tlee_say_usage("show", "show reads a clip more than once, so it cannot be -");
    int status = make_paths(options, &films);
    if (status == TLEE_EXIT_OK) {
        status = tlee_clip_open(&clip, options);
        if (status == TLEE_EXIT_OK)
            status = make_folder(options->film);
        if (status == TLEE_EXIT_OK)
            status = show_clips(&clip, &screen, inputs, count, films);
        tlee_clip_close(&clip);
    }
    free_paths(films, count);
    return status;
}
