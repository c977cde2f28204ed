# SPDX-License-Identifier: MIT
"""The golden files say what the reference computes, here in single precision."""
import os

import numpy as np

import make_golden
import pictures
from parity_harness import BOUND, check, logit_error
from torch_tlee.frames import prepare

CASES = ("resnet18_ucf101", "resnet18_3_branches", "resnet50_no_branch")


def read_videos(path):
    """The model's description and options, and of each video its records by kind."""
    head, videos = {}, []
    with open(path) as file:
        for line in file:
            kind, *fields = line.split()
            if kind == "video":
                videos.append({})
            target = videos[-1] if videos else head
            target.setdefault(kind, []).append(fields)
    return head["model"][0][0], head["options"][0], videos


def run_reference(model, video):
    settings = model.settings
    width, height, seed = map(int, video["video"][0])
    settings.first, settings.exit, settings.gate_threshold = map(float, video["thresholds"][0])
    return model.run(
        prepare(pictures.picture(width, height, seed, int(number)), settings.input, settings.input)
        for number in video["frames"][0])


def compare(video, steps):
    """True when path and label are the same, and the worst logit error."""
    path = [(int(t), int(b)) for t, b, *_ in video["step"]]
    label, t, b = map(int, video["result"][0])
    if path != [(step["frame"], step["exit"]) for step in steps] or path[-1] != (t, b):
        return False, float("inf")
    worst = max(logit_error(np.array(record[5:], float), step["logits"])
                for record, step in zip(video["step"], steps))
    return steps[-1]["top1"] == label, worst


def run():
    for name in CASES:
        description, (mode, gate), videos = read_videos(
            os.path.join(make_golden.FOLDER, name + ".txt"))
        model = make_golden.load_model(description, mode, gate).float()
        results = [compare(video, run_reference(model, video)) for video in videos]
        worst = max(error for _, error in results)
        check(results and all(same for same, _ in results) and worst < BOUND, "golden " + name,
              "%d videos, logits off by %.1e" % (len(results), worst))
