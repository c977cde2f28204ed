/* SPDX-License-Identifier: MIT */
/* A narrow ResNet-18 for ucf101 with two branches as a weights file in memory. */
#ifndef NARROW_MODEL_H
#define NARROW_MODEL_H

#include "weights_writer.h"

enum {
    NARROW_SIDE = 64,
    NARROW_CLASSES = 6,
    NARROW_FRAMES = 8,
    NARROW_LENGTH = 40, /* D */
    NARROW_END = 24     /* D0 */
};

struct narrow_model {
    struct weights_writer writer; /* finished: the file; freed with writer_free */
    bool half;
    uint64_t state; /* of the random numbers */
};

/* All values are exact in half precision; half: weights of two and more dimensions are stored so.
 * eg: the gate is of that kind in place of gm. */
void narrow_model_make(struct narrow_model *model, bool half, bool eg);

/* The same without finishing it, so that there is room for more metadata. */
void narrow_model_begin(struct narrow_model *model, bool half, bool eg);

#endif
