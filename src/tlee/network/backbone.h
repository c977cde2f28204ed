/* SPDX-License-Identifier: MIT */
/* The backbones: each a readable table of stages in a file of its own. */
#ifndef TLEE_BACKBONE_H
#define TLEE_BACKBONE_H

#include "network.h"

struct tlee_backbone {
    const char *name;
    size_t feature; /* published D0 */
    /* Published cost of a frame that ends at cut 1, 2, 3 and at the end, in GMAC by the paper's
     * convention (spec section 7); the first is 0 where nothing was published. */
    double paper_gmac[TLEE_EXITS_MAX];
    /* The layers from the input to the D0 vector in network->raw, with a tlee_network_cut after
     * each cut point. */
    void (*build)(struct tlee_network_builder *builder, const struct tlee_backbone *backbone);
    const void *table; /* the family's own description */
};

/* The backbone of that name, or NULL. */
const struct tlee_backbone *tlee_backbone_find(const char *name);

/* Families: the backbone of that name in each, or NULL. */
const struct tlee_backbone *tlee_resnet_find(const char *name);

#endif
