/* SPDX-License-Identifier: MIT */
#include "dump.h"

#include "dump_index.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tlee_dump {
    const char *folder;
    struct tlee_dump_index index;
    bool is_new;  /* the folder was made for the dump */
    bool reached; /* the frame was pushed */
    char *path;   /* room for folder, slash and name */
    size_t path_bytes;
    char **files; /* names of what was written */
    size_t file_count, file_room;
    float *z_prev;                     /* room for the running feature, as frame - 1 leaves it */
    int error;                         /* the first errno; after it nothing more is written */
    char failed[TLEE_DUMP_NAME_BYTES]; /* the file that could not be written */
};

/* ---- The folder ---- */

static int take_folder(struct tlee_dump *dump) {
    dump->is_new = mkdir(dump->folder, 0777) == 0;
    if (dump->is_new)
        return TLEE_EXIT_OK;
    DIR *folder = errno == EEXIST ? opendir(dump->folder) : NULL;
    if (!folder)
        return tlee_say_fault(dump->folder, strerror(errno));
    bool empty = true;
    for (const struct dirent *entry = readdir(folder); entry && empty; entry = readdir(folder))
        empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
    closedir(folder);
    return empty ? TLEE_EXIT_OK
                 : tlee_say_fault(dump->folder, "is there already and not empty; a dump goes into "
                                                "a new folder");
}

static const char *path_of(struct tlee_dump *dump, const char *name) {
    snprintf(dump->path, dump->path_bytes, "%s/%s", dump->folder, name);
    return dump->path;
}

static bool note_file(struct tlee_dump *dump, const char *name) {
    if (dump->file_count == dump->file_room) {
        size_t room = dump->file_room ? 2 * dump->file_room : 64;
        char **files = realloc(dump->files, room * sizeof *files);
        if (!files)
            return false;
        dump->files = files;
        dump->file_room = room;
    }
    dump->files[dump->file_count] = strdup(name);
    return dump->files[dump->file_count] && ++dump->file_count;
}

/* Notes a file that was written, to be able to take it away again; or else the failure, the first
 * of which ends the writing. */
static void note(struct tlee_dump *dump, const char *name, bool written) {
    if (written && note_file(dump, name))
        return;
    dump->error = errno;
    snprintf(dump->failed, sizeof dump->failed, "%s", name);
    if (written)
        unlink(path_of(dump, name));
}

static void take_away(struct tlee_dump *dump) {
    for (size_t i = 0; i < dump->file_count; i++)
        unlink(path_of(dump, dump->files[i]));
    if (dump->is_new)
        rmdir(dump->folder);
}

/* ---- What is written ---- */

static void write_float(struct tlee_dump *dump, struct tlee_dump_file *file, const float *data) {
    if (!dump->error)
        note(dump, file->name, tlee_npy_write_float(path_of(dump, file->name), data, &file->array));
}

static struct tlee_npy array_of(const struct tlee_observed *op) {
    return (struct tlee_npy){.shape = {op->shape[0], op->shape[1], op->shape[2]},
                             .ndim = op->vector ? 1 : 3};
}

/* Numbered, so that no two are alike; the name of a layer with nothing in it but what every file
 * system takes. */
static void name_file(char name[TLEE_DUMP_NAME_BYTES], size_t number,
                      const struct tlee_observed *op) {
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+";
    int start = snprintf(name, TLEE_DUMP_NAME_BYTES, "%04zu-exit%zu-", number, op->exit);
    snprintf(name + start, TLEE_DUMP_NAME_BYTES - (size_t)start, "%.120s.npy", op->name);
    for (char *c = name + start; *c; c++)
        *c = strchr(safe, *c) ? *c : '_';
}

static void write_op(struct tlee_dump *dump, const struct tlee_observed *op) {
    struct tlee_dump_index *index = &dump->index;
    struct tlee_dump_file file = {.array = array_of(op)};
    if (!strcmp(op->part, "input")) {
        index->input = (struct tlee_dump_file){"input.npy", array_of(op)};
        write_float(dump, &index->input, op->data);
        return;
    }
    name_file(file.name, index->count, op);
    write_float(dump, &file, op->data);
    if (!dump->error)
        tlee_dump_index_add(index, op, &file);
}

static void observe(void *cookie, const struct tlee_observed *op) {
    struct tlee_dump *dump = cookie;
    if (op->frame == dump->index.frame)
        write_op(dump, op);
    else if (op->frame + 1 == dump->index.frame && !strcmp(op->part, "exit"))
        memcpy(dump->z_prev, op->data, op->shape[0] * sizeof *op->data);
}

