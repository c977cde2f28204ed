/* SPDX-License-Identifier: MIT */
/*
 * Damaged weights files: cut off at every byte, every bit of the header flipped with and without a
 * checksum that was made to fit, data and padding flipped. Each is refused, found by the check or
 * harmless; none may crash, which the sanitizer builds watch over.
 */
#include "test.h"
#include "weights_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Asks for all that there is, then checks the data. */
static enum tlee_status use_everything(struct tlee_weights *weights, struct tlee_error *error) {
    size_t count;
    const int64_t *ints;
    const double *reals;
    const char *const *texts;
    for (size_t i = 0; i < tlee_weights_key_count(weights); i++) {
        const char *key = tlee_weights_key(weights, i, NULL);
        size_t total = 0;
        enum tlee_status failed = TLEE_OK;
        failed |= tlee_weights_ints(weights, key, &count, &ints, error), total += count;
        failed |= tlee_weights_reals(weights, key, &count, &reals, error), total += count;
        failed |= tlee_weights_texts(weights, key, &count, &texts, error), total += count;
        if (!failed || !total)
            return TLEE_ERR_ARG;
    }
    for (size_t i = 0; i < tlee_weights_count(weights); i++) {
        const struct tlee_weights_entry *entry = tlee_weights_entry(weights, i);
        const float *data;
        if (entry->layout)
            continue;
        enum tlee_status status =
            tlee_weights_get(weights, entry->name, entry->ndim, entry->dims, &data, error);
        size_t values = (size_t)entry->bytes / (entry->dtype == TLEE_F16 ? 2 : 4);
        for (size_t v = 0; !status && v < values; v++)
            count += data[v] != data[v]; /* reads each */
        if (status)
            return status;
    }
    return tlee_weights_check(weights, error);
}

/* Opens and uses a copy of exactly that size, so that a read beyond it is seen. */
static enum tlee_status try_file(const unsigned char *file, size_t size, struct tlee_error *error) {
    struct tlee_weights *weights;
    unsigned char *copy = malloc(size ? size : 1);
    memcpy(copy, file, size);
    *error = (struct tlee_error){.offset = -1};
    enum tlee_status status = tlee_weights_open_memory(copy, size, NULL, &weights, error);
    if (!status)
        status = use_everything(weights, error);
    tlee_weights_close(&weights);
    free(copy);
    return status;
}

static void test_cut(const struct weights_writer *sample) {
    struct tlee_error error;
    for (size_t size = 0; size < sample->file.used; size++) {
        enum tlee_status status = try_file(sample->file.bytes, size, &error);
        const char *expected = size ? "cut short" : "empty file";
        CHECK(status == TLEE_ERR_FORMAT && strstr(error.message, expected), "%zu bytes: %s", size,
              error.message);
    }
    CHECK(!try_file(sample->file.bytes, sample->file.used, &error), "whole: %s", error.message);
}

static void test_header_flips(struct weights_writer *sample) {
    struct tlee_error error;
    unsigned char *file = sample->file.bytes;
    for (size_t bit = 0; bit < 8 * sample->data_at[0]; bit++) {
        file[bit / 8] ^= (unsigned char)(1 << bit % 8);
        enum tlee_status status = try_file(file, sample->file.used, &error);
        CHECK(status == TLEE_ERR_FORMAT || (status == TLEE_ERR_VERSION && bit / 64 == 1),
              "byte %zu, bit %zu: status %d", bit / 8, bit % 8, status);
        CHECK(error.message[0], "byte %zu: no message", bit / 8);
        file[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

static uint64_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* One byte with another value, the checksum made to fit. What comes through must be usable; of a
 * number, a text or a tensor's checksum it may well be. */
static void test_sealed_changes(const struct weights_writer *sample) {
    size_t size = sample->file.used, refused = 0, harmless = 0;
    unsigned char *file = malloc(size);
    struct tlee_error error;
    for (size_t at = 0; at < sample->data_at[0]; at++)
        for (unsigned value = 0; value < 256; value++) {
            memcpy(file, sample->file.bytes, size);
            if (file[at] == value)
                continue;
            file[at] = (unsigned char)value;
            writer_seal(file, size);
            if (try_file(file, size, &error))
                refused++;
            else
                harmless++;
        }
    CHECK(refused > 50000 && harmless > 5000, "%zu refused, %zu harmless", refused, harmless);
    free(file);
}

/* Several fields at once get values that are likely to slip through a careless check. */
static void test_wild_changes(const struct weights_writer *sample) {
    static const uint64_t values[] = {0,     1,     7,        8,          255,      256,
                                      65535, 65536, 1u << 31, UINT32_MAX, 1u << 30, UINT64_MAX};
    size_t size = sample->file.used, refused = 0;
    unsigned char *file = malloc(size);
    struct tlee_error error;
    uint64_t state = 1;
    for (unsigned round = 0; round < 50000; round++) {
        memcpy(file, sample->file.bytes, size);
        for (uint64_t change = 0; change <= round % 3; change++) {
            unsigned bytes = 1u << next_random(&state) % 4;
            size_t at = 24 + (size_t)(next_random(&state) % (sample->data_at[0] - 32));
            uint64_t value = values[next_random(&state) % (sizeof values / sizeof *values)];
            writer_put(file + at, bytes, value + next_random(&state) % 3 - 1);
        }
        writer_seal(file, size);
        refused += try_file(file, size, &error) != TLEE_OK;
    }
    CHECK(refused > 30000, "only %zu refused", refused);
    free(file);
}

/* Every bit of the data, and of the padding between the tensors. */
static void test_data_flips(struct weights_writer *sample) {
    struct tlee_weights *weights;
    struct tlee_error error;
    unsigned char *file = sample->file.bytes;
    if (!CHECK(!tlee_weights_open_memory(file, sample->file.used, NULL, &weights, &error), "open"))
        return;
    for (size_t bit = 8 * sample->data_at[0]; bit < 8 * sample->file.used; bit++) {
        size_t at = bit / 8, index = 0;
        while (index + 1 < sample->tensor_count && sample->data_at[index + 1] <= at)
            index++;
        const struct tlee_weights_entry *entry = tlee_weights_entry(weights, index);
        bool padding = at >= entry->offset + entry->bytes;
        char quoted[40];
        snprintf(quoted, sizeof quoted, "'%s'", entry->name);
        file[at] ^= (unsigned char)(1 << bit % 8);
        enum tlee_status status = tlee_weights_check(weights, &error);
        CHECK(status == TLEE_ERR_FORMAT && strstr(error.message, quoted) &&
                  strstr(error.message, padding ? "padding" : "checksum") &&
                  (uint64_t)error.offset == (padding ? at : entry->offset),
              "byte %zu: %s", at, error.message);
        file[at] ^= (unsigned char)(1 << bit % 8);
    }
    CHECK(!tlee_weights_check(weights, &error), "%s", error.message);
    tlee_weights_close(&weights);
}

int main(void) {
    size_t blocks = test_live_blocks(); /* of libc, in a static program */
    struct weights_writer sample;
    writer_sample(&sample);
    test_cut(&sample);
    test_header_flips(&sample);
    test_sealed_changes(&sample);
    test_wild_changes(&sample);
    test_data_flips(&sample);
    writer_free(&sample);
    CHECK(test_live_blocks() == blocks, "%zu blocks left", test_live_blocks() - blocks);
    return test_summary();
}
