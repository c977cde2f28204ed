/* SPDX-License-Identifier: MIT */
/*
 * Prepared models: a weights file that holds each layer's numbers as the kernels of one instruction
 * set read them, folded and packed, for the exits that one mode takes (weights/FORMAT.md,
 * "Prepared files").
 */
#ifndef TLEE_PREPARED_H
#define TLEE_PREPARED_H

#include "config.h"

enum {
    /* Goes up whenever prepared weights come to lie differently for any instruction set. */
    TLEE_PREPARED_VERSION = 4
};

/* What a file was prepared for. */
struct tlee_prepared {
    const char *isa; /* NULL: the file is not a prepared one */
    enum tlee_mode mode;
    enum tlee_gate gate; /* NONE or RANDOM in place of the model's own, or AS_MODEL */
    bool exact;
    uint64_t fingerprint; /* of the model that it was made from */
};

/* Reads the keys. A file of another version, and values that do not exist, are refused. */
enum tlee_status tlee_prepared_read(struct tlee_prepared *prepared,
                                    const struct tlee_weights *weights, struct tlee_error *error);

/*
 * Puts what the file was prepared for in place of options that leave it open. Options that ask for
 * something else, and a machine that cannot run it, are UNSUPPORTED, with the command that makes
 * the file anew. Exits that a smaller mode leaves out may be there. branches: B of the model.
 */
enum tlee_status tlee_prepared_adopt(const struct tlee_prepared *prepared, size_t branches,
                                     struct tlee_model_options *options, struct tlee_error *error);

#endif
