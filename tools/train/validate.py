# SPDX-License-Identifier: MIT
"""What a network is worth on clips that it was not trained on: at each exit of each frame when
nothing ends early, and as TLEE decides."""
import dataclasses

import torch

from torch_tlee.macs import Costs

from .augment import batch
from .features import running


def whole_gmac(model):
    """Of a video through the end of the backbone on all frames, without branches and gate."""
    settings = model.settings
    model.settings = dataclasses.replace(settings, mode="full")
    costs = Costs(model)
    model.settings = settings
    return 1e-9 * settings.frames * (costs.frame[settings.branches] + costs.classifier)


class Tally:
    """Sums over batches."""

    def __init__(self, stage, model):
        self.stage, self.model, self.costs = stage, model, Costs(model)
        exits, frames = stage.wanted, model.settings.frames
        self.right = {b: [0] * frames for b in exits}
        self.whole = [0] * frames
        self.clips = self.loss = 0
        self.decided = {"top1": 0, "frames": 0, "gmac": 0}

    def add(self, frames, labels):
        model, count = self.model, len(labels)
        features = self.stage.features(model, frames)
        for step in running(model, features):
            self.right[step.b][step.t] += self.right_at(step, labels)
        end = max(features)
        for step in running(model, {end: features[end]}):
            self.whole[step.t] += self.right_at(step, labels)
        self.loss += self.stage.losses(model, features, labels)[0].item() * count
        self.clips += count
        for i in range(count):
            self.decide({b: z[i] for b, z in features.items()}, labels[i].item())

    def right_at(self, step, labels):
        return (self.model.classifiers[0](step.z).argmax(1) == labels).sum().item()

    def decide(self, features, label):
        """One clip, as the engine would."""
        settings = self.model.settings
        steps = self.model.run([(b, features[b][t:t + 1]) for b in settings.evaluated]
                               for t in range(settings.frames))
        self.decided["top1"] += steps[-1]["top1"] == label
        self.decided["frames"] += steps[-1]["frame"] + 1
        self.decided["gmac"] += self.costs.gmac(steps)

    def results(self):
        """top1: a row for each exit, a number for each frame; whole: a row for the last exit
        without the others."""
        return {"loss": self.loss / self.clips,
                "top1": [[count / self.clips for count in row] for _, row in
                         sorted(self.right.items())],
                "whole": [count / self.clips for count in self.whole],
                "decided": {key: value / self.clips for key, value in self.decided.items()},
                "gmac_whole": whole_gmac(self.model)}


@torch.no_grad()
def validate(stage, model, frames, size, device, stop=lambda: False):
    """What Tally.results() gives; None when it was asked to stop."""
    model.eval()
    tally = Tally(stage, model)
    for begin in range(0, len(frames), size):
        numbers = list(range(begin, min(begin + size, len(frames))))
        x, labels = batch(frames, numbers, model.settings)
        tally.add(x.to(device), labels.to(device))
        if stop():
            return None
    return tally.results()


def table(stage, results):
    """Lines for people."""
    frames = len(results["top1"][0])
    lines = ["top-1 in %, exit by frame   " + "".join("%6d" % (t + 1) for t in range(frames))]
    rows = [("end" if b == stage.settings.branches else "exit %d" % b, row)
            for b, row in zip(stage.wanted, results["top1"])]
    rows += [("whole network", results["whole"])] if stage.branches else []
    lines += ["%-28s" % name + "".join("%6.1f" % (100 * value) for value in row)
              for name, row in rows]
    if stage.branches:
        decided = results["decided"]
        lines.append("as decided: top-1 %.1f %%, %.2f frames, %.4g of %.4g GMAC" % (
            100 * decided["top1"], decided["frames"], decided["gmac"], results["gmac_whole"]))
    return lines
