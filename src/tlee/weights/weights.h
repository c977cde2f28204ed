/* SPDX-License-Identifier: MIT */
/*
 * A source of named tensors and metadata: a weights file (weights/FORMAT.md), its bytes in memory,
 * or the fixed formula behind `random:` models. All input is hostile; messages name the tensor or
 * key and the byte offset.
 */
#ifndef TLEE_WEIGHTS_H
#define TLEE_WEIGHTS_H

#include "tensor.h"
#include "tlee.h"

enum {
    TLEE_MAX_DIMS = 8
};

enum tlee_dtype {
    TLEE_F32 = 1, /* IEEE 754 binary32 */
    TLEE_F16 = 2  /* IEEE 754 binary16, widened to float unless its bits are asked for */
};

/* How a tensor's values lie. Others are data prepared for one machine beside the plain tensor. */
enum {
    TLEE_LAYOUT_PLAIN = 0,     /* row-major as in PyTorch */
    TLEE_LAYOUT_PREPARED = 1,  /* as the kernels of a prepared file read them */
    TLEE_LAYOUT_WINOGRAD2 = 2, /* the same for a convolution in the transform domain */
    TLEE_LAYOUT_WINOGRAD4 = 3,
    TLEE_LAYOUT_WINOGRAD6 = 4,
    TLEE_LAYOUTS
};

enum tlee_meta_type {
    TLEE_META_INT = 1,
    TLEE_META_REAL = 2,
    TLEE_META_TEXT = 3
};

/* One row of the tensor table. name lives as long as the weights. */
struct tlee_weights_entry {
    const char *name;
    enum tlee_dtype dtype;
    uint32_t layout; /* TLEE_LAYOUT_ */
    unsigned ndim;
    size_t dims[TLEE_MAX_DIMS];
    uint64_t offset; /* in the file */
    uint64_t bytes;
    uint32_t crc;
};

struct tlee_weights;

/*
 * Opens the weights file at path and checks all of its header: after success every offset and size
 * in the table is safe to use. The data's checksums are tlee_weights_check's business. *out is
 * closed with tlee_weights_close; on failure it is NULL.
 */
enum tlee_status tlee_weights_open(const char *path, enum tlee_load load,
                                   const struct tlee_allocator *allocator,
                                   struct tlee_weights **out, struct tlee_error *error);

/* The same for a file's bytes in memory, which stay the caller's and must outlive *out. They need
 * no alignment. */
enum tlee_status tlee_weights_open_memory(const void *bytes, size_t length,
                                          const struct tlee_allocator *allocator,
                                          struct tlee_weights **out, struct tlee_error *error);

/* Weights by formula: no file and no table; any tensor asked for by name and shape exists. See
 * FORMAT.md, "Weights by formula". */
enum tlee_status tlee_weights_random(uint64_t seed, const struct tlee_allocator *allocator,
                                     struct tlee_weights **out, struct tlee_error *error);

/* Accepts NULL and a pointer to NULL; sets *weights to NULL. */
void tlee_weights_close(struct tlee_weights **weights);

/* True for tlee_weights_random. */
bool tlee_weights_is_random(const struct tlee_weights *weights);

/* True for a file that was prepared for one instruction set: it has the key "prepared.isa". */
bool tlee_weights_is_prepared(const struct tlee_weights *weights);

/* True for a file that was read into memory of the engine's own, in small pages. */
bool tlee_weights_is_read(const struct tlee_weights *weights);

/* Bytes of the file or memory block, and of all tensors handed out by a formula so far. */
uint64_t tlee_weights_bytes(const struct tlee_weights *weights);

/* Rows of the tensor table; 0 and NULL for a formula. */
size_t tlee_weights_count(const struct tlee_weights *weights);
const struct tlee_weights_entry *tlee_weights_entry(const struct tlee_weights *weights,
                                                    size_t index);

/* The entry with that name, of layout 0 where there are several, or NULL. */
const struct tlee_weights_entry *tlee_weights_find(const struct tlee_weights *weights,
                                                   const char *name);

/* The entry of a prepared tensor with that name, or NULL. */
const struct tlee_weights_entry *tlee_weights_find_prepared(const struct tlee_weights *weights,
                                                            const char *name);

/*
 * Size of one axis of the named tensor, so that widths come from the tensors' shapes: *size becomes
 * the file's dimension, and stays what it was (the published width) for a formula. A missing tensor
 * or axis, or a size of 0, is TLEE_ERR_SHAPE.
 */
enum tlee_status tlee_weights_dim(const struct tlee_weights *weights, const char *name,
                                  unsigned axis, size_t *size, struct tlee_error *error);

/*
 * The named tensor's values, which must have exactly the given dimensions (TLEE_ERR_SHAPE with both
 * shapes otherwise; a missing name likewise). *data holds the product of dims floats, stays the
 * weights' and is valid until the tensor is released or the weights are closed. Not thread-safe.
 */
enum tlee_status tlee_weights_get(struct tlee_weights *weights, const char *name, unsigned ndim,
                                  const size_t *dims, const float **data, struct tlee_error *error);

/* The same for a tensor that is stored in half precision: the bits of its values as they lie in the
 * file. *data is NULL, without an error, where it is stored otherwise, and for a formula. */
enum tlee_status tlee_weights_get_half(struct tlee_weights *weights, const char *name,
                                       unsigned ndim, const size_t *dims, const uint16_t **data,
                                       struct tlee_error *error);

/*
 * The same for a prepared tensor, which must have those dimensions, the layout and exactly `count`
 * elements of dtype: any number of them, as packing pads and transforms. *data is aligned to
 * TLEE_ALIGNMENT.
 */
enum tlee_status tlee_weights_get_prepared(struct tlee_weights *weights, const char *name,
                                           unsigned ndim, const size_t *dims, uint32_t layout,
                                           enum tlee_dtype dtype, size_t count, const void **data,
                                           struct tlee_error *error);

/* Gives the named tensor's memory back to the system where that can be done, after its values were
 * copied elsewhere: its data must not be used any more. Final: a later tlee_weights_get of it and
 * tlee_weights_check are TLEE_ERR_ARG, whatever the source. */
void tlee_weights_release(struct tlee_weights *weights, const char *name);

/* Reads everything: each tensor's checksum, and that all padding is zero. Nothing to do for a
 * formula. */
enum tlee_status tlee_weights_check(struct tlee_weights *weights, struct tlee_error *error);

/* Number of metadata entries, and the key of each; *required (may be NULL) tells whether a reader
 * that does not know the key must refuse the file. */
size_t tlee_weights_key_count(const struct tlee_weights *weights);
const char *tlee_weights_key(const struct tlee_weights *weights, size_t index, bool *required);

/*
 * Metadata. Every value is an array of one type; the count is returned in *count.
 * An absent key gives *count = 0 and TLEE_OK; a key of another type is TLEE_ERR_FORMAT. Arrays and
 * texts (zero-terminated) live as long as the weights. A formula has no metadata.
 */
enum tlee_status tlee_weights_ints(const struct tlee_weights *weights, const char *key,
                                   size_t *count, const int64_t **values, struct tlee_error *error);
enum tlee_status tlee_weights_reals(const struct tlee_weights *weights, const char *key,
                                    size_t *count, const double **values, struct tlee_error *error);
enum tlee_status tlee_weights_texts(const struct tlee_weights *weights, const char *key,
                                    size_t *count, const char *const **values,
                                    struct tlee_error *error);

#endif
