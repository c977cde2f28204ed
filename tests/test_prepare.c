/* SPDX-License-Identifier: MIT */
/* Prepared files through the public interface: from disk and memory, and what can go wrong. */
#include "test.h"
#include "tlee.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    SIDE = 64,
    CLASSES = 7,
    PIXELS = 3 * SIDE * SIDE
};
#define NAME "random:resnet18,input=64,classes=7,frames=8,dataset=hmdb51,gate=eg"

static char folder[512], path[600];
static float frame[PIXELS];

static tlee_model *open_model(const char *name) {
    tlee_model *model = NULL;
    struct tlee_error error = {.message = ""};
    CHECK(tlee_model_open(name, NULL, &model, &error) == TLEE_OK, "%s: %s", name, error.message);
    return model;
}

/* The scores of one frame, at the exit where it leaves. */
static bool score(const tlee_model *model, float *scores) {
    tlee_session *session = NULL;
    enum tlee_decision decision;
    memset(scores, 0, CLASSES * sizeof *scores);
    enum tlee_status status = tlee_session_create(model, NULL, &session, NULL);
    if (status == TLEE_OK) {
        tlee_session_begin(session, 0);
        status = tlee_session_push(session, frame, &decision, NULL);
    }
    if (status == TLEE_OK)
        status = tlee_session_finish(session, NULL);
    if (status == TLEE_OK)
        status = tlee_session_probabilities(session, scores, CLASSES);
    tlee_session_free(&session);
    return CHECK(status == TLEE_OK, "%s", tlee_status_name(status));
}

/* All of the file at path; *bytes is freed by the caller. */
static size_t read_file(unsigned char **bytes) {
    FILE *file = fopen(path, "rb");
    *bytes = NULL;
    if (!CHECK(file, "no file"))
        return 0;
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    *bytes = malloc(size + 64);
    if (*bytes)
        size = fread(*bytes, 1, size, file);
    fclose(file);
    return *bytes ? size : 0;
}

static void test_sources(const tlee_model *made, const unsigned char *bytes, size_t size) {
    float want[CLASSES], found[CLASSES];
    struct tlee_model_info info;
    tlee_model *model = open_model(path);
    if (!model || !score(made, want) || !score(model, found))
        return;
    CHECK(!memcmp(want, found, sizeof want), "the answer differs");
    tlee_model_get_info(model, &info);
    CHECK(info.prepared == 1, "is not known as prepared");
    tlee_model_get_info(made, &info);
    CHECK(info.prepared == 0, "the formula counts as prepared");
    struct tlee_error error;
    CHECK(tlee_model_write_prepared(model, path, &error) == TLEE_ERR_UNSUPPORTED, "%s",
          error.message);
    tlee_model_close(&model);
    /* In memory that the kernels could not use as it lies. */
    unsigned char *moved = calloc(size + 1, 1);
    if (!CHECK(moved, "out of memory"))
        return;
    memcpy(moved + 1, bytes, size);
    CHECK(tlee_model_open_memory(moved + 1, size, NULL, &model, &error) == TLEE_OK, "%s",
          error.message);
    if (model && score(model, found))
        CHECK(!memcmp(want, found, sizeof want), "the answer differs in memory");
    tlee_model_close(&model);
    free(moved);
}

/* Checksums are read when they are asked for. */
static void test_checks(unsigned char *bytes, size_t size) {
    struct tlee_model_options options;
    tlee_model_options_default(&options);
    tlee_model *model = NULL;
    bytes[size - 1] ^= 1;
    for (options.verify = 0; options.verify < 3; options.verify++) {
        enum tlee_status status = tlee_model_open_memory(bytes, size, &options, &model, NULL);
        CHECK(status == (options.verify < 2 ? TLEE_OK : TLEE_ERR_FORMAT), "verify %d: %s",
              options.verify, tlee_status_name(status));
        tlee_model_close(&model);
    }
    bytes[size - 1] ^= 1;
}

static void test_refusals(const tlee_model *made) {
    struct tlee_error error;
    char missing[700];
    snprintf(missing, sizeof missing, "%s/missing/file", folder);
    CHECK(tlee_model_write_prepared(NULL, path, &error) == TLEE_ERR_ARG, "no model");
    CHECK(tlee_model_write_prepared(made, NULL, &error) == TLEE_ERR_ARG, "no path");
    CHECK(tlee_model_write_prepared(made, folder, &error) == TLEE_ERR_IO, "over a folder");
    CHECK(tlee_model_write_prepared(made, "/dev/null", &error) == TLEE_ERR_IO, "over a device");
    CHECK(tlee_model_write_prepared(made, missing, &error) == TLEE_ERR_IO, "in no folder");
    struct tlee_model_options options;
    tlee_model_options_default(&options);
    options.fold = 0;
    tlee_model *plain = NULL, *none = NULL;
    CHECK(tlee_model_open(NAME, &options, &plain, NULL) == TLEE_OK, "cannot be opened");
    CHECK(tlee_model_write_prepared(plain, path, &error) == TLEE_ERR_UNSUPPORTED,
          "without folding");
    CHECK(tlee_model_open(path, &options, &none, &error) == TLEE_ERR_UNSUPPORTED, "%s",
          error.message);
    tlee_model_close(&plain);
}

