/* SPDX-License-Identifier: MIT */
/*
 * From 8-bit RGB to the network's input, for every instruction set: included once by each
 * resize_<isa>.c, after its vector header. The float operations and their order are those of the C
 * row, and so are the bits.
 *
 * Columns go in chunks, whose sources are located once for all rows. Of each source row that is
 * needed the chunk's pixels are collected and mixed horizontally; where a picture shrinks by less
 * than two, an output row shares one of its two source rows with the row before.
 */
#include "ops.h"
#include "resize_taps.h"

#include <assert.h>
#include <string.h>

enum {
    COLUMNS = 64 /* of a chunk; a multiple of LANES */
};

struct chunk {
    size_t count, vectors;
    size_t whole; /* columns that may read a byte beyond their pixels without leaving the row */
    size_t at0[COLUMNS], at1[COLUMNS]; /* byte offsets in a source row */
    float weight0[COLUMNS], weight1[COLUMNS];
};

/* A source row mixed horizontally; SIZE_MAX: none. */
struct mixed {
    size_t source;
    float value[3][COLUMNS];
};

VEC_INLINE void locate_columns(const struct tlee_resize *p, size_t first, struct chunk *chunk) {
    size_t rest = p->side - first;
    memset(chunk, 0, sizeof *chunk);
    chunk->count = rest < COLUMNS ? rest : COLUMNS;
    chunk->vectors = (chunk->count + LANES - 1) / LANES;
    for (size_t j = 0; j < chunk->count; j++) {
        struct tlee_taps taps = tlee_taps_locate(p->crop_x + first + j, p->in_w, p->out_w);
        chunk->at0[j] = 3 * taps.at0;
        chunk->at1[j] = 3 * taps.at1;
        chunk->weight0[j] = taps.weight0;
        chunk->weight1[j] = taps.weight1;
        if (taps.at1 + 1 < p->in_w)
            chunk->whole = j + 1;
    }
}

/* The pixels of a source row as words with red in the lowest byte. */
VEC_INLINE void collect(const struct chunk *chunk, const uint8_t *row, uint32_t *pixels0,
                        uint32_t *pixels1) {
    size_t j = 0;
    for (; j < chunk->whole; j++) {
        memcpy(&pixels0[j], row + chunk->at0[j], 4);
        memcpy(&pixels1[j], row + chunk->at1[j], 4);
    }
    for (; j < chunk->vectors * LANES; j++) {
        pixels0[j] = pixels1[j] = 0;
        memcpy(&pixels0[j], row + chunk->at0[j], 3);
        memcpy(&pixels1[j], row + chunk->at1[j], 3);
    }
}

/* x / 255 correctly rounded, for whole x in 0..255: the quotient's error, exact by the fused
 * multiply-add, corrects it. */
VEC_INLINE vec unit(vec x) {
    const float reciprocal = 1.0F / 255.0F;
    vec quotient = vec_mul(x, vec_set(reciprocal));
    vec error = vec_fma(quotient, vec_set(-255), x);
    return vec_fma(error, vec_set(reciprocal), quotient);
}

VEC_INLINE void mix_row(const struct chunk *chunk, const uint8_t *row, struct mixed *mixed) {
    uint32_t pixels0[COLUMNS], pixels1[COLUMNS];
    collect(chunk, row, pixels0, pixels1);
    for (size_t j = 0; j < chunk->vectors * LANES; j += LANES) {
        vec weight0 = vec_load(chunk->weight0 + j), weight1 = vec_load(chunk->weight1 + j);
        for (unsigned c = 0; c < 3; c++) {
            vec value0 = unit(vec_bytes(pixels0 + j, 8 * c));
            vec value1 = unit(vec_bytes(pixels1 + j, 8 * c));
            vec_store(mixed->value[c] + j,
                      vec_add(vec_mul(weight0, value0), vec_mul(weight1, value1)));
        }
    }
}

/* An output row's part in this chunk. */
VEC_INLINE void write_row(const struct tlee_resize *p, const struct chunk *chunk,
                          const struct tlee_taps *rows, const struct mixed *row0,
                          const struct mixed *row1, float *y) {
    vec weight0 = vec_set(rows->weight0), weight1 = vec_set(rows->weight1);
    for (size_t c = 0; c < 3; c++, y += p->side * p->side) {
        vec mean = vec_set(p->mean[c]), deviation = vec_set(p->std[c]);
        for (size_t j = 0; j < chunk->count; j += LANES) {
            vec value = vec_add(vec_mul(weight0, vec_load(row0->value[c] + j)),
                                vec_mul(weight1, vec_load(row1->value[c] + j)));
            value = vec_div(vec_sub(value, mean), deviation);
            if (j + LANES <= chunk->count)
                vec_store(y + j, value);
            else
                vec_store_first(y + j, value, chunk->count - j);
        }
    }
}

VEC_INLINE void resize(const struct tlee_resize *p, const uint8_t *rgb, size_t row_bytes, float *y,
                       size_t row_begin, size_t row_end) {
    assert(p->in_w > 0 && p->in_h > 0 && p->out_w > 0 && p->out_h > 0);
    assert(row_bytes >= 3 * p->in_w);
    assert(p->crop_x + p->side <= p->out_w && p->crop_y + p->side <= p->out_h);
    assert(row_begin <= row_end && row_end <= p->side);
    for (size_t first = 0; first < p->side; first += COLUMNS) {
        struct chunk chunk;
        struct mixed buffers[2], *row0 = &buffers[0], *row1 = &buffers[1];
        row0->source = row1->source = SIZE_MAX;
        locate_columns(p, first, &chunk);
        for (size_t i = row_begin; i < row_end; i++) {
            struct tlee_taps rows = tlee_taps_locate(p->crop_y + i, p->in_h, p->out_h);
            if (row1->source == rows.at0) {
                struct mixed *before = row0;
                row0 = row1;
                row1 = before;
            }
            if (row0->source != rows.at0)
                mix_row(&chunk, rgb + rows.at0 * row_bytes, row0);
            if (row1->source != rows.at1)
                mix_row(&chunk, rgb + rows.at1 * row_bytes, row1);
            row0->source = rows.at0;
            row1->source = rows.at1;
            write_row(p, &chunk, &rows, row0, row1, y + i * p->side + first);
        }
    }
}
