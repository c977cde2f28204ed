/* SPDX-License-Identifier: MIT */
/*
 * What a tlee_tuning is made of: for shapes of convolutions the method that was fastest. As text it
 * is a heading, "tlee-tuning 1: " and the names of the columns, and a line for each shape,
 *
 *     avx512 64 56 56 64 3 1 1 0 2 winograd6
 *
 * words with one blank between them: instruction set, channels, height, width, outputs, kernel,
 * stride, padding, residual (1 where one is added), threads and method. Threads are those in use
 * when it was measured; a shape has one method whatever their number. The activation is no part of
 * the shape, as it costs every method the same.
 */
#ifndef TLEE_TUNING_H
#define TLEE_TUNING_H

#include "conv.h"
#include "tlee.h"

enum {
    TLEE_TUNING_SHAPES = 1024,       /* at most */
    TLEE_TUNING_LINE_BYTES = 128,    /* at most, the line's end and a terminating zero included */
    TLEE_TUNING_NUMBER_MOST = 999999 /* in a line */
};

/* One line. */
struct tlee_tuned {
    unsigned cpu; /* TLEE_CPU_ bits: of one instruction set and those below it */
    size_t c, h, w, oc, kernel, stride, pad, residual;
    size_t threads;
    enum tlee_conv_choice choice;
};

struct tlee_tuning {
    struct tlee_allocator allocator;
    size_t measured; /* of the shapes, those that no file told */
    size_t count;
    struct tlee_tuned shapes[TLEE_TUNING_SHAPES];
};

/*
 * The way of computing p with machine's kernels, those of cpu: the known one, or else the fastest
 * by measurement, which is known from then on. ANY where there is nothing to choose.
 * NOMEM; UNSUPPORTED: there is no room for a further shape.
 */
enum tlee_status tlee_tuning_choose(struct tlee_tuning *tuning, const struct tlee_machine *machine,
                                    unsigned cpu, const struct tlee_conv2d *p, bool residual,
                                    enum tlee_conv_choice *choice, struct tlee_error *error);

/* ---- tuning_text.c ---- */

/* Adds the lines of a text, which need not end with a zero. What is wrong is FORMAT, or VERSION, by
 * line and reason; shapes before it have been added then. */
enum tlee_status tlee_tuning_parse(struct tlee_tuning *tuning, const char *text, size_t bytes,
                                   struct tlee_error *error);

/* The heading and a shape's line; their lengths. */
size_t tlee_tuning_heading(char line[TLEE_TUNING_LINE_BYTES]);
size_t tlee_tuning_line(const struct tlee_tuned *tuned, char line[TLEE_TUNING_LINE_BYTES]);

/* The known entry of the same instruction set and shape, or NULL. */
const struct tlee_tuned *tlee_tuning_find(const struct tlee_tuning *tuning,
                                          const struct tlee_tuned *like);

#endif
