/* SPDX-License-Identifier: MIT */
/* Tensors from get to release, by formula and from files; and allocations that fail. */
#include "half.h"
#include "test.h"
#include "weights_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const size_t bias_dims[] = {5}, stem_dims[] = {2, 3, 1, 1};

static void test_release(void) {
    struct weights_writer writer;
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    const float *data;
    writer_sample(&writer);
    CHECK(!tlee_weights_open_memory(writer.file.bytes, writer.file.used, NULL, &weights, &error),
          "%s", error.message);
    size_t blocks = test_live_blocks(), allocations = test_allocation_count();
    CHECK(!tlee_weights_get(weights, "stem.bias", 1, bias_dims, &data, &error) &&
              test_allocation_count() == allocations + 1,
          "widened values need a block");
    tlee_weights_release(weights, "stem.bias");
    CHECK(test_live_blocks() == blocks, "the block is not freed");
    tlee_weights_release(weights, "stem.bias");
    tlee_weights_release(weights, "no such tensor");
    CHECK(tlee_weights_get(weights, "stem.bias", 1, bias_dims, &data, &error) == TLEE_ERR_ARG &&
              !data && strstr(error.message, "'stem.bias' was released"),
          "%s", error.message);
    CHECK(tlee_weights_check(weights, &error) == TLEE_ERR_ARG &&
              strstr(error.message, "'stem.bias' was released"),
          "%s", error.message);
    tlee_weights_release(weights, "alpha"); /* never asked for */
    CHECK(tlee_weights_get(weights, "alpha", 0, NULL, &data, &error) == TLEE_ERR_ARG, "alpha");
    CHECK(!tlee_weights_get(weights, "stem.weight", 4, stem_dims, &data, &error) && data[2] == 1,
          "another tensor");
    tlee_weights_close(&weights);
    writer_free(&writer);
}

/* Bits of halves: as they lie in the file, or a copy where the file lies at an odd address. */
static void test_halves(void) {
    struct weights_writer writer;
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    const uint16_t *halves, *again;
    const float *data;
    writer_sample(&writer);
    unsigned char *copy = malloc(writer.file.used + 1);
    size_t live = test_live_blocks();
    for (size_t odd = 0; copy && odd < 2; odd++) {
        memcpy(copy + odd, writer.file.bytes, writer.file.used);
        CHECK(!tlee_weights_open_memory(copy + odd, writer.file.used, NULL, &weights, &error), "%s",
              error.message);
        size_t allocations = test_allocation_count();
        CHECK(!tlee_weights_get_half(weights, "stem.bias", 1, bias_dims, &halves, &error) &&
                  !tlee_weights_get_half(weights, "stem.bias", 1, bias_dims, &again, &error) &&
                  halves == again && (uintptr_t)halves % 2 == 0,
              "%s", error.message);
        CHECK(test_allocation_count() == allocations + odd, "odd %zu", odd);
        CHECK(!tlee_weights_get(weights, "stem.bias", 1, bias_dims, &data, &error), "both");
        for (size_t i = 0; halves && i < bias_dims[0]; i++)
            CHECK(tlee_half_to_float(halves[i]) == data[i], "value %zu", i);
        CHECK(!tlee_weights_get_half(weights, "stem.weight", 4, stem_dims, &halves, &error) &&
                  !halves,
              "floats are no halves");
        CHECK(tlee_weights_get_half(weights, "stem.bias", 1, stem_dims, &halves, &error) ==
                      TLEE_ERR_SHAPE &&
                  !halves,
              "shape");
        CHECK(tlee_weights_get_half(weights, "beta", 0, NULL, &halves, &error) == TLEE_ERR_SHAPE,
              "missing");
        tlee_weights_release(weights, "stem.bias");
        CHECK(tlee_weights_get_half(weights, "stem.bias", 1, bias_dims, &halves, &error) ==
                  TLEE_ERR_ARG,
              "released");
        tlee_weights_close(&weights);
        CHECK(test_live_blocks() == live, "%zu blocks leak", test_live_blocks() - live);
    }
    free(copy);
    writer_free(&writer);
    CHECK(!tlee_weights_random(1, NULL, &weights, &error) &&
              !tlee_weights_get_half(weights, "a", 1, bias_dims, &halves, &error) && !halves,
          "a formula has floats");
    tlee_weights_close(&weights);
}

