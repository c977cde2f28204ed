/* SPDX-License-Identifier: MIT */
/* The decision against the published loop, in all its corners. */
#include "decide.h"
#include "test.h"

#include <math.h>

static const struct tlee_policy policy = {
    .early = true,
    .has_gate = true,
    .frames = 10,
    .at = {.first = {0.9, 0.8}, .exit = {0.5, 0.4}, .gate = {0.5, 0.6}}};

static void first_frame(void) {
    CHECK(tlee_decide(&policy, 0, 0, 0.91F, NAN) == TLEE_ANSWER, "clear at once");
    CHECK(tlee_decide(&policy, 0, 0, 0.6F, NAN) == TLEE_LEAVE_FRAME, "clear frame, unclear video");
    CHECK(tlee_decide(&policy, 0, 0, 0.4F, NAN) == TLEE_GO_DEEPER, "unclear frame");
    CHECK(!tlee_gate_is_asked(&policy, 0), "no gate at the first frame");
}

static void strict_comparisons(void) {
    struct tlee_policy exact = policy;
    exact.at.first[0] = 0.75;
    exact.at.exit[0] = 0.25;
    CHECK(tlee_decide(&exact, 0, 0, 0.75F, NAN) == TLEE_LEAVE_FRAME, "equal is not above");
    CHECK(tlee_decide(&exact, 0, 0, 0.25F, NAN) == TLEE_GO_DEEPER, "equal is not above");
    CHECK(tlee_decide(&exact, 1, 0, 0.25F, 0.5F) == TLEE_ANSWER,
          "the gate's comparison is not strict");
    exact.at.first[0] = exact.at.exit[0] = 1;
    CHECK(tlee_decide(&exact, 0, 0, 1.0F, NAN) == TLEE_GO_DEEPER, "1 switches both off");
    /* A float is compared as the double it is: 0.9F lies above 0.9 - 1e-8 and below 0.9. */
    exact.at.exit[0] = 0.9;
    CHECK(tlee_decide(&exact, 1, 0, 0.9F, 0) == TLEE_GO_DEEPER, "0.9F is %.9f", (double)0.9F);
}

static void middle_frames(void) {
    CHECK(tlee_gate_is_asked(&policy, 1) && tlee_gate_is_asked(&policy, 8), "asked in between");
    CHECK(tlee_decide(&policy, 1, 0, 0.2F, 0.51F) == TLEE_ANSWER, "the gate ends the video");
    CHECK(tlee_decide(&policy, 1, 0, 0.99F, 0.49F) == TLEE_LEAVE_FRAME,
          "confidence alone does not");
    CHECK(tlee_decide(&policy, 8, 0, 0.2F, 0.49F) == TLEE_GO_DEEPER, "neither");
    struct tlee_policy no_gate = policy;
    no_gate.has_gate = false;
    CHECK(!tlee_gate_is_asked(&no_gate, 5), "nobody to ask");
    CHECK(tlee_decide(&no_gate, 5, 0, 0.99F, NAN) == TLEE_LEAVE_FRAME, "never finished in between");
}

static void last_frame(void) {
    CHECK(!tlee_gate_is_asked(&policy, 9), "no gate at the last frame");
    CHECK(tlee_decide(&policy, 9, 0, 0.01F, NAN) == TLEE_ANSWER, "the first exit answers");
    struct tlee_policy two = policy;
    two.frames = 2;
    CHECK(!tlee_gate_is_asked(&two, 1), "two frames leave nothing in between");
    CHECK(tlee_decide(&two, 1, 0, 0.01F, NAN) == TLEE_ANSWER, "last of two");
}

static void full(void) {
    struct tlee_policy whole = policy;
    whole.early = false;
    CHECK(!tlee_gate_is_asked(&whole, 5), "no gate");
    CHECK(tlee_decide(&whole, 0, 0, 1.0F, NAN) == TLEE_GO_DEEPER, "no thresholds");
    CHECK(tlee_decide(&whole, 5, 0, 1.0F, NAN) == TLEE_GO_DEEPER, "no thresholds");
    CHECK(tlee_decide(&whole, 9, 0, 0.1F, NAN) == TLEE_ANSWER, "the last frame answers");
}

/* Each exit has its own thresholds: those of exit 1 lie elsewhere than those of exit 0. */
static void exits_differ(void) {
    CHECK(tlee_decide(&policy, 0, 0, 0.85F, NAN) == TLEE_LEAVE_FRAME, "below 0.9");
    CHECK(tlee_decide(&policy, 0, 1, 0.85F, NAN) == TLEE_ANSWER, "above 0.8");
    CHECK(tlee_decide(&policy, 3, 0, 0.45F, 0.1F) == TLEE_GO_DEEPER, "below 0.5");
    CHECK(tlee_decide(&policy, 3, 1, 0.45F, 0.1F) == TLEE_LEAVE_FRAME, "above 0.4");
    CHECK(tlee_decide(&policy, 3, 0, 0.1F, 0.55F) == TLEE_ANSWER, "not below 0.5");
    CHECK(tlee_decide(&policy, 3, 1, 0.1F, 0.55F) == TLEE_GO_DEEPER, "below 0.6");
}

static void coin(void) {
    size_t heads = 0, total = 40000;
    for (size_t i = 0; i < total; i++) {
        float value = tlee_coin(7, i, 1 + i % 8, i % 3);
        if (value < 0 || value >= 1)
            CHECK(false, "coin %zu is %g", i, (double)value);
        heads += value >= 0.5F;
    }
    /* Five standard deviations of a fair coin. */
    CHECK(fabs((double)heads - 20000) < 500, "%zu heads of %zu", heads, total);
    float base = tlee_coin(1, 2, 3, 1);
    CHECK(base == tlee_coin(1, 2, 3, 1), "a function of its arguments");
    CHECK(base != tlee_coin(2, 2, 3, 1), "of the seed");
    CHECK(base != tlee_coin(1, 3, 3, 1), "of the video");
    CHECK(base != tlee_coin(1, 2, 4, 1), "of the frame");
    CHECK(base != tlee_coin(1, 2, 3, 0), "of the exit");
}

int main(void) {
    first_frame();
    strict_comparisons();
    middle_frames();
    last_frame();
    full();
    exits_differ();
    coin();
    return test_summary();
}
