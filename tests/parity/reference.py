#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""TLEE as a PyTorch program: what the engine is held against.

    python3 reference.py 'random:resnet18,input=64' FOLDER     prints the trace of a folder of .ppm

Section numbers are those of the specification of what TLEE computes (temporal-layer early exit,
IEEE Internet of Things Journal 2023, doi 10.1109/JIOT.2023.3293506). Modules carry the names that
the published checkpoints use, so that state_dict() of a model is such a checkpoint's.
"""
import dataclasses
import glob
import json
import os
import re
import sys

import numpy as np
import torch
import torch.nn.functional as F
import torchvision.models
from torch import nn

import weights_formula

# Section 2: position k of the order is the sampled frame that is processed k-th.
ORDER = {
    8: [3, 6, 7, 0, 4, 5, 2, 1],
    10: [5, 0, 9, 2, 7, 4, 6, 3, 8, 1],
    16: [9, 8, 6, 3, 15, 1, 0, 12, 14, 2, 10, 7, 13, 11, 4, 5],
}
MEAN = [0.43216, 0.394666, 0.37645]
STD = [0.22803, 0.22145, 0.216989]


def resnet_children(name):
    return list(getattr(torchvision.models, name)(weights=None).children())[:-1]


def feature_children(name):
    return list(getattr(torchvision.models, name)(weights=None).features.children())


# Section 3: torchvision's name of each backbone, its top-level children, and how many of them lie
# before each cut.
BACKBONES = {
    name: (name, resnet_children, [5, 6, 7])
    for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
}
BACKBONES.update({
    "vgg16": ("vgg16_bn", feature_children, [14, 24, 34]),
    "mobilenetv2": ("mobilenet_v2", feature_children, [4, 8, 12]),
    "efficientnetb3": ("efficientnet_b3", feature_children, [2, 4, 6]),
})


@dataclasses.dataclass
class Settings:
    backbone: str
    dataset: str = "ucf101"
    classes: int = 101
    branches: int = 2
    scale: int = 3
    crm: int = 3
    reuse: str = "mp"
    gate: str = "gm"
    mode: str = "ts"
    frames: int = 10
    first: float = 0.99
    exit: float = 0.8
    seed: int = 0
    input: int = 224  # shorter side after the resize, and side of the crop
    gate_threshold: float = 0.5
    beta: float = 0.999

    @classmethod
    def parse(cls, description):
        """random:BACKBONE[,KEY=VALUE...]"""
        backbone, *pairs = description[len("random:"):].split(",")
        types = {field.name: field.type for field in dataclasses.fields(cls)}
        pairs = [pair.split("=") for pair in pairs]
        return cls(backbone, **{key: types[key](value) for key, value in pairs})

    @property
    def evaluated(self):
        """The exits that are looked at on each frame."""
        return range(self.branches + 1) if self.mode == "ts" else [self.branches]

    @property
    def decides(self):
        """False where every frame runs whole and the answer comes at the end (section 6, B = 0)."""
        return self.branches > 0 and self.mode != "full"


class Branch(nn.Module):
    """Section 4: from a feature map of c channels and side s to a vector."""

    def __init__(self, c, s, scale, crm, d0):
        super().__init__()
        grid = s // 4
        self.window = s // grid
        self.alpha = nn.Parameter(torch.zeros(1))
        self.crm = nn.Sequential()
        width = c
        for i in range(crm):
            narrower = c // 2 ** (scale + i)
            self.crm.add_module("conv%d" % i, nn.Conv2d(width, narrower, 1))
            self.crm.add_module("relu%d" % i, nn.ReLU())
            width = narrower
        self.fc1 = nn.Linear(width * grid * grid, d0)

    def forward(self, x):
        largest, mean = F.max_pool2d(x, self.window), F.avg_pool2d(x, self.window)
        return self.fc1(self.crm(self.alpha * largest + (1 - self.alpha) * mean).flatten(1))


class Backbone(nn.Module):
    """Section 3: the backbone, cut into stages, with a branch at each cut."""

    def __init__(self, settings):
        super().__init__()
        published, children, cuts = BACKBONES[settings.backbone]
        self.baseModel = nn.Sequential(*children(published)).eval()
        if settings.backbone == "vgg16":
            self.fc_layer = nn.Sequential(
                nn.Linear(25088, 4096), nn.ReLU(), nn.Dropout(),
                nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 512)).eval()
        self.cuts = [0] + cuts[len(cuts) - settings.branches:] + [len(self.baseModel)]
        self.branches = nn.ModuleList()
        with torch.no_grad():
            maps = list(self.maps(torch.zeros(1, 3, settings.input, settings.input)))
        self.d0 = self.end(maps[-1]).shape[1]
        for x in maps[:-1]:
            _, c, s, _ = x.shape
            self.branches.append(Branch(c, s, settings.scale, settings.crm, self.d0))

    def maps(self, x):
        """The map after each stage; a stage runs when its map is asked for."""
        for begin, stop in zip(self.cuts, self.cuts[1:]):
            x = self.baseModel[begin:stop](x)
            yield x

    def end(self, x):
        if hasattr(self, "fc_layer"):
            return self.fc_layer(F.adaptive_avg_pool2d(x, 7).flatten(1))
        return F.adaptive_avg_pool2d(x, 1).flatten(1)


class FeatureMLP(nn.Module):
    """Section 5: the feature of UCF101."""

    def __init__(self, d0):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(d0, 4096), nn.BatchNorm1d(4096), nn.ReLU())

    def forward(self, x):
        return self.layers(x)


class GateGM(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(d, 32), nn.Linear(64, 1)

    def forward(self, z, z_prev):
        return self.fc2(torch.cat([self.fc1(z), self.fc1(z_prev)], 1))


class GateEG(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(d, 128, 1), nn.Conv2d(128, 64, 1)
        self.bn1, self.bn2 = nn.BatchNorm2d(128), nn.BatchNorm2d(64)  # in checkpoints, not in use
        self.linear = nn.Linear(128, 1)

    def arm(self, v):
        return F.relu(self.conv2(F.relu(self.conv1(v[:, :, None, None])))).flatten(1)

    def forward(self, z, z_prev):
        return self.linear(torch.cat([self.arm(z), self.arm(z_prev)], 1))


class TLEE(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.backbone = Backbone(settings)
        ucf101 = settings.dataset == "ucf101"
        self.mlp = FeatureMLP(self.backbone.d0) if ucf101 else nn.Identity()
        d = 4096 if ucf101 else self.backbone.d0
        self.classifiers = nn.ModuleList([nn.Linear(d, settings.classes)])
        gates = {"gm": [GateGM], "eg": [GateEG]}.get(settings.gate, [])
        self.exit_selector = nn.ModuleList([gate(d) for gate in gates])
        self.eval()

    def fill(self):
        """Every tensor from the formula of weights/FORMAT.md."""
        with torch.no_grad():
            for name, value in self.state_dict().items():
                if not name.endswith(".num_batches_tracked"):
                    made = weights_formula.tensor(name, value.shape, self.settings.seed)
                    value.copy_(torch.from_numpy(made))
        return self

    def dtype(self):
        return self.classifiers[0].weight.dtype

    @torch.no_grad()
    def features(self, frame):
        """(b, feature before reuse) of each exit looked at; computed as they are asked for."""
        for b, x in enumerate(self.backbone.maps(frame)):
            if b in self.settings.evaluated:
                at_end = b == self.settings.branches
                yield b, self.mlp(self.backbone.end(x) if at_end else self.backbone.branches[b](x))

    def reuse(self, z, z_prev):
        """Section 5; frm and na, as published, leave z as it is."""
        if self.settings.reuse == "mp":
            return torch.maximum(z, z_prev)
        if self.settings.reuse == "ap":
            return (z + z_prev) / 2
        if self.settings.reuse == "ema":
            return self.settings.beta * z_prev + (1 - self.settings.beta) * z
        return z

    def finished(self, t, z, z_prev, confidence):
        """Section 6: is the video decided? And what the gate said, None where it was not asked."""
        settings, gate = self.settings, None
        if t == settings.frames - 1:
            return True, None
        if not settings.decides:
            return False, None
        if t == 0:
            return confidence > settings.first, None
        if self.exit_selector:
            gate = torch.sigmoid(self.exit_selector[0](z, z_prev)).item()
        return gate is not None and gate >= settings.gate_threshold, gate

    @torch.no_grad()
    def run(self, frames):
        """
        The steps of one video (section 6). frames: for each frame in processing order, prepared
        input 1 x 3 x side x side, or the pairs that features() gave for it before.
        """
        z_prev, steps = None, []
        for t, frame in enumerate(frames):
            for b, z in self.features(frame) if torch.is_tensor(frame) else frame:
                if t > 0:
                    z = self.reuse(z, z_prev)
                logits = self.classifiers[0](z)
                confidence = torch.softmax(logits, 1).max().item()
                finished, gate = self.finished(t, z, z_prev, confidence)
                skip = self.settings.decides and confidence > self.settings.exit
                steps.append({"frame": t, "exit": b, "confidence": confidence, "gate": gate,
                              "finished": finished, "skip": skip, "feature": z[0].numpy(),
                              "top1": int(logits.argmax()), "logits": logits[0].numpy()})
                z_prev = z
                if finished:
                    return steps
                if skip:
                    break
        raise ValueError("no frames left")


def source_frames(count, frames):
    """Section 2: numbers, from 1, of the frames taken from `count`, in processing order."""
    sampled = [1 + k * (count / (frames - 1)) for k in range(frames - 1)] + [count + 1]
    numbers = [max(int(min(max(v, 0), count - 1)), 1) for v in sampled]
    return [numbers[k] for k in ORDER[frames]]


def prepare(picture, resize, crop, mean=MEAN, std=STD):
    """Section 2: 8-bit RGB, H x W x 3, to prepared input."""
    x = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
    h, w = x.shape[2:]
    short, long = min(h, w), max(h, w)
    if short != resize:
        longer = resize * long // short
        size = (longer, resize) if w < h else (resize, longer)
        x = F.interpolate(x, size, mode="bilinear", align_corners=False)
    h, w = x.shape[2:]
    top, left = round((h - crop) / 2), round((w - crop) / 2)
    x = x[:, :, top:top + crop, left:left + crop]
    return (x - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def read_ppm(path):
    """Binary PPM without comments."""
    with open(path, "rb") as file:
        data = file.read()
    w, h = map(int, re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data).groups())
    return np.frombuffer(data[-3 * w * h:], np.uint8).reshape(h, w, 3)


def main():
    settings = Settings.parse(sys.argv[1])
    paths = sorted(glob.glob(os.path.join(sys.argv[2], "*.ppm")))
    numbers = source_frames(len(paths), settings.frames)
    frames = (prepare(read_ppm(paths[k - 1]), settings.input, settings.input) for k in numbers)
    for step in TLEE(settings).fill().run(frames):
        step["logits"] = step["logits"].tolist()
        del step["feature"]
        print(json.dumps(step))


if __name__ == "__main__":
    main()
