/* SPDX-License-Identifier: MIT */
#include "weights_tell.h"

#include "weights_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_values(const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        printf("%s%08" PRIx32, i ? " " : "", bits);
    }
    printf("\n");
}

static size_t product(unsigned ndim, const size_t *dims) {
    size_t count = 1;
    for (unsigned i = 0; i < ndim; i++)
        count *= dims[i];
    return count;
}

static enum tlee_status tell_random(int argc, char **argv, struct tlee_error *error) {
    size_t dims[TLEE_MAX_DIMS] = {0};
    unsigned ndim = 0;
    struct tlee_weights *weights;
    const float *values = NULL;
    for (int i = 4; i < argc && ndim < TLEE_MAX_DIMS; i++)
        dims[ndim++] = (size_t)strtoull(argv[i], NULL, 10);
    enum tlee_status status =
        tlee_weights_random(strtoull(argv[2], NULL, 10), NULL, &weights, error);
    if (!status)
        status = tlee_weights_get(weights, argv[3], ndim, dims, &values, error);
    if (!status)
        print_values(values, product(ndim, dims));
    tlee_weights_close(&weights);
    return status;
}

static enum tlee_status tell_example(void) {
    struct weights_writer writer;
    writer_example(&writer);
    for (size_t i = 0; i < writer.file.used; i++)
        printf("%02x", writer.file.bytes[i]);
    printf("\n");
    writer_free(&writer);
    return TLEE_OK;
}

static void show_key(const struct tlee_weights *weights, size_t index) {
    bool required;
    const char *key = tlee_weights_key(weights, index, &required);
    const int64_t *ints;
    const double *reals;
    const char *const *texts;
    size_t count;
    printf("key %s%s:", key, required ? " (required)" : "");
    if (!tlee_weights_ints(weights, key, &count, &ints, NULL))
        for (size_t i = 0; i < count; i++)
            printf(" %" PRId64, ints[i]);
    if (!tlee_weights_reals(weights, key, &count, &reals, NULL))
        for (size_t i = 0; i < count; i++)
            printf(" %.17g", reals[i]);
    if (!tlee_weights_texts(weights, key, &count, &texts, NULL))
        for (size_t i = 0; i < count; i++)
            printf(" \"%s\"", texts[i]);
    printf("\n");
}

static enum tlee_status show_tensor(struct tlee_weights *weights, size_t index,
                                    struct tlee_error *error) {
    const struct tlee_weights_entry *entry = tlee_weights_entry(weights, index);
    const float *values = NULL;
    printf("tensor %s %s layout %" PRIu32 " at %" PRIu64 ", %" PRIu64 " bytes, crc %08" PRIx32 " (",
           entry->name, entry->dtype == TLEE_F32 ? "f32" : "f16", entry->layout, entry->offset,
           entry->bytes, entry->crc);
    for (unsigned i = 0; i < entry->ndim; i++)
        printf("%s%zu", i ? ", " : "", entry->dims[i]);
    printf(")\n");
    if (entry->layout)
        return TLEE_OK;
    enum tlee_status status =
        tlee_weights_get(weights, entry->name, entry->ndim, entry->dims, &values, error);
    if (!status)
        print_values(values, product(entry->ndim, entry->dims));
    return status;
}

static enum tlee_status show(const char *path, struct tlee_error *error) {
    struct tlee_weights *weights;
    enum tlee_status status = tlee_weights_open(path, TLEE_LOAD_READ, NULL, &weights, error);
    if (!status)
        status = tlee_weights_check(weights, error);
    for (size_t i = 0; !status && i < tlee_weights_key_count(weights); i++)
        show_key(weights, i);
    for (size_t i = 0; !status && i < tlee_weights_count(weights); i++)
        status = show_tensor(weights, i, error);
    tlee_weights_close(&weights);
    return status;
}

int weights_tell(int argc, char **argv) {
    struct tlee_error error = {.message = "usage: see weights_tell.h"};
    enum tlee_status status = TLEE_ERR_ARG;
    if (argc > 3 && !strcmp(argv[1], "random"))
        status = tell_random(argc, argv, &error);
    else if (argc == 3 && !strcmp(argv[1], "show"))
        status = show(argv[2], &error);
    else if (argc == 2 && !strcmp(argv[1], "example"))
        status = tell_example();
    if (status)
        fprintf(stderr, "%s\n", error.message);
    return status != TLEE_OK;
}
