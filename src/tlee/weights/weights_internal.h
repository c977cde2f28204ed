/* SPDX-License-Identifier: MIT */
/* What the parts of the weights loader share. */
#ifndef TLEE_WEIGHTS_INTERNAL_H
#define TLEE_WEIGHTS_INTERNAL_H

#include "arena.h"
#include "status.h"
#include "weights.h"

#include <string.h>

/* Tensors are used as they lie in the file. */
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "weights files are little-endian, and so must be the machine that uses them"
#endif

enum {
    TLEE_WEIGHTS_HEADER_BYTES = 64,
    TLEE_WEIGHTS_NAME_SHOWN = 80 /* bytes of a name in a message, so that the reason fits too */
};

/* One tensor, and what was handed out of it. */
struct tlee_weights_tensor {
    struct tlee_weights_entry entry;
    uint64_t table_offset;  /* of its row in the file */
    const void *data;       /* NULL: not asked for yet */
    void *owned;            /* data in memory of its own; NULL: none, or it is part of the file */
    const uint16_t *halves; /* the same two for the bits of half floats */
    uint16_t *owned_halves;
    bool released;
    struct tlee_weights_tensor *next; /* in the list of a formula's tensors */
};

/* One metadata entry. */
struct tlee_weights_meta {
    const char *key;
    enum tlee_meta_type type;
    bool required;
    size_t count;
    uint64_t offset;    /* in the file */
    const void *values; /* int64_t, double or const char * [count], as type says */
};

struct tlee_weights {
    struct tlee_allocator allocator;

    /* A file. */
    const unsigned char *bytes; /* all of it; NULL for a formula */
    size_t size;
    void *region; /* bytes as weights_file.c got them; NULL when they are the caller's */
    bool mapped;  /* region is the file's own pages */
    void *block;  /* what the arena places: all below, and the names and values they point to */
    struct tlee_arena arena;
    struct tlee_weights_meta *metas; /* [meta_count], in the order of the file */
    size_t meta_count;
    struct tlee_weights_tensor *tensors; /* [tensor_count], in the order of the file */
    size_t tensor_count;
    bool prepared;          /* tensors may be prepared ones */
    uint32_t *meta_order;   /* [meta_count], sorted by key */
    uint32_t *tensor_order; /* [tensor_count], sorted by name, then layout */

    /* A formula. */
    uint64_t seed;
    uint64_t handed_out;              /* bytes */
    struct tlee_weights_tensor *made; /* every tensor that was asked for, each a block of its own */
};

/* ---- weights_header.c: the file up to its data ---- */

/*
 * Checks what can be told from the first `length` bytes (64, or all there are) of a file of `size`
 * bytes: that it is ours, of a version we know, and not cut off inside its header. On success
 * *header_bytes says how much of the file tlee_weights_parse needs.
 */
enum tlee_status tlee_weights_begin(const unsigned char *bytes, size_t length, uint64_t size,
                                    size_t *header_bytes, struct tlee_error *error);

/* Fills everything of a file but region from w->bytes, of which header_bytes are there, and
 * w->size. */
enum tlee_status tlee_weights_parse(struct tlee_weights *w, size_t header_bytes,
                                    struct tlee_error *error);

/* ---- weights_section.c: entry after entry of the metadata or the tensor table ---- */

struct tlee_weights_section {
    const char *what;           /* "metadata entry" or "tensor entry", for messages */
    const char *named;          /* "key" or "tensor", once its name is known */
    const unsigned char *bytes; /* of the file */
    size_t at, end;             /* bytes at .. end - 1 are still to be read */
    size_t index;               /* of the entry at hand */
    const char *name;           /* of the entry at hand; NULL: not known yet */
    char *texts;                /* where the next zero-terminated copy goes */
    unsigned char *values;      /* where the next array goes, aligned to 8 bytes */
    struct tlee_error *error;
};

/* The next `bytes` bytes, which count as read; NULL when the section ends before. */
const unsigned char *tlee_weights_take(struct tlee_weights_section *section, size_t bytes);

