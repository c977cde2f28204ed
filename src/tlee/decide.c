/* SPDX-License-Identifier: MIT */
#include "decide.h"

#include "hash.h"

bool tlee_gate_is_asked(const struct tlee_policy *policy, size_t t) {
    return policy->early && policy->has_gate && t > 0 && t < policy->frames - 1;
}

/*
 * The published loop. Both comparisons of a confidence are strict, so that a threshold of 1
 * switches an exit off; on the last frame the first exit answers.
 */
enum tlee_verdict tlee_decide(const struct tlee_policy *policy, size_t t, size_t b,
                              float confidence, float gate) {
    const struct tlee_thresholds *at = &policy->at;
    bool finished;
    if (t == policy->frames - 1)
        finished = true;
    else if (!policy->early)
        finished = false;
    else if (t == 0)
        finished = (double)confidence > at->first[b];
    else
        finished = policy->has_gate && (double)gate >= at->gate[b];
    if (finished)
        return TLEE_ANSWER;
    bool skip = policy->early && (double)confidence > at->exit[b];
    return skip ? TLEE_LEAVE_FRAME : TLEE_GO_DEEPER;
}

float tlee_coin(uint64_t seed, uint64_t video, size_t t, size_t b) {
    uint64_t state = tlee_hash_mix(seed);
    state = tlee_hash_mix(state ^ video);
    state = tlee_hash_mix(state ^ ((uint64_t)t << 32 | (uint64_t)b));
    return (float)(state >> 40) * (1.0F / 16777216.0F);
}
