# SPDX-License-Identifier: MIT
"""Finds thresholds under which a video takes a path that is worth a test."""
import numpy as np

import pictures
from torch_tlee.frames import prepare, source_frames
from torch_tlee.network import at_exit

MARGIN = 1.2e-3  # of every compared value from its threshold, at least
NEVER = 2.0  # above every probability


class Frames:
    """The exits of the frames of one video; each is computed once, whatever paths are tried."""

    def __init__(self, model, width, height, count, seed):
        settings = model.settings
        self.model = model
        self.numbers = source_frames(count, settings.frames)
        self.inputs = [prepare(pictures.picture(width, height, seed, number), settings.input,
                               settings.input).to(model.dtype())
                       for number in self.numbers]
        self.known = [([], model.features(frame)) for frame in self.inputs]

    def features(self, t):
        known, rest = self.known[t]
        yield from known
        for pair in rest:
            known.append(pair)
            yield pair

    def run(self, first, leave, gate):
        settings = self.model.settings
        settings.first, settings.exit, settings.gate_threshold = first, leave, gate
        return self.model.run(self.features(t) for t in range(settings.frames))


def margin(settings, steps):
    """The smallest distance of a compared value from its threshold."""
    distances = [1.0]
    for step in steps if settings.decides else []:
        first, gate, leave = (at_exit(value, step["exit"]) for value in (
            settings.first, settings.gate_threshold, settings.exit))
        if step["frame"] == 0:
            distances.append(abs(step["confidence"] - first))
        if step["gate"] is not None:
            distances.append(abs(step["gate"] - gate))
        if not step["finished"]:
            distances.append(abs(step["confidence"] - leave))
    return min(distances)


def between(low, high):
    """A short number between two."""
    return round((low + high) / 2, 4)


def thresholds_for(steps, wanted):
    """First and gate threshold that end this path, on which nothing ended, at `wanted`."""
    t, b = wanted
    before = steps[:[(step["frame"], step["exit"]) for step in steps].index(wanted)]
    step = steps[len(before)]
    confidences = [s["confidence"] for s in before if s["frame"] == 0]
    gates = [s["gate"] for s in before if s["gate"] is not None]
    if t == 0:
        return between(max(confidences, default=0), step["confidence"]), 0.5
    first = between(max(confidences, default=0), 1)
    if step["gate"] is None:
        highest = max(gates, default=0)
        return first, 0.5 if highest < 0.45 else between(highest, 1)
    return first, between(max(gates, default=0), step["gate"])


def frame_exits(steps):
    """The exits at which a frame, but not the video, ended."""
    return {a["exit"] for a, b in zip(steps, steps[1:]) if a["frame"] != b["frame"]}


def paths(frames, settings, ends):
    """(thresholds, steps, margin) of paths that end at one of `ends`, pairs of t and exit."""
    for leave in np.arange(0.05, 1.0, 0.025) if settings.decides else [0.8]:
        leave = round(float(leave), 4)
        open_end = frames.run(NEVER, leave, NEVER)
        for end in ends:
            if end not in [(step["frame"], step["exit"]) for step in open_end]:
                continue
            first, gate = thresholds_for(open_end, end)
            steps = frames.run(first, leave, gate)
            distance = margin(settings, steps)
            if (steps[-1]["frame"], steps[-1]["exit"]) == end and distance > MARGIN:
                yield (first, leave, gate), steps, distance


def search(model, width, height, count, leaves, first_seed, tries=60):
    """
    Seed of the pictures, frames, thresholds, steps and margin of a path that leaves at frame step
    and exit `leaves` (exit None: any), with frames that end at as many different exits as can be.
    """
    settings = model.settings
    t, b = leaves
    ends = [(t, exit) for exit in (settings.evaluated if b is None else [b])]
    for seed in range(first_seed, first_seed + tries):
        frames = Frames(model, width, height, count, seed)
        found = list(paths(frames, settings, ends))
        if found:
            thresholds, steps, distance = max(
                found, key=lambda path: (len(frame_exits(path[1])), path[2]))
            return seed, frames, thresholds, steps, distance
    raise LookupError("no path leaves at %s" % (leaves,))
