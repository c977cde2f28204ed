# SPDX-License-Identifier: MIT
"""Clips that are easily told apart, to train on: a coloured square that moves over noise."""
import os

import numpy as np

import pictures

SIDE, COUNT = 64, 20
COLOURS = ((220, 60, 40), (40, 90, 220), (60, 200, 70))


def clip(label, seed):
    """COUNT x SIDE x SIDE x 3 bytes."""
    random = np.random.default_rng(1000 * label + seed)
    out = random.integers(40, 140, (COUNT, SIDE, SIDE, 3)).astype(np.uint8)
    x, y = random.integers(4, 40, 2)
    step = random.integers(-2, 3, 2)
    side = random.integers(12, 22)
    for frame in out:
        x, y = np.clip((x, y) + step, 0, SIDE - side)
        frame[y:y + side, x:x + side] = COLOURS[label]
    return out


def write_folder(path, frames):
    os.makedirs(path)
    for number, frame in enumerate(frames, 1):
        pictures.write_ppm(os.path.join(path, "img_%05d.ppm" % number), frame)


def planes_444(frame):
    """BT.601 in full range."""
    r, g, b = (frame[:, :, c].astype(np.float64) for c in range(3))
    y = 0.299 * r + 0.587 * g + 0.114 * b
    planes = y, (b - y) / 1.772 + 128, (r - y) / 1.402 + 128
    return b"".join(np.round(plane).clip(0, 255).astype(np.uint8).tobytes() for plane in planes)


def write_y4m(path, frames, chroma="C444 XCOLORRANGE=FULL", planes=planes_444):
    with open(path, "wb") as file:
        height, width = frames[0].shape[:2]
        file.write(b"YUV4MPEG2 W%d H%d F25:1 %s\n" % (width, height, chroma.encode()))
        for frame in frames:
            file.write(b"FRAME\n" + planes(frame))


def write_split(folder, name, each, first_seed):
    """`each` clips of each class, by turns a folder and a Y4M file; the list's path."""
    lines = []
    for label in range(len(COLOURS)):
        for number in range(each):
            frames = clip(label, first_seed + number)
            path = os.path.join(name, "%d_%d" % (label, number))
            full = os.path.join(folder, path)
            if number % 2:
                os.makedirs(os.path.dirname(full), exist_ok=True)
                write_y4m(full + ".y4m", frames)
                path += ".y4m"
            else:
                write_folder(full, frames)
            lines.append("%s %d %d\n" % (path, COUNT, label))
    path = os.path.join(folder, name + ".txt")
    with open(path, "w") as file:
        file.writelines(lines)
    return path
