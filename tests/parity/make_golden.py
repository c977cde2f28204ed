#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes tests/golden/*.txt (format: tests/golden/README.md); arguments: names of cases, else all.

The network runs in double precision. Seeds of pictures and thresholds are searched for so that each
video takes a path of the wanted kind and no value that is compared lies near its threshold.
"""
import os
import sys

import numpy as np
import torch

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import golden_cases  # noqa: E402
import paths  # noqa: E402
from torch_tlee.network import TLEE  # noqa: E402
from torch_tlee.settings import Settings  # noqa: E402
from torch_tlee.weights_formula import mix  # noqa: E402

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
SAMPLE = 256


def numbers(values):
    return " ".join("%.9g" % value for value in values)


def tensor_record(kind, t, b, array):
    """`array`: c, or c x h x w."""
    shape = tuple(array.shape) + (1,) * (3 - array.ndim)
    flat = array.reshape(-1)
    positions = np.arange(flat.size)
    if flat.size > SAMPLE:
        positions = mix(np.arange(SAMPLE, dtype=np.uint64)) % np.uint64(flat.size)
    summary = [flat.mean(), np.sqrt((flat * flat).sum()), np.abs(flat).max()]
    return "%s %d %d %d %d %d %s" % ((kind, t, b) + shape + (
        numbers(summary + list(flat[positions.astype(np.int64)])),))


def step_record(step, follower):
    follows = "finished" if follower is None else (
        "exit" if follower["frame"] == step["frame"] else "frame")
    gate = "-" if step["gate"] is None else "%.9g" % step["gate"]
    return "step %d %d %.9g %s %s %s" % (step["frame"], step["exit"], step["confidence"], gate,
                                         follows, numbers(step["logits"]))


def video_records(model, video, found):
    seed, frames, thresholds, steps, _ = found
    yield "video %d %d %d" % (video.width, video.height, seed)
    yield "thresholds %s" % numbers(thresholds)
    yield "frames %s" % " ".join(map(str, frames.numbers))
    for step, follower in zip(steps, steps[1:] + [None]):
        t, b = step["frame"], step["exit"]
        if t < video.detail:
            with torch.no_grad():
                map_after = list(model.backbone.maps(frames.inputs[t]))[b]
                if b == model.settings.branches:
                    map_after = model.backbone.end(map_after)[..., None, None]
            yield tensor_record("stage", t, b, map_after[0].numpy())
        if video.detail:
            yield tensor_record("feature", t, b, step["feature"])
        yield step_record(step, follower)
    yield "result %d %d %d" % (steps[-1]["top1"], steps[-1]["frame"], steps[-1]["exit"])


def load_model(description, mode, gate):
    settings = Settings.parse(description)
    model = TLEE(settings).fill().double()
    if mode == "full":
        settings.mode = "full"
    if gate == "none":
        model.exit_selector = torch.nn.ModuleList()
    return model


def write(case):
    """Returns the frame steps at which videos ended, and the exits at which frames did."""
    description = "random:" + case.model
    model = load_model(description, case.mode, case.gate)
    lines = ["golden 1", "model " + description, "options %s %s" % (case.mode, case.gate)]
    ends, exits, smallest, seed = set(), set(), 1.0, 0
    for video in case.videos:
        found = paths.search(model, video.width, video.height, video.count, video.leaves, seed)
        seed = found[0] + 1
        _, _, _, steps, distance = found
        smallest = min(smallest, distance)
        ends.add(steps[-1]["frame"])
        exits |= paths.frame_exits(steps)
        lines += video_records(model, video, found)
    with open(os.path.join(FOLDER, case.name + ".txt"), "w", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
    print("%-28s videos end at %s, frames at exits %s, margin %.4f" % (
        case.name, sorted(ends), sorted(exits), smallest), flush=True)
    return ends, exits


def main():
    wanted = sys.argv[1:]
    ends, exits = set(), set()
    for case in golden_cases.CASES:
        if not wanted or case.name in wanted:
            more_ends, more_exits = write(case)
            ends |= more_ends
            exits |= more_exits
    with open(os.path.join(FOLDER, "cases.list"), "w", newline="\n") as file:
        file.writelines(case.name + "\n" for case in golden_cases.CASES)
    if not wanted and not (ends.issuperset(range(10)) and exits.issuperset(range(4))):
        raise SystemExit("not every frame step and exit is covered")


if __name__ == "__main__":
    main()
