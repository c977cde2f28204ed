/* SPDX-License-Identifier: MIT */
/* What kernels on blocks of channels are given: maps laid out in blocks, transformed filters. */
#include "kernels.h"
#include "layout.h"
#include "test.h"
#include "winograd.h"

#include <string.h>

enum {
    C = 35,
    HW = 13
};

static void check_layout(size_t c, size_t hw, size_t block) {
    static float x[C * HW], y[(C + 16) * HW + 1], back[C * HW + 1];
    size_t padded = tlee_padded_channels(c, block), wrong = 0;
    CHECK(padded >= c && padded < c + block && padded % block == 0, "%zu channels in blocks of %zu",
          c, block);
    for (size_t i = 0; i < C * HW; i++)
        x[i] = (float)(i + 1);
    for (size_t i = 0; i < sizeof y / sizeof *y; i++)
        y[i] = -1.0f;
    tlee_to_blocks(x, c, hw, block, y);
    for (size_t k = 0; k < padded; k++)
        for (size_t i = 0; i < hw; i++)
            wrong += y[(k / block * hw + i) * block + k % block] != (k < c ? x[k * hw + i] : 0.0f);
    CHECK(wrong == 0, "%zu elements are wrong: %zux%zu in blocks of %zu", wrong, c, hw, block);
    CHECK(y[padded * hw] == -1.0f, "wrote on: %zux%zu in blocks of %zu", c, hw, block);
    back[c * hw] = -1.0f;
    tlee_from_blocks(y, c, hw, block, back);
    CHECK(memcmp(back, x, c * hw * sizeof *x) == 0 && back[c * hw] == -1.0f,
          "there and back: %zux%zu in blocks of %zu", c, hw, block);
}

/* G with its common denominator. */
static const struct {
    int denominator;
    int g[8][3];
} filters[] = {
    {2, {{-2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}}},
    {3, {{12, 0, 0}, {2, 2, 2}, {2, -2, 2}, {-8, -4, -2}, {-8, 4, -2}, {0, 0, 3}}},
    {90,
     {{-90, 0, 0},
      {-20, -20, -20},
      {-20, 20, -20},
      {64, 32, 16},
      {64, -32, 16},
      {1, 2, 4},
      {1, -2, 4},
      {0, 0, 90}}},
};

/* Filters of multiples of the denominator's square become integers. */
static void check_filter(struct kernels_random *random, enum tlee_winograd_size size) {
    int square = filters[size].denominator * filters[size].denominator;
    size_t n = tlee_winograd_n(size);
    int integers[9];
    float g[9], u[65];
    for (size_t k = 0; k < 9; k++) {
        integers[k] = (int)kernels_below(random, 17) - 8;
        g[k] = (float)(integers[k] * square);
    }
    u[n * n] = -1.0f;
    tlee_winograd_filter(size, g, u);
    for (size_t i = 0; i < n * n; i++) {
        int want = 0;
        for (size_t k = 0; k < 9; k++)
            want += filters[size].g[i / n][k / 3] * filters[size].g[i % n][k % 3] * integers[k];
        CHECK(u[i] == (float)want, "F%zu: place %zu is %.9g, not %d", tlee_winograd_m(size), i,
              (double)u[i], want);
    }
    CHECK(u[n * n] == -1.0f, "F%zu: wrote on", tlee_winograd_m(size));
}

int main(void) {
    static const size_t blocks[] = {1, 4, 8, 16}, planes[] = {1, 2, 7, HW};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            for (size_t c = 1; c <= C; c++)
                check_layout(c, planes[j], blocks[i]);
    struct kernels_random random = {1};
    for (int size = 0; size < TLEE_WINOGRAD_SIZES; size++) {
        size_t m = tlee_winograd_m((enum tlee_winograd_size)size);
        CHECK(m == 2 * (size_t)size + 2 && tlee_winograd_n((enum tlee_winograd_size)size) == m + 2,
              "F%zu", m);
        for (size_t i = 0; i < 100; i++)
            check_filter(&random, (enum tlee_winograd_size)size);
    }
    return test_summary();
}
