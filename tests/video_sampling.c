/* SPDX-License-Identifier: MIT */
/* Sampled frames and orders, against numbers worked out with the formula of the specification in
 * another language. */
#include "sampling.h"
#include "test.h"
#include "video_checks.h"

#include <stdio.h>
#include <string.h>

enum {
    MAX_FRAMES = 16
};

static const struct {
    size_t count, frames, numbers[MAX_FRAMES];
} sampled[] = {
    {1, 2, {1, 1}},
    {2, 2, {1, 1}},
    {3, 2, {1, 2}},
    {9, 2, {1, 8}},
    {10, 2, {1, 9}},
    {11, 2, {1, 10}},
    {15, 2, {1, 14}},
    {16, 2, {1, 15}},
    {17, 2, {1, 16}},
    {30, 2, {1, 29}},
    {75, 2, {1, 74}},
    {101, 2, {1, 100}},
    {240, 2, {1, 239}},
    {1000, 2, {1, 999}},
    {1, 8, {1, 1, 1, 1, 1, 1, 1, 1}},
    {2, 8, {1, 1, 1, 1, 1, 1, 1, 1}},
    {3, 8, {1, 1, 1, 2, 2, 2, 2, 2}},
    {9, 8, {1, 2, 3, 4, 6, 7, 8, 8}},
    {10, 8, {1, 2, 3, 5, 6, 8, 9, 9}},
    {11, 8, {1, 2, 4, 5, 7, 8, 10, 10}},
    {15, 8, {1, 3, 5, 7, 9, 11, 13, 14}},
    {16, 8, {1, 3, 5, 7, 10, 12, 14, 15}},
    {17, 8, {1, 3, 5, 8, 10, 13, 15, 16}},
    {30, 8, {1, 5, 9, 13, 18, 22, 26, 29}},
    {75, 8, {1, 11, 22, 33, 43, 54, 65, 74}},
    {101, 8, {1, 15, 29, 44, 58, 73, 87, 100}},
    {240, 8, {1, 35, 69, 103, 138, 172, 206, 239}},
    {1000, 8, {1, 143, 286, 429, 572, 715, 858, 999}},
    {1, 10, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    {2, 10, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    {3, 10, {1, 1, 1, 2, 2, 2, 2, 2, 2, 2}},
    {9, 10, {1, 2, 3, 4, 5, 6, 7, 8, 8, 8}},
    {10, 10, {1, 2, 3, 4, 5, 6, 7, 8, 9, 9}},
    {11, 10, {1, 2, 3, 4, 5, 7, 8, 9, 10, 10}},
    {15, 10, {1, 2, 4, 6, 7, 9, 11, 12, 14, 14}},
    {16, 10, {1, 2, 4, 6, 8, 9, 11, 13, 15, 15}},
    {17, 10, {1, 2, 4, 6, 8, 10, 12, 14, 16, 16}},
    {30, 10, {1, 4, 7, 11, 14, 17, 21, 24, 27, 29}},
    {75, 10, {1, 9, 17, 26, 34, 42, 51, 59, 67, 74}},
    {101, 10, {1, 12, 23, 34, 45, 57, 68, 79, 90, 100}},
    {240, 10, {1, 27, 54, 81, 107, 134, 161, 187, 214, 239}},
    {1000, 10, {1, 112, 223, 334, 445, 556, 667, 778, 889, 999}},
    {1, 16, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    {2, 16, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    {3, 16, {1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
    {9, 16, {1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 7, 7, 8, 8, 8, 8}},
    {10, 16, {1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9, 9, 9}},
    {11, 16, {1, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 10, 10}},
    {15, 16, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 14, 14}},
    {16, 16, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15}},
    {17, 16, {1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 16}},
    {30, 16, {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 29}},
    {75, 16, {1, 6, 11, 16, 21, 26, 31, 36, 41, 46, 51, 56, 61, 66, 71, 74}},
    {101, 16, {1, 7, 14, 21, 27, 34, 41, 48, 54, 61, 68, 75, 81, 88, 95, 100}},
    {240, 16, {1, 17, 33, 49, 65, 81, 97, 113, 129, 145, 161, 177, 193, 209, 225, 239}},
    {1000, 16, {1, 67, 134, 201, 267, 334, 401, 467, 534, 601, 667, 734, 801, 867, 934, 999}},
};

static void check_numbers(void) {
    for (size_t i = 0; i < sizeof sampled / sizeof sampled[0]; i++) {
        size_t numbers[MAX_FRAMES + 1];
        memset(numbers, 0xee, sizeof numbers);
        size_t guard = numbers[sampled[i].frames];
        tlee_sample_frames(sampled[i].count, sampled[i].frames, numbers);
        for (size_t k = 0; k < sampled[i].frames; k++)
            CHECK(numbers[k] == sampled[i].numbers[k], "N %zu, T %zu: frame %zu is %zu, not %zu",
                  sampled[i].count, sampled[i].frames, k, numbers[k], sampled[i].numbers[k]);
        CHECK(numbers[sampled[i].frames] == guard, "N %zu, T %zu: written beyond the end",
              sampled[i].count, sampled[i].frames);
    }
    /* The last is N + 1 before clipping even where the product, (2^64 / 49) * 49, is less. */
    for (size_t frames = 2; frames <= 50; frames++) {
        size_t numbers[50];
        tlee_sample_frames(SIZE_MAX, frames, numbers);
        CHECK(numbers[0] == 1 && numbers[frames - 1] == SIZE_MAX - 1, "T %zu, the largest N: %zu",
              frames, numbers[frames - 1]);
    }
}

static void check_order(size_t frames, const size_t *expected) {
    const size_t *order = tlee_default_order(frames);
    CHECK(order && memcmp(order, expected, frames * sizeof *order) == 0, "order for %zu", frames);
    CHECK(order && tlee_is_permutation(order, frames), "order for %zu", frames);
}

static void check_permutations(void) {
    static size_t large[200000];
    const size_t good[] = {2, 0, 1}, twice[] = {0, 1, 1}, beyond[] = {0, 1, 3};
    CHECK(tlee_is_permutation(good, 3), "a permutation");
    CHECK(tlee_is_permutation(good, 0), "of nothing");
    CHECK(!tlee_is_permutation(twice, 3), "a value twice");
    CHECK(!tlee_is_permutation(beyond, 3), "a value beyond the end");
    const size_t count = sizeof large / sizeof large[0];
    for (size_t k = 0; k < count; k++)
        large[k] = count - 1 - k;
    CHECK(tlee_is_permutation(large, count), "a long one");
    large[3] = large[count - 3];
    CHECK(!tlee_is_permutation(large, count), "a long one with a value twice");
}

void video_check_sampling(void) {
    check_numbers();
    check_order(8, (const size_t[]){3, 6, 7, 0, 4, 5, 2, 1});
    check_order(10, (const size_t[]){5, 0, 9, 2, 7, 4, 6, 3, 8, 1});
    check_order(16, (const size_t[]){9, 8, 6, 3, 15, 1, 0, 12, 14, 2, 10, 7, 13, 11, 4, 5});
    CHECK(!tlee_default_order(0) && !tlee_default_order(9) && !tlee_default_order(11), "no order");
    check_permutations();
}

int video_sample(void) {
    size_t count, frames;
    while (scanf("%zu %zu", &count, &frames) == 2) {
        size_t numbers[1024];
        if (count < 1 || frames < 2 || frames > sizeof numbers / sizeof numbers[0])
            return 2;
        tlee_sample_frames(count, frames, numbers);
        for (size_t k = 0; k < frames; k++)
            printf("%zu%s", numbers[k], k + 1 < frames ? " " : "\n");
    }
    return 0;
}
