/* SPDX-License-Identifier: MIT */
/* The smallest and the largest that weights/FORMAT.md allows, and sums that wrap around. */
#include "test.h"
#include "weights_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file without metadata and tensors is one. */
static void test_empty(void) {
    struct weights_writer writer = {0};
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    writer_finish(&writer);
    CHECK(writer.file.used == 64, "%zu bytes", writer.file.used);
    CHECK(!tlee_weights_open_memory(writer.file.bytes, 64, NULL, &weights, &error), "%s",
          error.message);
    CHECK(weights && !tlee_weights_count(weights) && !tlee_weights_check(weights, &error), "empty");
    tlee_weights_close(&weights);
    writer_free(&writer);
}

/* The largest tables allowed, names that share a long beginning: neither slow nor wrong. */
static void test_many(void) {
    enum {
        TENSORS = 65536,
        KEYS = 4096
    };
    struct weights_writer writer = {0};
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    char name[256];
    for (unsigned i = 0; i < KEYS; i++) {
        snprintf(name, sizeof name, "key.%0240u", (i * 1237) % KEYS);
        writer_ints(&writer, name, 0, 1, (const int64_t[]){i});
    }
    for (unsigned i = 0; i < TENSORS; i++) {
        snprintf(name, sizeof name, "tensor.%0240u", (i * 40503) % TENSORS);
        float value = (float)i;
        writer_tensor(&writer, name, TLEE_F32, 0, 0, NULL, &value, sizeof value);
    }
    writer_finish(&writer);
    CHECK(!tlee_weights_open_memory(writer.file.bytes, writer.file.used, NULL, &weights, &error),
          "%s", error.message);
    for (unsigned i = 0; weights && i < TENSORS; i += 97) {
        const float *data = NULL;
        snprintf(name, sizeof name, "tensor.%0240u", (i * 40503) % TENSORS);
        CHECK(!tlee_weights_get(weights, name, 0, NULL, &data, &error) && *data == (float)i,
              "tensor %u", i);
    }
    for (unsigned i = 0; weights && i < KEYS; i += 7) {
        size_t count;
        const int64_t *values = NULL;
        snprintf(name, sizeof name, "key.%0240u", (i * 1237) % KEYS);
        CHECK(!tlee_weights_ints(weights, name, &count, &values, &error) && count == 1 &&
                  *values == i,
              "key %u", i);
    }
    tlee_weights_close(&weights);
    writer_free(&writer);
}

/* Keys, names, texts and arrays of the greatest length, and of the least. */
static void test_longest(void) {
    enum {
        MOST = 65536
    };
    struct weights_writer writer = {0};
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    char name[256] = {0}, *text = calloc(MOST + 1, 1);
    const char **texts = calloc(MOST, sizeof *texts);
    int64_t *ints = calloc(MOST, sizeof *ints);
    memset(name, 'n', 255);
    memset(text, 't', MOST);
    for (size_t i = 0; i < MOST; i++) {
        ints[i] = (int64_t)i;
        texts[i] = i % 2 ? "" : "x";
    }
    writer_ints(&writer, name, 0, MOST, ints);
    writer_texts(&writer, "long", 0, 1, (const char *const *)&text);
    writer_texts(&writer, "many", 0, MOST, texts);
    writer_ints(&writer, "k", 0, 1, ints);
    writer_tensor(&writer, name, TLEE_F32, 0, 0, NULL, "data", 4);
    writer_tensor(&writer, "n", TLEE_F32, 0, 0, NULL, "data", 4);
    writer_tensor(&writer, "n", TLEE_F32, UINT32_MAX, 0, NULL, "1", 1);
    writer_finish(&writer);
    CHECK(!tlee_weights_open_memory(writer.file.bytes, writer.file.used, NULL, &weights, &error),
          "%s", error.message);
    if (weights) {
        size_t count = 0;
        const int64_t *got_ints = NULL;
        const char *const *got = NULL;
        CHECK(!tlee_weights_ints(weights, name, &count, &got_ints, &error) && count == MOST &&
                  !memcmp(got_ints, ints, MOST * sizeof *ints),
              "ints");
        CHECK(!tlee_weights_texts(weights, "long", &count, &got, &error) && count == 1 &&
                  !strcmp(got[0], text),
              "a long text");
        CHECK(!tlee_weights_texts(weights, "many", &count, &got, &error) && count == MOST &&
                  !strcmp(got[MOST - 2], "x") && !*got[MOST - 1],
              "many texts");
        CHECK(tlee_weights_find(weights, name) != NULL, "the tensor");
    }
    tlee_weights_close(&weights);
    writer_free(&writer);
    free(text);
    free(texts);
    free(ints);
}

static void check_refused(const unsigned char *file, size_t size, const char *message) {
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    CHECK(tlee_weights_open_memory(file, size, NULL, &weights, &error) == TLEE_ERR_FORMAT &&
              strstr(error.message, message),
          "must say %s: %s", message, error.message);
}

static void test_header_sizes(void) {
    struct weights_writer writer;
    unsigned char *file, padded[128] = {0};
    writer_sample(&writer);
    file = writer.file.bytes;
    /* Modulo 2^64 the sum of the sections is right. */
    file[40 + 7] = file[48 + 7] = 0x80;
    writer_seal(file, writer.file.used);
    check_refused(file, writer.file.used, "do not make header_bytes");
    /* The largest header is allowed, but not there. */
    writer_put(file + 16, 8, 64 << 20);
    check_refused(file, writer.file.used, "cut short: the header says");
    writer_free(&writer);

    /* Zeros enough for an alignment of their own. */
    writer_finish(&writer);
    memcpy(padded, writer.file.bytes, 64);
    writer_put(padded + 16, 8, sizeof padded);
    writer_put(padded + 24, 8, sizeof padded);
    writer_seal(padded, sizeof padded);
    check_refused(padded, sizeof padded, "do not make header_bytes");
    writer_free(&writer);
}

int main(void) {
    size_t blocks = test_live_blocks(); /* of libc, in a static program */
    test_empty();
    test_many();
    test_longest();
    test_header_sizes();
    CHECK(test_live_blocks() == blocks, "%zu blocks left", test_live_blocks() - blocks);
    return test_summary();
}
