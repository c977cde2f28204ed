/* SPDX-License-Identifier: MIT */
#include "kept.h"

#include "status.h"

#include <stdlib.h>

enum tlee_status tlee_kept_init(struct tlee_kept *kept, struct tlee_source *source,
                                const size_t *sampled, size_t count, struct tlee_error *error) {
    *kept = (struct tlee_kept){.source = source};
    kept->numbers = calloc(count, sizeof *kept->numbers);
    kept->images = calloc(count, sizeof *kept->images);
    if (!kept->numbers || !kept->images) {
        tlee_kept_free(kept);
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "no memory for %zu frames", count);
    }
    for (size_t i = 0; i < count; i++)
        if (!i || sampled[i] != sampled[i - 1])
            kept->numbers[kept->count++] = sampled[i];
    return TLEE_OK;
}

void tlee_kept_free(struct tlee_kept *kept) {
    for (size_t i = 0; i < kept->read; i++)
        tlee_image_free(&kept->images[i]);
    free(kept->numbers);
    free(kept->images);
    *kept = (struct tlee_kept){0};
}

/* Reads the next of the numbers. */
static void read_next(struct tlee_kept *kept) {
    struct tlee_image *image = &kept->images[kept->read];
    kept->status = kept->source->read(kept->source, kept->numbers[kept->read], image, &kept->error);
    kept->ended = kept->status || !image->width;
    if (kept->ended)
        tlee_image_free(image);
    else
        kept->read++;
}

enum tlee_status tlee_kept_read(struct tlee_kept *kept, size_t number,
                                const struct tlee_image **image, struct tlee_error *error) {
    static const struct tlee_image none;
    size_t i = 0, end = kept->count;
    while (end - i > 1) {
        size_t middle = i + (end - i) / 2;
        if (kept->numbers[middle] <= number)
            i = middle;
        else
            end = middle;
    }
    while (!kept->ended && kept->read <= i)
        read_next(kept);
    *image = &none;
    if (i < kept->read) {
        *image = &kept->images[i];
        return TLEE_OK;
    }
    if (kept->status && error)
        *error = kept->error;
    return kept->status;
}
