/* SPDX-License-Identifier: MIT */
#include "cost.h"

#include "backbone.h"

#include <math.h>

/* Multiply-accumulates of one run of a part. */
static uint64_t part_macs(const struct tlee_network *network, const struct tlee_part *part) {
    uint64_t sum = 0;
    for (size_t n = part->begin; n < part->end; n++)
        sum += network->graph.nodes[n].macs;
    return sum;
}

/* With B branches the last B + 1 columns belong to exits 0..B; a configuration's own figures come
 * before the published ones. */
static double paper_figure(const struct tlee_network *network, const struct tlee_config *config,
                           size_t exit) {
    size_t column = TLEE_EXITS_MAX - network->exits + exit;
    if (!isnan(config->paper_gmac[0]))
        return config->paper_gmac[column];
    const double *published = network->backbone->paper_gmac;
    return published[0] > 0 ? published[column] : (double)NAN;
}

void tlee_exit_costs(const struct tlee_network *network, const struct tlee_config *config,
                     struct tlee_exit_cost *costs) {
    for (size_t b = 0; b < network->exits; b++)
        costs[b] = (struct tlee_exit_cost){
            .stage = part_macs(network, &network->stage[b]),
            .branch = b + 1 < network->exits ? part_macs(network, &network->branch[b]) : 0,
            .head =
                part_macs(network, &network->feature) + part_macs(network, &network->classifier),
            .gate = part_macs(network, &network->gate),
            .paper = paper_figure(network, config, b),
        };
}
