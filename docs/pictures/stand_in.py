#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A data set and a model for the pictures in this folder, which need neither downloads nor hours.

The videos show a patch of stripes that drifts before noise and is hidden now and then; the class is
the direction of the stripes. The model's backbone has weights by formula (weights/FORMAT.md) up to
its last stage, which is trained; its branches are fitted to what that makes, then its classifier
and its gate to the videos of train.txt.
usage: stand_in.py FOLDER   (needs PyTorch and torchvision)
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
from torch_tlee.frames import prepare, source_frames  # noqa: E402
from torch_tlee.network import TLEE  # noqa: E402
from torch_tlee.settings import Settings  # noqa: E402

CLASSES = 6
SIDE, FRAMES = 64, 24
VIDEOS = {"train": 900, "validation": 300, "test": 300}
SETTINGS = Settings("resnet18", dataset="demo", classes=CLASSES, branches=2, scale=1, crm=1,
                    input=SIDE, seed=1)
CONFIG = """data:
  name: demo
  num_frames: 10
  preprocessing:
    to_tensor: True
    resize: 64
    crop_center: 64
    normalize:
      mean: [0.43216, 0.394666, 0.37645]
      std: [0.22803, 0.22145, 0.216989]
model:
  type: ts
  name: resnet18
  branch_num: 2
  branch_scale: 1
  crm_num: 1
  exit_thresh: 0.8
  first_threshold: 0.99
  useFeatureFunc: mp
  useGateFunc: gm
  num_classes: 6
"""


def video(rng, label):
    """FRAMES x SIDE x SIDE x 3 bytes."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    angle = np.pi * (label + rng.uniform(-0.2, 0.2)) / CLASSES
    contrast, noise = rng.uniform(15, 110), rng.uniform(4, 16)
    period, radius = rng.uniform(11, 15), rng.uniform(14, 26)
    colour, wall = rng.uniform(0.6, 1, 3), rng.uniform(70, 150, 3)
    start, speed = rng.uniform(16, 48, 2), rng.uniform(-1.2, 1.2, 2)
    hidden = rng.random(FRAMES) < rng.uniform(0, 0.5)
    frames = []
    for t in range(FRAMES):
        cx, cy = 8 + np.abs((start + speed * t - 8) % 96 - 48)
        wave = np.sin(2 * np.pi / period * (x * np.cos(angle) + y * np.sin(angle)) + 0.9 * t)
        patch = ((x - cx) ** 2 + (y - cy) ** 2 < radius ** 2) & ~hidden[t]
        shade = wall + 0.4 * (y - 32)[..., None]
        picture = np.where(patch[..., None], 128 + contrast * wave[..., None] * colour, shade)
        picture = picture + rng.normal(0, noise, picture.shape)
        frames.append(np.clip(picture, 0, 255).astype(np.uint8))
    return np.stack(frames)


def write_video(folder, frames):
    os.makedirs(folder)
    for number, frame in enumerate(frames, 1):
        with open(os.path.join(folder, "%02d.ppm" % number), "wb") as file:
            file.write(b"P6\n%d %d\n255\n" % (SIDE, SIDE) + frame.tobytes())


def write_videos(folder):
    """Lists, folders of pictures, and prepared inputs and labels of those to train with."""
    rng = np.random.default_rng(1)
    numbers = source_frames(FRAMES, SETTINGS.frames)
    inputs, labels = [], []
    for name, count in VIDEOS.items():
        with open(os.path.join(folder, name + ".txt"), "w") as file:
            for index in range(count):
                frames, path = video(rng, index % CLASSES), "%s/%04d" % (name, index)
                write_video(os.path.join(folder, path), frames)
                file.write("%s %d %d\n" % (path, FRAMES, index % CLASSES))
                if name == "train":
                    inputs.append(torch.cat([prepare(frames[k - 1], SIDE, SIDE) for k in numbers]))
                    labels.append(index % CLASSES)
    return torch.stack(inputs), torch.tensor(labels)


def fit_end(model, inputs, labels, epochs=4):
    """The backbone's last stage, to tell the classes of single frames."""
    base, cut = model.backbone.baseModel, model.backbone.cuts[-2]
    with torch.no_grad():
        maps = torch.cat([base[:cut](batch) for batch in inputs.flatten(0, 1).split(200)])
    truth = labels.repeat_interleave(inputs.shape[1])
    head = torch.nn.Linear(model.backbone.d0, CLASSES)
    parameters = list(base[cut:].parameters()) + list(head.parameters())
    train(parameters, lambda rows: F.cross_entropy(head(base[cut:](maps[rows]).flatten(1)),
                                                   truth[rows]),
          torch.arange(len(maps)), epochs, 1e-2, rate=3e-4, size=100)


