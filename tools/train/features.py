# SPDX-License-Identifier: MIT
"""Features of many clips at once, and the running features that reuse makes of them."""
import collections

import torch

# A step of the way through all frames and exits: z after reuse and z_prev (None at the first step),
# clips x D each.
Step = collections.namedtuple("Step", "t b z z_prev")


def exit_features(model, frames, wanted):
    """By exit, the features before reuse, clips x T x D; frames: clips x T x 3 x side x side."""
    clips, count = frames.shape[:2]
    return {b: z.reshape(clips, count, -1)
            for b, z in model.exits(frames.flatten(0, 1).contiguous(
                memory_format=torch.channels_last), wanted)}


def running(model, features, last=None):
    """The steps of clips that nothing ends early (sections 5 and 6): every wanted exit of every
    frame, each merged with the one before, on the first frame too, as z_prev, but not in z.
    last: the exit at which each frame ends, where it is not the last one."""
    z_prev = None
    for t in range(next(iter(features.values())).shape[1]):
        for b in sorted(features):
            if last and b > last[t]:
                break
            z = features[b][:, t]
            if t > 0:
                z = model.feature_func(z, z_prev)
            yield Step(t, b, z, z_prev)
            z_prev = z
