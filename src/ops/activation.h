/* SPDX-License-Identifier: MIT */
#ifndef TLEE_ACTIVATION_H
#define TLEE_ACTIVATION_H

/* What a convolution or linear layer does to a finished sum before storing it. */
enum tlee_activation {
    TLEE_ACT_NONE,
    TLEE_ACT_RELU,
    TLEE_ACT_RELU6,
    TLEE_ACT_SILU,
    TLEE_ACT_SIGMOID
};

#endif
