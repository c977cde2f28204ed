/* SPDX-License-Identifier: MIT */
/* A model's settings, from a weights file's metadata or a random: description, checked. */
#ifndef TLEE_CONFIG_H
#define TLEE_CONFIG_H

#include "tlee.h"
#include "weights.h"

enum {
    TLEE_BRANCHES_MAX = TLEE_EXITS_MAX - 1,
    TLEE_FRAMES_MAX = 4096,
    TLEE_SIDE_MAX = 8192,
    TLEE_CLASSES_MAX = 1 << 20,
    TLEE_SCORES_MAX = 1 << 25 /* classes of all exits of all frames, which a session keeps */
};

/* How the running feature takes up a new one (spec section 5). */
enum tlee_reuse {
    TLEE_REUSE_MAXIMUM, /* mp */
    TLEE_REUSE_MEAN,    /* ap */
    TLEE_REUSE_EMA,     /* ema */
    TLEE_REUSE_NOTHING  /* none, frm, na: the new feature as it is */
};

enum tlee_gate_kind {
    TLEE_GATE_KIND_NONE,
    TLEE_GATE_KIND_GM,
    TLEE_GATE_KIND_EG,
    TLEE_GATE_KIND_RANDOM
};

/* Texts point into the weights' metadata, the random: description or constants. */
struct tlee_config {
    const char *backbone, *dataset, *source;
    const char *reuse_name, *gate_name; /* as configured; gate_name is NULL when B = 0 has none */
    enum tlee_reuse reuse;
    enum tlee_gate_kind gate;
    double ema_beta;
    size_t classes;
    const char *const *labels;          /* classes of them, or NULL */
    size_t branches, branch_scale, crm; /* B; the latter two only with B > 0 */
    enum tlee_mode mode;                /* TS, T; FULL when B = 0 */
    size_t frames;                      /* T */
    const size_t *order;                /* T entries */
    size_t *order_storage;              /* owned: where order lies unless it is the default */
    struct tlee_thresholds thresholds;  /* first and exit NaN when B = 0 has none */
    size_t resize, crop;                /* pixels */
    float mean[3], std[3];
    double paper_gmac[TLEE_EXITS_MAX]; /* cut 1, 2, 3, end; the first NaN without figures */
    uint64_t seed;                     /* of a random: model */
};

/*
 * Reads and checks the metadata of a weights file. A missing key, a value out of range and a
 * required key that this version does not know are errors that name the key. config is cleared with
 * tlee_config_clear, also after a failure.
 */
enum tlee_status tlee_config_from_weights(struct tlee_config *config,
                                          const struct tlee_weights *weights,
                                          const struct tlee_allocator *allocator,
                                          struct tlee_error *error);

/*
 * Parses "random:BACKBONE[,KEY=VALUE...]". text is the caller's, must outlive config and is cut
 * into pieces. Keys and defaults: dataset=ucf101 classes=101 branches=2 scale=3 crm=3 reuse=mp
 * gate=gm mode=ts frames=10 first=0.99 exit=0.8 seed=0 input=224 (resize and crop). TLEE_ERR_ARG
 * names what is wrong.
 */
enum tlee_status tlee_config_from_text(struct tlee_config *config, char *text,
                                       struct tlee_error *error);

/* True for names that tlee_config_from_text understands: those that begin with "random:". */
bool tlee_config_is_random(const char *name);

void tlee_config_clear(struct tlee_config *config, const struct tlee_allocator *allocator);

/*
 * Checks what all sources have in common and derives the enums from the names: mode, reuse and gate
 * names, ranges, order. Shared by the two functions above.
 */
enum tlee_status tlee_config_finish(struct tlee_config *config, const char *mode_name,
                                    struct tlee_error *error);

#endif
