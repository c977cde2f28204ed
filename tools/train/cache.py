# SPDX-License-Identifier: MIT
"""The sampled frames of all clips of a list, resized and in bytes, in one file.

Beside FILE stands FILE.json with each clip's place in it. The bytes are those of the engine's
resize, rounded to whole levels: exact where the clips have the network's size already.
"""
import concurrent.futures
import hashlib
import json
import os

import numpy as np
import torch

from fault import Fault, blaming
from torch_tlee.frames import resized

from .videos import read_clip

FORMAT = 1
MAX_ASPECT = 2  # the long side is cut down to this many short ones, about the middle


def identity(clips, frames, resize):
    """Changes with the list, the settings and the clips' files (of folders: what is in them)."""
    def part(clip):
        about = os.stat(clip.path)
        return [clip.path, clip.frames, clip.label, about.st_size, about.st_mtime_ns]

    text = json.dumps([FORMAT, frames, resize, MAX_ASPECT, [part(clip) for clip in clips]])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def sampled(clip, frames, resize):
    """uint8, frames x h x w x 3, and warnings."""
    pictures, warnings = read_clip(clip, frames)
    out = []
    for picture in pictures:
        x = resized(picture[None], resize)
        h, w = (min(side, MAX_ASPECT * resize) for side in x.shape[2:])
        top, left = (x.shape[2] - h) // 2, (x.shape[3] - w) // 2
        levels = (x[0, :, top:top + h, left:left + w] * 255).round().to(torch.uint8)
        out.append(levels.permute(1, 2, 0).numpy())
    if len({picture.shape for picture in out}) > 1:
        raise Fault("its frames have different sizes", clip.path)
    return np.stack(out), warnings


def write(path, clips, frames, resize, key, say):
    places, offset = [], 0
    with open(path + ".part", "wb") as file, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        step = 64  # so that no more than these wait in memory
        for begin in range(0, len(clips), step):
            some = clips[begin:begin + step]
            for clip, (block, warnings) in zip(some, pool.map(
                    lambda clip: sampled(clip, frames, resize), some)):
                for warning in warnings:
                    say("warning: %s: %s" % (clip.path, warning))
                places.append([offset, block.shape[1], block.shape[2]])
                file.write(block.tobytes())
                offset += block.nbytes
            if begin // 1024 != (begin + step) // 1024:
                say("%s: %d of %d clips" % (path, len(places), len(clips)))
    os.replace(path + ".part", path)
    with open(path + ".json.part", "w") as file:
        json.dump({"key": key, "bytes": offset, "places": places}, file)
    os.replace(path + ".json.part", path + ".json")


def index_of(path, key):
    """What stands in FILE.json; None when it is of something else or not there."""
    try:
        with open(path + ".json") as file:
            index = json.load(file)
        if index["key"] == key and os.path.getsize(path) == index["bytes"]:
            return index
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


class Frames:
    """frames x h x w x 3 bytes of each clip, mapped from the cache file."""

    def __init__(self, path, clips, frames, resize, say):
        key = identity(clips, frames, resize)
        with blaming(path):
            index = index_of(path, key)
            if index is None:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                write(path, clips, frames, resize, key, say)
                index = index_of(path, key)
            self.data = np.memmap(path, np.uint8, "r")
        self.places, self.frames = index["places"], frames
        self.labels = torch.tensor([clip.label for clip in clips])

    def __len__(self):
        return len(self.places)

    def clip(self, number):
        offset, h, w = self.places[number]
        block = self.data[offset:offset + self.frames * h * w * 3]
        return torch.from_numpy(block.reshape(self.frames, h, w, 3).copy())