/* The next `length` bytes as a zero-terminated copy, with the same rule. At least one other byte
 * must have been taken since the copy before: that makes room for the zero. */
const char *tlee_weights_take_text(struct tlee_weights_section *section, size_t length);

/* Ends the reading: the entry at hand breaks a rule at that byte of the file. */
enum tlee_status tlee_weights_reject(const struct tlee_weights_section *section, uint64_t offset,
                                     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for an entry that ends beyond its section. */
enum tlee_status tlee_weights_reject_cut(const struct tlee_weights_section *section);

static inline uint32_t tlee_read_u16(const unsigned char *bytes) {
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint32_t tlee_read_u32(const unsigned char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint64_t tlee_read_u64(const unsigned char *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* ---- weights_metadata.c, weights_table.c ---- */

/* Fill one element of w->metas and w->tensors from the entry at section->at. Data of the tensor has
 * to begin at *data_end rounded up to a multiple of 64 and end within file_bytes; *data_end becomes
 * that end. */
enum tlee_status tlee_weights_parse_meta(struct tlee_weights_section *section,
                                         struct tlee_weights_meta *meta);
enum tlee_status tlee_weights_parse_tensor(struct tlee_weights_section *section, uint64_t *data_end,
                                           uint64_t file_bytes, struct tlee_weights_tensor *tensor);

/* "(64, 3, 7, 7)", for messages. */
enum {
    TLEE_WEIGHTS_SHAPE_CHARS = TLEE_MAX_DIMS * 22 + 3
};
void tlee_weights_shape_text(unsigned ndim, const size_t *dims,
                             char text[TLEE_WEIGHTS_SHAPE_CHARS]);

/* ---- weights_index.c: order and lookup by name ---- */

/* Sorts meta_order and tensor_order, and refuses names that occur twice and data prepared for one
 * machine without the plain tensor beside it. */
enum tlee_status tlee_weights_index(struct tlee_weights *w, struct tlee_error *error);

/* NULL when there is none. The tensor is that of layout 0; in a prepared file that may be missing.
 */
const struct tlee_weights_meta *tlee_weights_meta_named(const struct tlee_weights *w,
                                                        const char *key);
struct tlee_weights_tensor *tlee_weights_tensor_named(const struct tlee_weights *w,
                                                      const char *name);

/* ---- weights_file.c: bytes from a disk ---- */

/* Fills all of *w from the file at path. */
enum tlee_status tlee_weights_load(struct tlee_weights *w, const char *path, enum tlee_load load,
                                   struct tlee_error *error);

/* Gives the memory pages that lie wholly within bytes begin .. end - 1 of the file back to the
 * system: their contents are lost, or come from the file again. */
void tlee_weights_give_back(struct tlee_weights *w, size_t begin, size_t end);

/* Gives all of it back. */
void tlee_weights_unload(struct tlee_weights *w);

/* ---- weights.c, for weights_prepared.c ---- */

/* That the tensor has these dimensions; the failures of a name that is not there, and of asking for
 * a tensor that was given back. */
enum tlee_status tlee_weights_check_shape(const struct tlee_weights_tensor *tensor, unsigned ndim,
                                          const size_t *dims, struct tlee_error *error);
enum tlee_status tlee_weights_fail_missing(const char *name, struct tlee_error *error);
enum tlee_status tlee_weights_fail_released(const struct tlee_weights_tensor *tensor,
                                            struct tlee_error *error);

/* ---- weights_random.c: weights by formula ---- */

/* A new member of w->made with values by the formula, in *out. */
enum tlee_status tlee_weights_make(struct tlee_weights *w, const char *name, unsigned ndim,
                                   const size_t *dims, struct tlee_weights_tensor **out,
                                   struct tlee_error *error);

/* The member of w->made with that name, or NULL. */
struct tlee_weights_tensor *tlee_weights_made(const struct tlee_weights *w, const char *name);

/* Frees all of w->made. */
void tlee_weights_unmake(struct tlee_weights *w);

#endif
