/* SPDX-License-Identifier: MIT */
/* Random numbers and the kinds of data that kernels are tested on. */
#include "kernels.h"

#include <float.h>
#include <math.h>

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). */
uint64_t kernels_next(struct kernels_random *random) {
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

size_t kernels_below(struct kernels_random *random, size_t limit) {
    return (size_t)(kernels_next(random) % limit);
}

size_t kernels_pick(struct kernels_random *random, const size_t *values, size_t count) {
    return values[kernels_below(random, count)];
}

const char *kernels_data_name(enum kernels_data data) {
    static const char *const names[] = {"integers", "uniform", "extremes", "NaN", "infinity"};
    return names[data];
}

/* Products of two stay finite, and so do sums of some hundred of them. */
static float extreme(struct kernels_random *random) {
    static const float values[] = {0.0f,      1.0f,        3.0f,        FLT_MIN,
                                   0x1p-149f, 0x1.8p-130f, FLT_MIN / 4, 0x1p-75f,
                                   0x1p58f,   0x1.8p59f,   1e-20f,      12345.678f};
    float value = values[kernels_below(random, sizeof values / sizeof *values)];
    if ((double)value < KERNELS_LEAST)
        value = 0.0f;
    return kernels_next(random) & 1 ? -value : value;
}

void kernels_fill(struct kernels_random *random, enum kernels_data data, float *values,
                  size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (data == KERNELS_INTEGERS)
            values[i] = (float)kernels_below(random, 17) - 8.0f;
        else if (data == KERNELS_EXTREMES)
            values[i] = extreme(random);
        else
            values[i] = (float)(kernels_next(random) >> 40) * 0x1p-23f - 1.0f;
    }
}

void kernels_plant(struct kernels_random *random, struct kernels_case *it) {
    if (it->data != KERNELS_NAN && it->data != KERNELS_INF)
        return;
    size_t slots[KERNELS_INPUTS], count = 0;
    for (size_t i = 0; i < KERNELS_INPUTS; i++)
        if (it->input[i].bytes && it->input[i].element == sizeof(float))
            slots[count++] = i;
    if (!count)
        return;
    size_t slot = kernels_pick(random, slots, count);
    float *values = it->input[slot].values;
    float special = it->data == KERNELS_NAN ? NAN : INFINITY;
    values[kernels_below(random, it->input[slot].bytes / sizeof(float))] =
        kernels_next(random) & 1 ? special : -special;
}

void kernels_fill_halves(struct kernels_random *random, enum kernels_data data, uint16_t *values,
                         size_t count) {
    /* The whole numbers of kernels_fill. */
    static const uint16_t whole[] = {0x0000, 0x3c00, 0x4000, 0x4200, 0x4400,
                                     0x4500, 0x4600, 0x4700, 0x4800};
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = kernels_next(random);
        uint64_t magnitude = data == KERNELS_INTEGERS  ? whole[bits % 9]
                             : data == KERNELS_UNIFORM ? bits % 0x3c00
                                                       : bits % 0x7c00;
        values[i] = (uint16_t)(magnitude | (bits >> 48 & 0x8000));
    }
    if (count && (data == KERNELS_INF || data == KERNELS_NAN))
        values[kernels_below(random, count)] = data == KERNELS_INF ? 0x7c00 : 0x7d01;
}
