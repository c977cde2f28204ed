/* SPDX-License-Identifier: MIT */
/*
 * Convolutions made ready for the kernels of one instruction set: how each is computed, its weights
 * in the order in which the kernels read them, and running it over the threads.
 *
 * Left to itself the choice depends on the shape and the instruction set alone, never on the number
 * of threads. Every output is summed by one thread in one order, so with the same choice results
 * are the same bits for any number of threads.
 */
#ifndef TLEE_CONV_H
#define TLEE_CONV_H

#include "driver.h"

#include <stdbool.h>

enum tlee_conv_method {
    TLEE_CONV_GEMM,     /* sums over runs of inputs (gemm.h), where they lie */
    TLEE_CONV_WINOGRAD, /* in the transform domain (winograd.h) */
    TLEE_CONV_DEPTHWISE /* one filter a channel (depthwise.h) */
};

/* What a caller asks for: ANY leaves it to the estimated cost. */
enum tlee_conv_choice {
    TLEE_CONV_ANY,
    TLEE_CONV_BY_GEMM,
    TLEE_CONV_BY_WINOGRAD2, /* tiles of 2 x 2 outputs; further sizes follow in order */
    TLEE_CONV_BY_WINOGRAD4,
    TLEE_CONV_BY_WINOGRAD6,
    TLEE_CONV_CHOICES
};

struct tlee_conv {
    struct tlee_conv2d p; /* groups 1 or, with DEPTHWISE, c */
    enum tlee_conv_method method;
    enum tlee_winograd_size size; /* of the tiles, with WINOGRAD */
    size_t block;                 /* channels in a block */
    bool planar;                  /* x lies in the plain layout: the network's input */
    size_t in_blocks, out_blocks; /* of x (0 when it is planar) and y */
    size_t panels;                /* of weights: two blocks of output channels each */
    size_t run_count, run_length;

    /* GEMM: x is taken as it lies, or copied into shared workspace: with a border of zeros, without
     * the pixels that a 1x1 convolution steps over, or, when planar, pixel by pixel. */
    bool copied;
    size_t copy_h, copy_w; /* of the map that the kernel reads */
    size_t places, strip;  /* outputs are so many pixels, or rows; as many of them at a time */
    bool strips_outside;   /* all panels of a strip before the next strip, else the reverse */
    /* Squeeze-and-excitation's factors of the input channels are taken in where x is copied, or,
     * with fewer weights than inputs, where the weights are. */
    bool scales_x, scales_weights;

    /* WINOGRAD: groups of tiles, so that a group's transforms stay in the cache. */
    struct tlee_winograd tiles;
    size_t tile_count, group; /* tiles of a group, at most */

    /* DEPTHWISE: x is copied with a border, a strip of rows at a time. A convolution whose outputs
     * are all that this one reads, and go nowhere else, makes them there instead, and x is its
     * input; set by the owner, who asks tlee_conv_can_expand. */
    const struct tlee_conv *expand;

    size_t packed_floats; /* of the weights */
    double cost;          /* estimated, in multiply-adds at full speed */

    const size_t *runs;   /* run_count; set by the owner */
    const float *weight;  /* packed_floats, by tlee_conv_pack; set by the owner */
    const uint16_t *half; /* in its place the same as half floats; set by the owner */
    const float *scale;   /* with half: of the outputs, as bias, or NULL; set by the owner */
    const float *bias;    /* out_blocks * block, or NULL; set by the owner */
};

/*
 * How to compute p with the kernels. False when
 *  - they cannot, and conv2d of the table has to: groups of several channels; one filter a
 *    channel on a planar map, or with windows that are not square or lie in the border alone; a
 *    sigmoid, which would leave channels of padding other than zero; sizes beyond a size_t;
 *  - or not in the way that is wanted: transforms are for 3x3 windows, stride 1, maps in blocks
 *    and activations that kernels apply as they store. One filter a channel counts as GEMM.
 */
bool tlee_conv_choose(const struct tlee_conv2d *p, const struct tlee_blocked *kernels, bool planar,
                      enum tlee_conv_choice wanted, struct tlee_conv *conv);

/* The choice that a convolution was laid out by; never ANY. */
enum tlee_conv_choice tlee_conv_choice_of(const struct tlee_conv *conv);

/* How it is computed: a choice's name, or "depthwise". */
const char *tlee_conv_method_name(const struct tlee_conv *conv);

/* "any", "gemm", "winograd2", "winograd4" or "winograd6". */
const char *tlee_conv_choice_name(enum tlee_conv_choice choice);