/* A file that cannot be written whole leaves the old one as it is, and nothing beside it. */
static void test_full_disk(const tlee_model *made, const unsigned char *bytes, size_t size) {
    struct rlimit old, small;
    struct tlee_error error = {.message = ""};
    if (!CHECK(!getrlimit(RLIMIT_FSIZE, &old), "no limit"))
        return;
    signal(SIGXFSZ, SIG_IGN);
    small = old;
    small.rlim_cur = size / 2;
    CHECK(!setrlimit(RLIMIT_FSIZE, &small), "%s", strerror(errno));
    CHECK(tlee_model_write_prepared(made, path, &error) == TLEE_ERR_IO, "%s", error.message);
    setrlimit(RLIMIT_FSIZE, &old);
    unsigned char *now;
    CHECK(read_file(&now) == size && !memcmp(now, bytes, size), "the old file changed");
    free(now);
}

/* Where a file cannot do without a name while it is written. */
static void test_named(const tlee_model *made, const unsigned char *bytes, size_t size) {
    struct tlee_error error = {.message = ""};
    unsigned char *now = NULL;
    test_fail_access(true);
    test_full_disk(made, bytes, size);
    CHECK(!unlink(path), "%s", strerror(errno));
    CHECK(tlee_model_write_prepared(made, path, &error) == TLEE_OK, "%s", error.message);
    test_fail_access(false);
    CHECK(read_file(&now) == size && !memcmp(now, bytes, size), "the new file differs");
    free(now);
}

static void test_allocations(const tlee_model *made, const unsigned char *bytes, size_t size) {
    for (size_t nth = 1; nth < 20; nth++) {
        size_t live = test_live_blocks();
        test_fail_allocation(nth, false);
        enum tlee_status status = tlee_model_write_prepared(made, path, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0, false);
        CHECK(status == (failed ? TLEE_ERR_NOMEM : TLEE_OK), "write, allocation %zu: %s", nth,
              tlee_status_name(status));
        CHECK(test_live_blocks() == live, "write, allocation %zu leaks", nth);
    }
    /* Each layer allocates alike: past the first ones some allocations will do. */
    const char *quick = getenv("TLEE_QUICK");
    size_t stride = quick && *quick ? 61 : 7;
    for (size_t nth = 1;; nth += nth < 10 ? 1 : stride) {
        tlee_model *model = NULL;
        size_t live = test_live_blocks();
        test_fail_allocation(nth, false);
        enum tlee_status status = tlee_model_open_memory(bytes, size, NULL, &model, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0, false);
        tlee_model_close(&model);
        CHECK(test_live_blocks() == live, "open, allocation %zu leaks", nth);
        if (!failed)
            break;
        CHECK(status == TLEE_ERR_NOMEM, "open, allocation %zu: %s", nth, tlee_status_name(status));
    }
}

/* What a prepared file must bring for each kind of layer. */
static void test_backbones(void) {
    static const char *const names[] = {
        "random:mobilenetv2,input=64,classes=7,dataset=hmdb51",
        "random:efficientnetb3,input=64,classes=7,dataset=hmdb51,branches=1",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        float want[CLASSES], found[CLASSES];
        tlee_model *made = open_model(names[i]);
        CHECK(made && tlee_model_write_prepared(made, path, NULL) == TLEE_OK, "%s", names[i]);
        tlee_model *prepared = open_model(path);
        if (made && prepared && score(made, want) && score(prepared, found))
            CHECK(!memcmp(want, found, sizeof want), "%s: the answer differs", names[i]);
        tlee_model_close(&made);
        tlee_model_close(&prepared);
    }
}

int main(void) {
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/tlee-test-XXXXXX", temporary ? temporary : "/tmp");
    if (!CHECK(mkdtemp(folder), "no temporary folder"))
        return test_summary();
    snprintf(path, sizeof path, "%s/prepared.tlee", folder);
    for (size_t i = 0; i < PIXELS; i++)
        frame[i] = (float)(i * 37 % 255) / 128 - 1;
    struct tlee_error error = {.message = ""};
    unsigned char *bytes = NULL;
    test_backbones();
    tlee_model *made = open_model(NAME);
    if (made &&
        CHECK(tlee_model_write_prepared(made, path, &error) == TLEE_OK, "%s", error.message)) {
        size_t size = read_file(&bytes);
        if (size) {
            test_sources(made, bytes, size);
            test_checks(bytes, size);
            test_refusals(made);
            test_full_disk(made, bytes, size);
            test_named(made, bytes, size);
            test_allocations(made, bytes, size);
        }
        free(bytes);
    }
    tlee_model_close(&made);
    unlink(path);
    CHECK(!rmdir(folder), "something is left: %s", strerror(errno));
    return test_summary();
}