def least_squares(x, y, weight):
    """The linear layer from x to y with the smallest squared error, and little weight."""
    mean_x, mean_y = x.mean(0), y.mean(0)
    x, y = (x - mean_x).double(), (y - mean_y).double()
    square = x.T @ x
    square += weight * square.diagonal().mean() * torch.eye(len(square))
    solved = torch.linalg.solve(square, x.T @ y).T.float()
    return solved, mean_y - solved @ mean_x


@torch.no_grad()
def fit_branches(model, inputs):
    """Each branch's last layer towards the feature at the end. Returns the features of all exits:
    exit, video, frame, value."""
    flat = inputs.flatten(0, 1)
    vectors = [[] for _ in range(SETTINGS.branches + 1)]
    for batch in flat.split(200):
        maps = list(model.backbone.maps(batch))
        for b, branch in enumerate(model.backbone.branches):
            x = maps[b]
            pooled = branch.alpha * F.max_pool2d(x, branch.window) + (
                1 - branch.alpha) * F.avg_pool2d(x, branch.window)
            vectors[b].append(branch.crm(pooled).flatten(1))
        vectors[-1].append(model.backbone.end(maps[-1]))
    vectors = [torch.cat(parts) for parts in vectors]
    for b, branch in enumerate(model.backbone.branches):
        weight, bias = least_squares(vectors[b], vectors[-1], 1e-3)
        branch.fc1.weight.copy_(weight)
        branch.fc1.bias.copy_(bias)
        vectors[b] = branch.fc1(vectors[b])
    return torch.stack(vectors).unflatten(1, inputs.shape[:2])


def running(features, chosen):
    """The features after reuse of the videos' steps when frame t ends at exit chosen[v, t]: lists
    of z, z_prev (t > 0) and video."""
    rows = [], [], []
    for v in range(features.shape[1]):
        z_prev = None
        for t in range(features.shape[2]):
            for b in range(int(chosen[v, t]) + 1):
                z = features[b, v, t]
                z = z if t == 0 else torch.maximum(z, z_prev)
                for row, value in zip(rows, (z, z if t == 0 else z_prev, v)):
                    row.append(value)
                z_prev = z
    return torch.stack(rows[0]), torch.stack(rows[1]), torch.tensor(rows[2])


def train(parameters, loss_of, rows, epochs, decay, rate=3e-3, size=512):
    """By Adam, in batches of the rows (their numbers)."""
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    for _ in range(epochs):
        for batch in rows[torch.randperm(len(rows))].split(size):
            optimiser.zero_grad()
            loss_of(batch).backward()
            optimiser.step()
        schedule.step()


def fold(layer, mean, spread):
    """A layer fitted to inputs of mean 0 and spread 1 takes them as they are."""
    with torch.no_grad():
        layer.weight /= spread
        layer.bias -= layer.weight @ mean


def fit_heads(model, features, labels):
    """The classifier, then the gate, on ways that end frames at exits by chance."""
    z, z_prev, videos = running(features, torch.randint(0, 3, features.shape[1:3]))
    truth, classifier, gate = labels[videos], model.classifiers[0], model.exit_selector[0]
    mean, spread = z.mean(0), z.std(0) + 1e-6
    z, z_prev = (z - mean) / spread, (z_prev - mean) / spread
    torch.nn.init.zeros_(classifier.weight)
    # Of what the classifier was fitted to it is too sure for the gate to learn from.
    seen = videos < 0.7 * len(labels)
    fitted, others = seen.nonzero()[:, 0], (~seen).nonzero()[:, 0]
    train(classifier.parameters(), lambda rows: F.cross_entropy(classifier(z[rows]), truth[rows]),
          fitted, 25, 0.1)
    with torch.no_grad():
        right = (classifier(z).argmax(1) == truth).float()
    gate.fc1.reset_parameters()
    gate.fc2.reset_parameters()
    train(gate.parameters(), lambda rows: F.binary_cross_entropy_with_logits(
        gate(z[rows], z_prev[rows])[:, 0], right[rows]), others, 15, 0.3)
    fold(classifier, mean, spread)
    fold(gate.fc1, mean, spread)


def main():
    folder = sys.argv[1]
    torch.manual_seed(1)
    os.makedirs(folder)
    inputs, labels = write_videos(folder)
    model = TLEE(SETTINGS).fill()
    fit_end(model, inputs, labels)
    fit_heads(model, fit_branches(model, inputs), labels)
    torch.save({"state_dict": model.state_dict()}, os.path.join(folder, "checkpoint.tar"))
    with open(os.path.join(folder, "config.yml"), "w") as file:
        file.write(CONFIG)
    with open(os.path.join(folder, "labels.txt"), "w") as file:
        file.writelines("%g degrees\n" % (180 / CLASSES * label) for label in range(CLASSES))


if __name__ == "__main__":
    main()