static void test_random(void) {
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    const float *data, *again, *other;
    size_t size = 7, one[] = {1000}, two[] = {10, 100}, none[] = {3, 0};
    size_t huge[] = {SIZE_MAX / 2, 3}, many[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    CHECK(!tlee_weights_random(1, NULL, &weights, &error), "%s", error.message);
    CHECK(tlee_weights_is_random(weights) && !tlee_weights_bytes(weights) &&
              !tlee_weights_count(weights) && !tlee_weights_entry(weights, 0) &&
              !tlee_weights_key_count(weights) && !tlee_weights_find(weights, "a") &&
              !tlee_weights_check(weights, &error),
          "a formula has no table");
    CHECK(!tlee_weights_dim(weights, "a", 5, &size, &error) && size == 7, "size became %zu", size);
    size = 0;
    CHECK(tlee_weights_dim(weights, "a", 0, &size, &error) == TLEE_ERR_SHAPE, "size 0");

    CHECK(!tlee_weights_get(weights, "a", 1, one, &data, &error) &&
              (uintptr_t)data % TLEE_ALIGNMENT == 0,
          "%s", error.message);
    CHECK(!tlee_weights_get(weights, "b", 2, two, &other, &error) && other != data &&
              memcmp(other, data, 1000 * sizeof *data),
          "another tensor, the same values");
    CHECK(tlee_weights_bytes(weights) == 8000, "handed out");
    CHECK(!tlee_weights_get(weights, "a", 1, one, &again, &error) && again == data &&
              tlee_weights_bytes(weights) == 8000,
          "made again");
    CHECK(tlee_weights_get(weights, "a", 2, two, &again, &error) == TLEE_ERR_SHAPE && !again &&
              strstr(error.message, "(1000), must be (10, 100)") && error.offset == -1,
          "%s", error.message);
    tlee_weights_release(weights, "a");
    CHECK(tlee_weights_get(weights, "a", 1, one, &again, &error) == TLEE_ERR_ARG &&
              tlee_weights_bytes(weights) == 8000 && error.offset == -1,
          "%s", error.message);

    CHECK(tlee_weights_get(weights, "c", 2, none, &data, &error) == TLEE_ERR_SHAPE &&
              strstr(error.message, "'c': shape (3, 0) is not possible"),
          "%s", error.message);
    CHECK(tlee_weights_get(weights, "c", 2, huge, &data, &error) == TLEE_ERR_SHAPE, "overflow");
    CHECK(tlee_weights_get(weights, "c", 9, many, &data, &error) == TLEE_ERR_SHAPE, "9 dimensions");
    CHECK(!tlee_weights_get(weights, "c", 8, many, &data, &error) && data, "8 dimensions");
    CHECK(!tlee_weights_get(weights, "d", 0, NULL, &data, &error) && data, "a single number");
    tlee_weights_close(&weights);

    /* The same name under two seeds. */
    struct tlee_weights *first, *second;
    CHECK(!tlee_weights_random(1, NULL, &first, NULL) &&
              !tlee_weights_random(2, NULL, &second, NULL),
          "two formulas");
    CHECK(!tlee_weights_get(first, "a", 1, one, &data, NULL) &&
              !tlee_weights_get(second, "a", 1, one, &other, NULL) &&
              memcmp(data, other, 1000 * sizeof *data),
          "two seeds, the same values");
    tlee_weights_close(&first);
    tlee_weights_close(&second);
}

/* ---- Allocations that fail ---- */

enum source {
    FROM_MEMORY,
    FROM_FILE_READ,
    FROM_FILE_MAPPED,
    FROM_FORMULA,
    SOURCES
};

static struct weights_writer sample;
static char path[300];

static enum tlee_status open_source(enum source source, struct tlee_weights **weights,
                                    struct tlee_error *error) {
    switch (source) {
    case FROM_MEMORY: /* not aligned, so that every get makes a copy */
        return tlee_weights_open_memory(sample.file.bytes + 1, sample.file.used - 1, NULL, weights,
                                        error);
    case FROM_FILE_READ:
        return tlee_weights_open(path, TLEE_LOAD_READ, NULL, weights, error);
    case FROM_FILE_MAPPED:
        return tlee_weights_open(path, TLEE_LOAD_MAP, NULL, weights, error);
    default:
        return tlee_weights_random(3, NULL, weights, error);
    }
}

/* Returns the first failure but goes on after it: one tensor must not spoil the next. */
static enum tlee_status get_some(struct tlee_weights *weights, struct tlee_error *error) {
    const float *data;
    enum tlee_status first = tlee_weights_get(weights, "stem.bias", 1, bias_dims, &data, error);
    enum tlee_status second = tlee_weights_get(weights, "stem.weight", 4, stem_dims, &data, NULL);
    return first ? first : second;
}

static void test_failing(enum source source, bool all_later) {
    size_t blocks = test_live_blocks();
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        struct tlee_weights *weights;
        struct tlee_error error = {0};
        test_fail_allocation(nth, all_later);
        enum tlee_status status = open_source(source, &weights, &error);
        bool opened = !status;
        if (opened)
            status = get_some(weights, &error);
        failed = test_allocation_failed();
        test_fail_allocation(0, false);
        CHECK(status == (failed ? TLEE_ERR_NOMEM : TLEE_OK), "source %d, allocation %zu: %s",
              source, nth, error.message);
        CHECK(opened || !weights, "weights without success");
        if (opened)
            CHECK(!get_some(weights, &error), "after the failure: %s", error.message);
        tlee_weights_close(&weights);
        CHECK(test_live_blocks() == blocks, "source %d, allocation %zu: %zu blocks left", source,
              nth, test_live_blocks() - blocks);
        CHECK(!failed || nth < 20, "no end");
    }
}

static void test_all_failing(void) {
    const char *temporary = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/tlee-test-XXXXXX", temporary ? temporary : "/tmp");
    int fd = mkstemp(path);
    writer_sample(&sample);
    CHECK(fd >= 0 && write(fd, sample.file.bytes, sample.file.used) == (ssize_t)sample.file.used,
          "no temporary file");
    close(fd);
    /* One byte further, for FROM_MEMORY. */
    writer_append(&sample.file, "", 1);
    memmove(sample.file.bytes + 1, sample.file.bytes, sample.file.used - 1);
    for (int source = 0; source < SOURCES; source++) {
        test_failing((enum source)source, false);
        test_failing((enum source)source, true);
    }
    unlink(path);
    writer_free(&sample);
}

int main(void) {
    size_t blocks = test_live_blocks(); /* of libc, in a static program */
    test_release();
    test_halves();
    test_random();
    test_all_failing();
    CHECK(test_live_blocks() == blocks, "%zu blocks left", test_live_blocks() - blocks);
    return test_summary();
}
