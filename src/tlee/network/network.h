/* SPDX-License-Identifier: MIT */
/*
 * The whole of TLEE as one graph in parts: backbone stages between the exits, a branch at each cut,
 * and the head that every exit shares. Each part of the paper has a file of its own:
 *   backbone (section 3 of the spec)   resnet.c, vgg.c, mobilenet.c, efficientnet.c
 *   branch (4)                         branch.c
 *   feature, classifier (5)            feature.c; merge.c joins the first to the branches
 *   reuse (5)                          reuse.c
 *   gate (6)                           gate.c
 *   the decision itself (6)            decide.c
 */
#ifndef TLEE_NETWORK_H
#define TLEE_NETWORK_H

#include "build.h"
#include "config.h"

struct tlee_backbone;

struct tlee_network {
    struct tlee_graph graph;
    const struct tlee_backbone *backbone;
    size_t exits; /* branches in use + 1: B + 1 in mode TS, else 1 */

    /* Parts. The stage of exit k runs from the cut before to its own. */
    struct tlee_part stage[TLEE_EXITS_MAX], branch[TLEE_BRANCHES_MAX];
    struct tlee_part feature, reuse, classifier, gate; /* shared by all exits */
    bool makes_feature[TLEE_EXITS_MAX]; /* the branch leaves z; `feature` is not run after it */

    /* Values that the session touches. */
    tlee_value_id input;                 /* 1 x 3 x crop x crop */
    tlee_value_id raw;                   /* D0: what a branch or the backbone's end leaves */
    tlee_value_id z;                     /* D: the feature, after reuse in place */
    tlee_value_id z_prev;                /* D: the feature left by the exit before */
    tlee_value_id logits, probabilities; /* classes */
    tlee_value_id gate_out;              /* 1: after the sigmoid; TLEE_NO_VALUE without a gate */
};

/* Where a part's nodes are being added, while the network is built. */
struct tlee_network_builder {
    struct tlee_builder base;
    struct tlee_network *network;
    const struct tlee_config *config;
    size_t stage;            /* that is being built */
    size_t feature;          /* D */
    size_t backbone_feature; /* D0 */
};

/*
 * Builds the network of config from weights, for the kernels in options->ops. Only the parts
 * that config->mode and config->gate use are built. network is cleared with tlee_network_clear,
 * also after a failure.
 */
enum tlee_status tlee_network_build(struct tlee_network *network, const struct tlee_config *config,
                                    struct tlee_weights *weights,
                                    const struct tlee_build_options *options,
                                    const struct tlee_allocator *allocator,
                                    struct tlee_error *error);
void tlee_network_clear(struct tlee_network *network);

/* Begins a part at the node that comes next; ends it there. */
void tlee_part_begin(struct tlee_network_builder *builder, struct tlee_part *part,
                     const char *format, ...) __attribute__((format(printf, 3, 4)));
void tlee_part_end(struct tlee_network_builder *builder, struct tlee_part *part);

/*
 * For backbones: x is the map at cut point `cut` (0, 1 or 2). When an exit sits there, the stage
 * ends, the branch is built and the next stage begins; otherwise nothing happens.
 */
void tlee_network_cut(struct tlee_network_builder *builder, size_t cut, tlee_value_id x);

/* The parts, each in its own file. branch: index and the map it sits on. */
void tlee_build_branch(struct tlee_network_builder *builder, size_t branch, tlee_value_id x);
void tlee_build_feature(struct tlee_network_builder *builder);
void tlee_build_classifier(struct tlee_network_builder *builder);
void tlee_build_reuse(struct tlee_network_builder *builder);
void tlee_build_gate(struct tlee_network_builder *builder);

/* Lets branches do the work of the feature MLP's linear layer, where that is cheaper. */
void tlee_merge_branches(struct tlee_network_builder *builder);

/* False when the weights of a gate of that kind are missing, as in the published checkpoints that
 * were saved before gate training. */
bool tlee_gate_is_stored(enum tlee_gate_kind kind, const struct tlee_weights *weights);

#endif
