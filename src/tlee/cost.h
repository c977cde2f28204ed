/* SPDX-License-Identifier: MIT */
/* Cost in multiply-accumulates, and in the paper's convention (spec section 7). */
#ifndef TLEE_COST_H
#define TLEE_COST_H

#include "config.h"
#include "network.h"

/* What one exit adds, in multiply-accumulates of the plain convention. */
struct tlee_exit_cost {
    uint64_t stage;  /* the backbone from the exit before to this one */
    uint64_t branch; /* 0 at the backbone's end */
    uint64_t head;   /* feature MLP and classifier */
    uint64_t gate;   /* both its arms */
    double paper;    /* a frame that ends here, in GMAC by the paper; NaN without figures */
};

/* Fills costs[0 .. network->exits - 1]. */
void tlee_exit_costs(const struct tlee_network *network, const struct tlee_config *config,
                     struct tlee_exit_cost *costs);

#endif
