/* SPDX-License-Identifier: MIT */
/* Thresholds and temperatures of each exit: in files, as options, and in what they decide. */
#include "narrow_model.h"
#include "test.h"
#include "tlee.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PIXELS = 3 * NARROW_SIDE * NARROW_SIDE,
    EXITS = 3,
    STEPS = NARROW_FRAMES * EXITS
};

static char folder[256], source[300], target[300];
static float frames[NARROW_FRAMES][PIXELS];

/* ---- Help ---- */

struct outcome {
    struct tlee_result result;
    struct tlee_step steps[STEPS];
    float logits[STEPS][NARROW_CLASSES], probabilities[NARROW_CLASSES];
    size_t count;
};

static struct tlee_thresholds model_s(void) {
    struct tlee_session_options options;
    tlee_session_options_default(&options);
    return options.thresholds;
}

static void recognise(const tlee_model *model, const struct tlee_thresholds *thresholds,
                      struct outcome *out) {
    tlee_session *session = NULL;
    struct tlee_session_options options;
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    memset(out, 0, sizeof *out);
    tlee_session_options_default(&options);
    options.thresholds = *thresholds;
    if (!CHECK(tlee_session_create(model, &options, &session, NULL) == TLEE_OK, "session"))
        return;
    tlee_session_begin(session, 0);
    for (size_t t = 0; decision != TLEE_FINISHED && t < NARROW_FRAMES; t++)
        CHECK(tlee_session_push(session, frames[t], &decision, NULL) == TLEE_OK, "frame %zu", t);
    CHECK(tlee_session_result(session, &out->result) == TLEE_OK, "result");
    tlee_session_probabilities(session, out->probabilities, NARROW_CLASSES);
    out->count = tlee_session_step_count(session);
    for (size_t i = 0; i < out->count; i++) {
        tlee_session_get_step(session, i, &out->steps[i]);
        memcpy(out->logits[i], out->steps[i].logits, sizeof out->logits[i]);
    }
    tlee_session_free(&session);
}

static bool same_steps(const struct outcome *a, const struct outcome *b) {
    bool same = a->count == b->count && a->result.label == b->result.label &&
                a->result.macs == b->result.macs;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->steps[i].frame == b->steps[i].frame && a->steps[i].exit == b->steps[i].exit &&
               a->steps[i].confidence == b->steps[i].confidence;
    return same;
}

static tlee_model *open_model(const char *path) {
    tlee_model *model = NULL;
    struct tlee_error error = {.message = ""};
    CHECK(tlee_model_open(path, NULL, &model, &error) == TLEE_OK, "%s: %s", path, error.message);
    return model;
}

static void save(const struct narrow_model *model, const char *path) {
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(model->writer.file.bytes, 1, model->writer.file.used, file) ==
                      model->writer.file.used,
          "%s", path);
    if (file)
        fclose(file);
}

/* Whether the file has the key, and whether it is a required one. */
static void check_key(const char *key, bool there, bool required) {
    struct tlee_weights *weights = NULL;
    struct tlee_allocator allocator = tlee_allocator_or_default(NULL);
    size_t found = 0;
    CHECK(tlee_weights_open(target, TLEE_LOAD_READ, &allocator, &weights, NULL) == TLEE_OK, "open");
    for (size_t i = 0; weights && i < tlee_weights_key_count(weights); i++) {
        bool is_required;
        if (strcmp(tlee_weights_key(weights, i, &is_required), key) != 0)
            continue;
        found++;
        CHECK(is_required == required, "%s is %srequired", key, is_required ? "" : "not ");
    }
    CHECK(found == (there ? 1 : 0), "%s occurs %zu times", key, found);
    tlee_weights_close(&weights);
}

/* ---- Tests ---- */

