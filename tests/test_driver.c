/* SPDX-License-Identifier: MIT */
/* Ops shared out over threads give the bits that one call of the kernel gives. */
#include "driver.h"
#include "memory.h"
#include "test.h"

#include <string.h>

enum {
    IN = 203,
    OUT = 1021
};

static float x[IN], weight[IN * OUT], scale[OUT], bias[OUT], whole[OUT], shared[OUT];
static uint16_t half_weight[IN * OUT];

static void fill(void) {
    uint32_t state = 1;
    for (size_t i = 0; i < IN * OUT; i++) {
        state = state * 1664525 + 1013904223;
        weight[i] = (float)(state >> 8) * 0x1p-23f - 1.0f;
        half_weight[i] = (uint16_t)((state >> 16 & 0x8000) | (state >> 8) % 0x3c00);
    }
    memcpy(x, weight + 5, sizeof x);
    memcpy(scale, weight + 500, sizeof scale);
    memcpy(bias, weight + 1000, sizeof bias);
}

static void check_linear(const struct tlee_machine *machine) {
    struct tlee_linear p = {IN, OUT, TLEE_ACT_RELU};
    machine->ops->linear(&p, x, weight, bias, whole, 0, OUT);
    memset(shared, 0xff, sizeof shared);
    tlee_run_linear(machine, &p, x, weight, bias, shared);
    CHECK(memcmp(whole, shared, sizeof whole) == 0, "linear, %u threads", machine->thread_count);

    machine->ops->linear_half(&p, x, half_weight, scale, bias, whole, 0, OUT);
    memset(shared, 0xff, sizeof shared);
    tlee_run_linear_half(machine, &p, x, half_weight, scale, bias, shared);
    CHECK(memcmp(whole, shared, sizeof whole) == 0, "linear_half, %u threads",
          machine->thread_count);
}

int main(void) {
    static const unsigned counts[] = {1, 2, 3, 8};
    struct tlee_allocator allocator = tlee_allocator_or_default(NULL);
    struct tlee_ops ops;
    tlee_ops_init(&ops, tlee_cpu_available());
    fill();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct tlee_machine machine = {.ops = &ops, .thread_count = counts[i]};
        enum tlee_status status =
            tlee_threads_create(counts[i], true, &allocator, &machine.threads, NULL);
        if (CHECK(status == TLEE_OK, "%u threads: %s", counts[i], tlee_status_name(status)))
            check_linear(&machine);
        tlee_threads_free(machine.threads);
    }
    return test_summary();
}
