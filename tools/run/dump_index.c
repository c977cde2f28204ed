/* SPDX-License-Identifier: MIT */
#include "dump_index.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

bool tlee_dump_index_begin(struct tlee_dump_index *index) {
    index->ops = (struct tlee_json){open_memstream(&index->text, &index->bytes), false};
    return index->ops.out;
}

void tlee_dump_index_free(struct tlee_dump_index *index) {
    if (index->ops.out)
        fclose(index->ops.out);
    index->ops.out = NULL;
    free(index->text);
    index->text = NULL;
}

static void checksum(struct tlee_json *json, const struct tlee_npy *array) {
    char text[16];
    snprintf(text, sizeof text, "crc32:%08lx", (unsigned long)array->crc);
    tlee_json_text(json, "checksum", text);
}

static void shape(struct tlee_json *json, const struct tlee_npy *array) {
    tlee_json_begin(json, "shape", '[');
    for (size_t i = 0; i < array->ndim; i++)
        tlee_json_uint(json, NULL, array->shape[i]);
    tlee_json_end(json, ']');
}

/* Not finite, and so null, as soon as one number is not. */
static void range(struct tlee_json *json, const float *data, size_t count) {
    float least = data[0], most = data[0];
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        least = data[i] < least ? data[i] : least;
        most = data[i] > most ? data[i] : most;
        sum += (double)data[i];
    }
    bool finite = isfinite(sum) && isfinite(least) && isfinite(most);
    tlee_json_float(json, "min", finite ? least : NAN);
    tlee_json_float(json, "max", finite ? most : NAN);
    tlee_json_double(json, "mean", sum / (double)count);
}

void tlee_dump_index_add(struct tlee_dump_index *index, const struct tlee_observed *op,
                         const struct tlee_dump_file *file) {
    struct tlee_json *json = &index->ops;
    size_t count = op->shape[0] * op->shape[1] * op->shape[2];
    if (index->count)
        fputs(",\n", json->out);
    json->comma = false;
    tlee_json_begin(json, NULL, '{');
    tlee_json_uint(json, "number", index->count++);
    tlee_json_text(json, "file", file->name);
    tlee_json_text(json, "name", op->name);
    tlee_json_text(json, "op", op->op);
    tlee_json_text(json, "part", op->part);
    tlee_json_uint(json, "exit", op->exit);
    shape(json, &file->array);
    range(json, op->data, count);
    checksum(json, &file->array);
    tlee_json_end(json, '}');
}

static void file(struct tlee_json *json, const char *key, const struct tlee_dump_file *entry) {
    if (!entry->name[0]) {
        tlee_json_text(json, key, NULL);
        return;
    }
    tlee_json_begin(json, key, '{');
    tlee_json_text(json, "file", entry->name);
    shape(json, &entry->array);
    checksum(json, &entry->array);
    tlee_json_end(json, '}');
}

/* A number for each exit. */
static void at_exits(struct tlee_json *json, const char *key, const struct tlee_model_info *info,
                     const double *values) {
    tlee_json_begin(json, key, '[');
    for (size_t b = 0; b <= info->branches; b++)
        tlee_json_double(json, NULL, values[b]);
    tlee_json_end(json, ']');
}

static void settings(struct tlee_json *json, const struct tlee_dump_index *index) {
    const struct tlee_cli_options *options = index->options;
    const struct tlee_model_info *info = &index->info;
    tlee_json_begin(json, "settings", '{');
    tlee_json_text(json, "backbone", info->backbone);
    tlee_json_text(json, "dataset", info->dataset);
    tlee_json_uint(json, "classes", info->classes);
    tlee_json_uint(json, "branches", info->branches);
    tlee_json_text(json, "reuse", info->reuse);
    tlee_json_text(json, "gate", info->gate);
    tlee_json_text(json, "mode", tlee_cli_mode_name(info->mode));
    tlee_json_uint(json, "frames", info->frames);
    at_exits(json, "first_threshold", info, index->thresholds.first);
    at_exits(json, "exit_threshold", info, index->thresholds.exit);
    at_exits(json, "gate_threshold", info, index->thresholds.gate);
    at_exits(json, "temperature", info, index->thresholds.temperature);
    tlee_json_uint(json, "seed", options->session.seed);
    tlee_json_uint(json, "resize", info->resize);
    tlee_json_uint(json, "side", info->side);
    tlee_json_bool(json, "fold", options->model.fold);
    tlee_json_bool(json, "exact", options->model.exact);
    tlee_json_bool(json, "prepared", info->prepared);
    tlee_json_text(json, "isa", info->isa);
    tlee_json_end(json, '}');
}

/* The exits of the frame that were scored. */
static void exits(struct tlee_json *json, const struct tlee_dump_index *index) {
    tlee_json_begin(json, "exits", '[');
    for (size_t i = 0; i < tlee_session_step_count(index->session); i++) {
        struct tlee_step step;
        tlee_session_get_step(index->session, i, &step);
        if (step.frame != index->frame)
            continue;
        tlee_json_begin(json, NULL, '{');
        tlee_json_uint(json, "exit", step.exit);
        tlee_json_float(json, "confidence", step.confidence);
        tlee_json_float(json, "gate", step.gate);
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
}

bool tlee_dump_index_write(struct tlee_dump_index *index, const char *path) {
    bool ok = !ferror(index->ops.out) && fclose(index->ops.out) == 0;
    index->ops.out = NULL;
    if (!ok) {
        errno = ENOMEM;
        return false;
    }
    char fingerprint[24];
    struct tlee_json json = {fopen(path, "wbx"), false};
    if (!json.out)
        return false;
    tlee_json_begin(&json, NULL, '{');
    tlee_json_text(&json, "tlee", tlee_version());
    tlee_json_text(&json, "model", index->options->operands[0]);
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, index->info.fingerprint);
    tlee_json_text(&json, "fingerprint", fingerprint);
    tlee_json_text(&json, "video", index->options->operands[1]);
    tlee_json_uint(&json, "frame", index->frame);
    tlee_json_uint(&json, "source_frame", index->source_frame);
    settings(&json, index);
    file(&json, "picture", &index->picture);
    file(&json, "input", &index->input);
    file(&json, "z_prev", &index->z_prev);
    exits(&json, index);
    tlee_json_begin(&json, "ops", '[');
    fputc('\n', json.out);
    fwrite(index->text, 1, index->bytes, json.out);
    tlee_json_end(&json, ']');
    tlee_json_end(&json, '}');
    fputc('\n', json.out);
    int failed = ferror(json.out), reason = errno;
    if (fclose(json.out) == 0 && !failed)
        return true;
    reason = failed ? reason : errno;
    unlink(path);
    errno = reason;
    return false;
}