static void confidence_at_a_temperature(const tlee_model *model) {
    struct outcome plain, warm;
    struct tlee_thresholds at = model_s();
    tlee_thresholds_fill(at.first, 1);
    tlee_thresholds_fill(at.exit, 1);
    tlee_thresholds_fill(at.gate, 1);
    recognise(model, &at, &plain);
    at.temperature[0] = 2.5;
    at.temperature[1] = 0.5;
    recognise(model, &at, &warm);
    CHECK(warm.count == plain.count && plain.count == STEPS - EXITS + 1, "%zu steps", plain.count);
    for (size_t i = 0; i < warm.count; i++) {
        const struct tlee_step *step = &warm.steps[i];
        double t = step->exit == 0 ? 2.5 : step->exit == 1 ? 0.5 : 1, sum = 0;
        for (size_t k = 0; k < NARROW_CLASSES; k++)
            sum += exp(((double)warm.logits[i][k] - (double)warm.logits[i][step->top1]) / t);
        CHECK(fabs((double)step->confidence - 1 / sum) < 1e-6, "step %zu: %g is not %g", i,
              (double)step->confidence, 1 / sum);
        CHECK(!memcmp(warm.logits[i], plain.logits[i], sizeof plain.logits[i]), "scores differ");
        CHECK(step->top1 == plain.steps[i].top1, "another class");
        CHECK(step->exit < 2 || step->confidence == plain.steps[i].confidence, "exit 2 is at 1");
    }
    /* The last frame's first exit answers, at 2.5. */
    CHECK(warm.probabilities[warm.result.label] == warm.result.confidence, "probabilities");
    tlee_thresholds_fill(at.temperature, 1);
    recognise(model, &at, &warm);
    CHECK(same_steps(&warm, &plain), "a temperature of 1 changes something");
}

static void files_keep_them(const tlee_model *model) {
    struct tlee_thresholds at = model_s(), none = model_s();
    struct outcome want, found;
    struct tlee_error error = {.message = ""};
    const double first[] = {0.9, 0.7, 0.5}, leave[] = {0.45, 0.4, 0.3}, gate[] = {0.6, 0.5, 0.4};
    memcpy(at.first, first, sizeof first);
    memcpy(at.exit, leave, sizeof leave);
    memcpy(at.gate, gate, sizeof gate);
    at.temperature[1] = 1.5;
    CHECK(tlee_write_thresholds(source, &at, target, &error) == TLEE_OK, "%s", error.message);
    check_key("first_thresholds", true, true);
    check_key("exit_thresholds", true, true);
    check_key("gate_thresholds", true, true);
    check_key("temperatures", true, true);
    check_key("first_threshold", true, false);
    tlee_model *written = open_model(target);
    struct tlee_model_info info = {0};
    if (!written)
        return;
    tlee_model_get_info(written, &info);
    CHECK(!memcmp(info.thresholds.first, first, sizeof first) &&
              !memcmp(info.thresholds.exit, leave, sizeof leave) &&
              !memcmp(info.thresholds.gate, gate, sizeof gate) &&
              info.thresholds.temperature[0] == 1 && info.thresholds.temperature[1] == 1.5,
          "read back otherwise");
    recognise(model, &at, &want);
    recognise(written, &none, &found);
    CHECK(same_steps(&want, &found), "the file decides otherwise");
    /* One number given stands for all exits. */
    tlee_thresholds_fill(at.first, 1);
    tlee_thresholds_fill(none.first, 1);
    recognise(model, &at, &want);
    recognise(written, &none, &found);
    CHECK(same_steps(&want, &found), "an option does not override the list");
    tlee_model_close(&written);
    CHECK(tlee_verify(target, NULL, NULL, &error) == TLEE_OK, "%s", error.message);
}

/* Common numbers need no lists, and a file that was written can be written again, in place. */
static void back_to_common(void) {
    struct tlee_thresholds at = model_s();
    struct tlee_error error = {.message = ""};
    struct tlee_model_info info = {0};
    tlee_thresholds_fill(at.first, 0.75);
    tlee_thresholds_fill(at.gate, 0.5);
    tlee_thresholds_fill(at.temperature, 1);
    CHECK(tlee_write_thresholds(target, &at, target, &error) == TLEE_OK, "%s", error.message);
    check_key("first_thresholds", false, false);
    check_key("first_threshold", true, false);
    check_key("gate_threshold", false, false);
    check_key("temperatures", false, false);
    check_key("exit_thresholds", true, true);
    tlee_model *written = open_model(target);
    if (written)
        tlee_model_get_info(written, &info);
    CHECK(info.thresholds.first[2] == 0.75 && info.thresholds.exit[1] == 0.4, "read back");
    tlee_model_close(&written);
    tlee_thresholds_fill(at.gate, 0.7);
    CHECK(tlee_write_thresholds(target, &at, target, &error) == TLEE_OK, "%s", error.message);
    check_key("gate_threshold", true, true);
}