/*
 * Measures on made-up data which way of computing p, on maps in blocks, is fastest with this
 * machine's threads; what comes within 2 % of the estimated choice does not displace it. Ways that
 * the estimate puts at more than twice the least are not tried. *choice stays ANY when the kernels
 * cannot compute p. Takes at most some 0.3 s, or four rounds where these take longer. False without
 * memory, which comes from the allocator and goes back to it.
 */
bool tlee_conv_measure(const struct tlee_machine *machine, const struct tlee_conv2d *p,
                       bool residual, const struct tlee_allocator *allocator,
                       enum tlee_conv_choice *choice);

/* Whether `expand` may make the inputs of the depthwise convolution conv. */
bool tlee_conv_can_expand(const struct tlee_conv *conv, const struct tlee_conv *expand);

/* Makes conv take the factors of squeeze-and-excitation; false when it cannot: it must be a 1x1
 * convolution of stride 1. Before anything else is asked of it. */
bool tlee_conv_take_scale(struct tlee_conv *conv);

/*
 * Whether weights that are stored in half precision had better stay so: then `half` takes the place
 * of `weight`, and threads widen a piece of it just before they use it. With a scale, weights are
 * half * scale rounded to float. The outputs are the same bits as with such weights as floats.
 */
bool tlee_conv_keeps_half(const struct tlee_conv *conv);

/* Fills runs[run_count]. */
void tlee_conv_runs(const struct tlee_conv *conv, size_t *runs);

/* From weights as ops.h has them to packed[packed_floats]. threads may be NULL. */
void tlee_conv_pack(const struct tlee_conv *conv, const float *weight, struct tlee_threads *threads,
                    float *packed);
void tlee_conv_pack_half(const struct tlee_conv *conv, const uint16_t *weight,
                         struct tlee_threads *threads, uint16_t *packed);

/* Floats of workspace that tlee_conv_run takes with so many threads. */
size_t tlee_conv_workspace(const struct tlee_conv *conv, unsigned threads);

/* y = conv(x); workspace as above. x_scale: c factors, if it takes them, else NULL; residual NULL
 * or as y, and NULL for DEPTHWISE. */
void tlee_conv_run(const struct tlee_machine *machine, const struct tlee_conv *conv, const float *x,
                   const float *x_scale, const float *residual, float *workspace, float *y);

/* What the kernels do to a finished sum themselves, and the rest of it for the outputs that they
 * have just stored: SiLU. */
enum tlee_activation tlee_conv_store_activation(enum tlee_activation act);
void tlee_conv_activate(const struct tlee_ops *ops, enum tlee_activation act, float *y,
                        size_t count);

/* Floats of a panel of two blocks, with GEMM. */
size_t tlee_conv_panel_floats(const struct tlee_conv *conv);

/* The methods, conv_gemm.c, conv_winograd.c, conv_depthwise.c, and what GEMM reads, conv_input.c.
 * The first ones fill what the method has in *conv. */
void tlee_conv_depthwise_lay_out(struct tlee_conv *conv);
void tlee_conv_gemm_lay_out(struct tlee_conv *conv);
void tlee_conv_winograd_lay_out(struct tlee_conv *conv, enum tlee_winograd_size size);
size_t tlee_conv_gemm_workspace(const struct tlee_conv *conv, unsigned threads);
size_t tlee_conv_winograd_workspace(const struct tlee_conv *conv, unsigned threads);
size_t tlee_conv_plane_floats(const struct tlee_conv *conv); /* of the map that is read */
void tlee_conv_copy_input(const struct tlee_machine *machine, const struct tlee_conv *conv,
                          const float *x, const float *x_scale, float *copy);
void tlee_conv_scale_weights(const struct tlee_machine *machine, const struct tlee_conv *conv,
                             const float *x_scale, float *scaled);
void tlee_conv_gemm_run(const struct tlee_machine *machine, const struct tlee_conv *conv,
                        const float *x, const float *x_scale, const float *residual,
                        float *workspace, float *y);
size_t tlee_conv_depthwise_workspace(const struct tlee_conv *conv, unsigned threads);
void tlee_conv_depthwise_run(const struct tlee_machine *machine, const struct tlee_conv *conv,
                             const float *x, float *workspace, float *y);
void tlee_conv_winograd_run(const struct tlee_machine *machine, const struct tlee_conv *conv,
                            const float *x, const float *residual, float *workspace, float *y);

#endif
