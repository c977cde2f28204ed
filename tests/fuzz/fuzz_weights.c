/* SPDX-License-Identifier: MIT */
/* The weights reader on any bytes: open, ask for everything, check. For clang -fsanitize=fuzzer. */
#include "seal.h"
#include "weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Contradictions between what the table says and what is handed out end the run. */
static void use_metadata(const struct tlee_weights *weights) {
    for (size_t i = 0; i < tlee_weights_key_count(weights); i++) {
        bool required;
        const char *key = tlee_weights_key(weights, i, &required);
        size_t ints, reals, texts, read = 0;
        const int64_t *int_values;
        const double *real_values;
        const char *const *text_values;
        tlee_weights_ints(weights, key, &ints, &int_values, NULL);
        tlee_weights_reals(weights, key, &reals, &real_values, NULL);
        tlee_weights_texts(weights, key, &texts, &text_values, NULL);
        for (size_t v = 0; v < ints; v++)
            read += int_values[v] != 0;
        for (size_t v = 0; v < reals; v++)
            read += real_values[v] < 0;
        for (size_t v = 0; v < texts; v++)
            read += strlen(text_values[v]);
        if (ints + reals + texts == 0 || (read && !key[0]))
            abort();
    }
}

/* Any number of elements, as long as they fill it. */
static void use_prepared(struct tlee_weights *weights, const struct tlee_weights_entry *entry) {
    size_t size = (size_t)entry->bytes;
    const void *data;
    if (tlee_weights_get_prepared(weights, entry->name, entry->ndim, entry->dims, entry->layout,
                                  entry->dtype, size / (entry->dtype == TLEE_F16 ? 2 : 4), &data,
                                  NULL))
        return;
    if ((uintptr_t)data % TLEE_ALIGNMENT)
        abort();
    volatile unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum + ((const unsigned char *)data)[i];
}

static void use_tensors(struct tlee_weights *weights) {
    for (size_t i = 0; i < tlee_weights_count(weights); i++) {
        const struct tlee_weights_entry *entry = tlee_weights_entry(weights, i);
        const struct tlee_weights_entry *found = tlee_weights_find(weights, entry->name);
        const struct tlee_weights_entry *prepared =
            tlee_weights_find_prepared(weights, entry->name);
        const float *data;
        size_t size, values = 1;
        if (!found || (found->layout && found != prepared) || (!entry->layout && found != entry))
            abort();
        if (entry == prepared)
            use_prepared(weights, entry);
        if (entry->layout)
            continue;
        for (unsigned axis = 0; axis < entry->ndim; axis++) {
            if (tlee_weights_dim(weights, entry->name, axis, &size, NULL) || !size)
                abort();
            values *= size;
        }
        if (tlee_weights_get(weights, entry->name, entry->ndim, entry->dims, &data, NULL))
            abort();
        volatile float sum = 0;
        for (size_t v = 0; v < values; v++)
            sum = sum + data[v];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct tlee_weights *weights;
    struct tlee_error error;
    unsigned char *file = sealed_copy(bytes, size);
    if (!file)
        return 0;
    if (tlee_weights_open_memory(file, size, NULL, &weights, &error)) {
        if (weights || !error.message[0])
            abort();
    } else {
        use_metadata(weights);
        use_tensors(weights);
        tlee_weights_check(weights, &error);
        if (tlee_weights_count(weights))
            tlee_weights_release(weights, tlee_weights_entry(weights, 0)->name);
    }
    tlee_weights_close(&weights);
    free(file);
    return 0;
}