static void refuse_writing(const struct narrow_model *narrow) {
    struct tlee_thresholds at = model_s();
    struct tlee_error error;
    CHECK(tlee_write_thresholds(NULL, &at, target, &error) == TLEE_ERR_ARG, "NULL");
    CHECK(tlee_write_thresholds(source, NULL, target, &error) == TLEE_ERR_ARG, "NULL");
    CHECK(tlee_write_thresholds(source, &at, NULL, &error) == TLEE_ERR_ARG, "NULL");
    CHECK(tlee_write_thresholds("random:resnet18", &at, target, &error) == TLEE_ERR_UNSUPPORTED &&
              strstr(error.message, "prepare"),
          "%s", error.message);
    CHECK(tlee_write_thresholds(folder, &at, target, &error) == TLEE_ERR_IO, "a folder");
    at.temperature[2] = 0;
    CHECK(tlee_write_thresholds(source, &at, target, &error) == TLEE_ERR_ARG, "temperature 0");
    at = model_s();
    at.gate[0] = 1.25;
    CHECK(tlee_write_thresholds(source, &at, target, &error) == TLEE_ERR_ARG, "gate 1.25");
    at = model_s();
    unsigned char *last = &narrow->writer.file.bytes[narrow->writer.file.used - 1];
    *last ^= 1;
    save(narrow, source);
    CHECK(tlee_write_thresholds(source, &at, target, &error) == TLEE_ERR_FORMAT, "damaged");
    *last ^= 1;
    save(narrow, source);
}

/* Opens a narrow model with one list more; the list is wrong in one way. */
static void refuse_list(const char *key, size_t count, const double *values, const char *fragment) {
    struct narrow_model narrow;
    struct tlee_error error = {.message = ""};
    tlee_model *model = NULL;
    narrow_model_begin(&narrow, false, false);
    writer_reals(&narrow.writer, key, 1, count, values);
    writer_finish(&narrow.writer);
    CHECK(tlee_model_open_memory(narrow.writer.file.bytes, narrow.writer.file.used, NULL, &model,
                                 &error) == TLEE_ERR_FORMAT,
          "%s is taken", key);
    CHECK(strstr(error.message, key) && strstr(error.message, fragment), "%s", error.message);
    tlee_model_close(&model);
    writer_free(&narrow.writer);
}

static void refuse_reading(void) {
    refuse_list("first_thresholds", 2, (const double[]){0.5, 0.5}, "2 values");
    refuse_list("exit_thresholds", 4, (const double[]){0.5, 0.5, 0.5, 0.5}, "must have 3");
    refuse_list("exit_thresholds", 3, (const double[]){0.5, 1.5, 0.5}, "1.5 for exit 1");
    refuse_list("gate_thresholds", 3, (const double[]){0.5, 0.5, -1}, "-1 for exit 2");
    refuse_list("temperatures", 3, (const double[]){0, 1, 1}, "0 for exit 0");
    refuse_list("temperatures", 3, (const double[]){1, 1, 1e30}, "1e+30");
    refuse_list("gate_threshold", 1, (const double[]){1.5}, "1.5");
    refuse_list("gate_threshold", 2, (const double[]){0.5, 0.5}, "2 values");
}

static void refuse_options(const tlee_model *model) {
    struct tlee_session_options options;
    tlee_session *session = NULL;
    tlee_session_options_default(&options);
    double *fields[] = {options.thresholds.first, options.thresholds.exit, options.thresholds.gate,
                        options.thresholds.temperature};
    for (size_t i = 0; i < 4; i++) {
        tlee_session_options_default(&options);
        fields[i][2] = i == 3 ? 0 : 1.5;
        CHECK(tlee_session_create(model, &options, &session, NULL) == TLEE_ERR_ARG, "field %zu", i);
    }
}

int main(void) {
    struct narrow_model narrow;
    const char *temp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/tlee-thresholds-XXXXXX", temp && *temp ? temp : "/tmp");
    if (!CHECK(mkdtemp(folder), "%s", folder))
        return test_summary();
    snprintf(source, sizeof source, "%s/source.tlee", folder);
    snprintf(target, sizeof target, "%s/target.tlee", folder);
    for (size_t i = 0; i < NARROW_FRAMES * PIXELS; i++)
        frames[i / PIXELS][i % PIXELS] = (float)((i * 37 + i / 97 * 11) % 512) / 128 - 2;
    narrow_model_make(&narrow, false, false);
    save(&narrow, source);
    tlee_model *model = open_model(source);
    if (model) {
        confidence_at_a_temperature(model);
        files_keep_them(model);
        back_to_common();
        refuse_writing(&narrow);
        refuse_reading();
        refuse_options(model);
    }
    tlee_model_close(&model);
    writer_free(&narrow.writer);
    remove(source);
    remove(target);
    rmdir(folder);
    return test_summary();
}
