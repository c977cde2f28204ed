/* SPDX-License-Identifier: MIT */
#include "sampling.h"

#include <stdint.h>
#include <string.h>

void tlee_sample_frames(size_t count_n, size_t frames_t, size_t *numbers) {
    const double step = (double)count_n / (double)(frames_t - 1);
    for (size_t k = 0; k < frames_t; k++) {
        /* The last is N + 1 by definition, whatever the product rounds to: clipped like any other
         * value beyond N - 1. */
        double value = 1.0 + (double)k * step;
        size_t number = count_n - 1;
        if (k < frames_t - 1 && value < (double)(count_n - 1))
            number = (size_t)value;
        numbers[k] = number ? number : 1;
    }
}

const size_t *tlee_default_order(size_t frames) {
    static const size_t order_8[] = {3, 6, 7, 0, 4, 5, 2, 1};
    static const size_t order_10[] = {5, 0, 9, 2, 7, 4, 6, 3, 8, 1};
    static const size_t order_16[] = {9, 8, 6, 3, 15, 1, 0, 12, 14, 2, 10, 7, 13, 11, 4, 5};
    switch (frames) {
    case 8:
        return order_8;
    case 10:
        return order_10;
    case 16:
        return order_16;
    default:
        return NULL;
    }
}

/* Marks what it has seen in a window of values at a time, so that it needs no memory of its own and
 * hardly ever more than one round. */
bool tlee_is_permutation(const size_t *order, size_t count) {
    enum {
        WINDOW = 8192 * 8 /* bits */
    };
    unsigned char seen[WINDOW / 8];
    for (size_t low = 0; low < count; low += WINDOW) {
        memset(seen, 0, sizeof seen);
        for (size_t k = 0; k < count; k++) {
            if (order[k] >= count)
                return false;
            if (order[k] < low || order[k] - low >= WINDOW)
                continue;
            size_t bit = order[k] - low;
            unsigned char mask = (unsigned char)(1u << bit % 8);
            if (seen[bit / 8] & mask)
                return false;
            seen[bit / 8] |= mask;
        }
    }
    return true;
}