void tlee_dump_picture(struct tlee_dump *dump, size_t t, const struct tlee_picture *picture) {
    if (!dump || t != dump->index.frame)
        return;
    struct tlee_dump_index *index = &dump->index;
    index->picture = (struct tlee_dump_file){
        "picture.npy", {.shape = {picture->height, picture->width, 3}, .ndim = 3}};
    index->source_frame = picture->number;
    dump->reached = true;
    note(dump, index->picture.name,
         tlee_npy_write_uint8(path_of(dump, index->picture.name), picture->rgb,
                              &index->picture.array));
    if (t > 0) {
        index->z_prev =
            (struct tlee_dump_file){"z_prev.npy", {.shape = {index->info.feature}, .ndim = 1}};
        write_float(dump, &index->z_prev, dump->z_prev);
    }
}

/* ---- Its life ---- */

static void free_dump(struct tlee_dump *dump) {
    for (size_t i = 0; i < dump->file_count; i++)
        free(dump->files[i]);
    free(dump->files);
    free(dump->path);
    free(dump->z_prev);
    tlee_dump_index_free(&dump->index);
    free(dump);
}

static struct tlee_dump *new_dump(const struct tlee_cli_options *options, const tlee_model *model,
                                  const tlee_session *session) {
    struct tlee_dump *dump = calloc(1, sizeof *dump);
    if (!dump)
        return NULL;
    dump->folder = options->dump;
    dump->index.options = options;
    dump->index.session = session;
    dump->index.frame = options->dump_frame;
    tlee_model_get_info(model, &dump->index.info);
    dump->path_bytes = strlen(dump->folder) + 1 + TLEE_DUMP_NAME_BYTES;
    dump->path = malloc(dump->path_bytes);
    dump->z_prev = calloc(dump->index.info.feature, sizeof *dump->z_prev);
    if (dump->path && dump->z_prev && tlee_dump_index_begin(&dump->index))
        return dump;
    free_dump(dump);
    return NULL;
}

int tlee_dump_open(struct tlee_dump **out, const struct tlee_cli_options *options,
                   const tlee_model *model, tlee_session *session) {
    struct tlee_error error;
    *out = NULL;
    if (!options->dump)
        return TLEE_EXIT_OK;
    struct tlee_dump *dump = new_dump(options, model, session);
    if (!dump)
        return tlee_say_fault(options->dump, "out of memory");
    const struct tlee_model_info *info = &dump->index.info;
    int status = tlee_cli_thresholds(options, info, &dump->index.thresholds);
    if (status == TLEE_EXIT_OK && dump->index.frame >= info->frames)
        status =
            tlee_say_usage("run", "option '--dump-frame': the model looks at %zu frames, 0 to %zu",
                           info->frames, info->frames - 1);
    if (status == TLEE_EXIT_OK && tlee_session_observe(session, observe, dump, &error) != TLEE_OK)
        status = tlee_say_fault(dump->folder, error.message);
    if (status == TLEE_EXIT_OK)
        status = take_folder(dump);
    if (status == TLEE_EXIT_OK)
        *out = dump;
    else
        free_dump(dump);
    return status;
}

static bool write_index(struct tlee_dump *dump) {
    static const char name[] = "index.json";
    if (!dump->error)
        note(dump, name, tlee_dump_index_write(&dump->index, path_of(dump, name)));
    return !dump->error;
}

/* Says why there is no dump of a video that was decided. */
static int say_why(struct tlee_dump *dump) {
    if (dump->reached)
        return tlee_say_fault(path_of(dump, dump->failed), strerror(dump->error));
    char message[160];
    struct tlee_step last;
    const tlee_session *session = dump->index.session;
    tlee_session_get_step(session, tlee_session_step_count(session) - 1, &last);
    snprintf(message, sizeof message,
             "no frame %" PRIu64 " to dump, counted from 0: the video ended at frame %zu, exit %zu",
             dump->index.frame, last.frame, last.exit);
    return tlee_say_fault(dump->folder, message);
}

int tlee_dump_close(struct tlee_dump **closing, int status) {
    struct tlee_dump *dump = *closing;
    if (!dump)
        return status;
    *closing = NULL;
    if (!dump->reached || !write_index(dump)) {
        status = status == TLEE_EXIT_OK ? say_why(dump) : status;
        take_away(dump);
    }
    free_dump(dump);
    return status;
}
