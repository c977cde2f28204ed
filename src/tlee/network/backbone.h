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
const struct tlee_backbone *tlee_vgg_find(const char *name);
const struct tlee_backbone *tlee_mobilenet_find(const char *name);
const struct tlee_backbone *tlee_efficientnet_find(const char *name);

/* What families share: a convolution without bias, padded so that stride 1 keeps the map's size,
 * with its batch-norm and activation. */
struct tlee_backbone_unit {
    const char *conv, *norm;
    const char *act_name; /* with act */
    size_t oc;            /* published; that of a file comes from its tensor */
    size_t kernel, stride;
    bool depthwise;         /* one filter a channel; oc is that of the input */
    bool inner;             /* only the layer that is built next reads the result */
    const char *add;        /* with a residual, which has as many channels */
    tlee_value_id residual; /* read only when `add` is given */
    const char *scale_name; /* with factors for the channels of x */
    tlee_value_id scale;    /* read only when scale_name is given */
    enum tlee_activation act;
};
tlee_value_id tlee_backbone_conv(struct tlee_network_builder *builder, tlee_value_id x,
                                 const struct tlee_backbone_unit *unit);

/* The same as torchvision's Conv2dNormActivation: "<name>.0", "<name>.1" and, with act, "<name>.2",
 * which take the place of the unit's own names. */
tlee_value_id tlee_backbone_conv_norm(struct tlee_network_builder *builder, const char *name,
                                      tlee_value_id x, const struct tlee_backbone_unit *unit);

#endif
