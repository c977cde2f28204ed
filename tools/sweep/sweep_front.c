/* SPDX-License-Identifier: MIT */
/* tlee sweep: which settings are worth having. */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>

double tlee_sweep_top1(const struct tlee_sweep_sums *sums) {
    return (double)sums->right / (double)sums->videos;
}

/* What 1 of a sum stands for, and 1 of what is squared: 10^5 MACs and 10 us leave room for a
 * million videos of 100 GMAC and 10 s. */
static const double units[TLEE_SWEEP_COSTS] = {1e9, 1e6, 1e9};
static const uint64_t coarse[TLEE_SWEEP_COSTS] = {100000, 10000, 100000};

void tlee_sweep_count(struct tlee_sweep_sums *sums, const struct tlee_result *result,
                      size_t truth) {
    double paper = isnan(result->paper_gmac) ? 0 : result->paper_gmac;
    const uint64_t costs[TLEE_SWEEP_COSTS] = {result->macs, result->ns,
                                              (uint64_t)llround(paper * 1e9)};
    sums->videos++;
    sums->right += result->label == truth;
    sums->frames += result->frame + 1;
    for (size_t i = 0; i < TLEE_SWEEP_COSTS; i++) {
        uint64_t whole = (costs[i] + coarse[i] / 2) / coarse[i];
        sums->cost[i] += costs[i];
        sums->squares[i] += whole * whole;
    }
}

double tlee_sweep_mean(const struct tlee_sweep *sweep, const struct tlee_sweep_sums *sums,
                       enum tlee_sweep_cost cost) {
    if (cost == TLEE_SWEEP_PAPER && isnan(sweep->info.paper_gmac_full))
        return (double)NAN;
    return (double)sums->cost[cost] / units[cost] / (double)sums->videos;
}

double tlee_sweep_error(const struct tlee_sweep_sums *sums, enum tlee_sweep_cost cost) {
    double videos = (double)sums->videos, scale = units[cost] / (double)coarse[cost];
    double mean = (double)sums->cost[cost] / units[cost] / videos;
    double variance = (double)sums->squares[cost] / scale / scale / videos - mean * mean;
    return variance > 0 ? sqrt(variance / videos) : 0;
}

double tlee_sweep_likely_most(const struct tlee_sweep *sweep, const struct tlee_sweep_sums *sums,
                              enum tlee_sweep_cost cost) {
    return tlee_sweep_mean(sweep, sums, cost) + 1.645 * sqrt(2) * tlee_sweep_error(sums, cost);
}

/* All points are of the same videos, so that sums compare as means do. */
static uint64_t sum_of(const struct tlee_sweep_point *point, enum tlee_sweep_cost cost) {
    return point->sums.cost[cost];
}

bool tlee_sweep_is_better(const struct tlee_sweep_point *a, const struct tlee_sweep_point *b,
                          enum tlee_sweep_cost cost) {
    if (a->sums.right != b->sums.right)
        return a->sums.right > b->sums.right;
    return sum_of(a, cost) < sum_of(b, cost);
}

/* By cost, then accuracy; of those that are alike the first one stays first. */
static int compare(const void *a, const void *b, enum tlee_sweep_cost cost) {
    const struct tlee_sweep_point *x = *(const struct tlee_sweep_point *const *)a;
    const struct tlee_sweep_point *y = *(const struct tlee_sweep_point *const *)b;
    if (sum_of(x, cost) != sum_of(y, cost))
        return sum_of(x, cost) < sum_of(y, cost) ? -1 : 1;
    if (x->sums.right != y->sums.right)
        return x->sums.right > y->sums.right ? -1 : 1;
    return x < y ? -1 : x > y;
}

static int by_gmac(const void *a, const void *b) {
    return compare(a, b, TLEE_SWEEP_GMAC);
}

static int by_ms(const void *a, const void *b) {
    return compare(a, b, TLEE_SWEEP_MS);
}

static int by_paper(const void *a, const void *b) {
    return compare(a, b, TLEE_SWEEP_PAPER);
}

const struct tlee_sweep_point **tlee_sweep_front(const struct tlee_sweep *sweep, bool fitted,
                                                 enum tlee_sweep_cost cost, size_t *count) {
    static int (*const orders[])(const void *, const void *) = {by_gmac, by_ms, by_paper};
    size_t grid = sweep->grid.count, all = grid + (fitted ? sweep->fitted.count : 0);
    const struct tlee_sweep_point **sorted = calloc(all + 1, sizeof *sorted);
    *count = 0;
    if (!sorted) {
        tlee_say_fault("sweep", "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < all; i++)
        sorted[i] = i < grid ? &sweep->grid.items[i] : &sweep->fitted.items[i - grid];
    qsort(sorted, all, sizeof *sorted, orders[cost]);
    for (size_t i = 0; i < all; i++)
        if (!*count || sorted[i]->sums.right > sorted[*count - 1]->sums.right)
            sorted[(*count)++] = sorted[i];
    return sorted;
}

const struct tlee_sweep_point *tlee_sweep_choose(const struct tlee_sweep *sweep,
                                                 enum tlee_sweep_cost cost, double budget,
                                                 const struct tlee_sweep_point **cheapest) {
    const struct tlee_sweep_points *const both[] = {&sweep->grid, &sweep->fitted};
    const struct tlee_sweep_point *best = NULL;
    *cheapest = NULL;
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < both[p]->count; i++) {
            const struct tlee_sweep_point *point = &both[p]->items[i];
            if (!*cheapest || sum_of(point, cost) < sum_of(*cheapest, cost))
                *cheapest = point;
            bool fits =
                tlee_sweep_mean(sweep, &point->sums, cost) <= budget &&
                (!sweep->options->sure ||
                 tlee_sweep_likely_most(sweep, &point->sums, cost) <= budget * TLEE_SWEEP_SLACK);
            if (fits && (!best || tlee_sweep_is_better(point, best, cost)))
                best = point;
        }
    return best;
}
