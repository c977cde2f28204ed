#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What PyTorch makes of the clips that are bundled with weights/actions.tlee:
tests/data/bundled.json, to which tests/test_bundled.py holds the engine where there is no PyTorch.
Run, it writes the file.
"""
import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import paths  # noqa: E402
from parity_actions import MODEL, decided, orders  # noqa: E402
from parity_eval import NEAR  # noqa: E402
from parity_harness import ROOT, check  # noqa: E402
from torch_tlee.weights_reader import from_weights_file  # noqa: E402
from train import lists  # noqa: E402
from train.y4m import Y4M  # noqa: E402

CLIPS = os.path.join(ROOT, "weights", "clips")
ANSWERS = os.path.join(ROOT, "tests", "data", "bundled.json")
KEPT = ("frame", "exit", "source_frame", "confidence", "gate", "top1")


def answers():
    """By the clip's name, its steps; how near a compared value comes to its threshold."""
    model, names, clips = from_weights_file(MODEL), sorted(os.listdir(CLIPS)), []
    for name in names:
        path = os.path.join(CLIPS, name)
        with open(path, "rb") as file:
            clips.append(lists.Clip(path, Y4M(file).count, 0, 0))
    _, numbers_of = orders(model.settings)["as sampled"]
    found = decided(model, clips, numbers_of)
    nearest = min(paths.margin(model.settings, steps) for steps in found)
    return {name: [{key: step[key] for key in KEPT} for step in steps]
            for name, steps in zip(names, found)}, nearest


def alike(a, b):
    """Equal, and confidences to rounding, which differs from machine to machine."""
    return a.keys() == b.keys() and all(
        abs(a[key] - b[key]) < 1e-4 if isinstance(a[key], float) and isinstance(b[key], float)
        else a[key] == b[key] for key in a)


def run():
    found, nearest = answers()
    with open(ANSWERS, encoding="utf-8") as file:
        kept = json.load(file)
    check(nearest >= NEAR, "bundled clips: no value lies near its threshold", "%.1e" % nearest)
    check(found.keys() == kept.keys() and all(
        len(found[name]) == len(kept[name]) and all(map(alike, found[name], kept[name]))
        for name in found), "bundled clips: tests/data/bundled.json is what PyTorch gives")


if __name__ == "__main__":
    with open(ANSWERS, "w", encoding="utf-8") as out:
        json.dump(answers()[0], out, indent=1)
        out.write("\n")
