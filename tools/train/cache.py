# SPDX-License-Identifier: MIT
"""The sampled frames of all clips of a list, resized and in bytes, in one file.

Beside FILE stands FILE.json with each clip's place in it; until they are whole, both are called
FILE.part. The bytes are those of the engine's resize, rounded to whole levels: exact where the
clips have the network's size already.
"""
import concurrent.futures
import hashlib
import json
import os
import time

import numpy as np
import torch

from fault import Fault, blaming
from torch_tlee.frames import resized

from .locks import Stopped, file_locked
from .publish import write_whole
from .videos import read_clip

FORMAT = 1
AT_ONCE = 64  # clips that wait in memory
KEEP_EVERY, SAY_EVERY = 10, 30  # seconds
MAX_ASPECT = 2  # the long side is cut down to this many short ones, about the middle
LONGEST = 64  # short sides; more would ask for memory without bounds


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
        if max(picture.shape[:2]) > LONGEST * min(picture.shape[:2]):
            raise Fault("a frame of %d x %d is too narrow to be resized"
                        % (picture.shape[1], picture.shape[0]), clip.path)
        x = resized(picture[None], resize)
        h, w = (min(side, MAX_ASPECT * resize) for side in x.shape[2:])
        top, left = (x.shape[2] - h) // 2, (x.shape[3] - w) // 2
        levels = (x[0, :, top:top + h, left:left + w] * 255).round().to(torch.uint8)
        out.append(levels.permute(1, 2, 0).numpy())
    if len({picture.shape for picture in out}) > 1:
        raise Fault("its frames have different sizes", clip.path)
    return np.stack(out), warnings


def index_of(path, key):
    """What stands in FILE.json; None when it is of something else or not there."""
    try:
        with open(path + ".json") as file:
            index = json.load(file)
        if index["key"] == key and os.path.getsize(path) >= index["bytes"]:
            return index
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def write_index(path, index):
    write_whole(path + ".json", json.dumps(index).encode())


class Making:
    """The file on its way; one that was interrupted goes on behind its last whole clips."""

    def __init__(self, path, key, say):
        self.path, self.part, self.say = path, path + ".part", say
        self.index = index_of(self.part, key) or {"key": key, "bytes": 0, "places": []}

    def append(self, clip, block, warnings):
        for warning in warnings:
            self.say("warning: %s: %s" % (clip.path, warning))
        self.index["places"].append([self.index["bytes"], block.shape[1], block.shape[2]])
        self.file.write(block.tobytes())
        self.index["bytes"] += block.nbytes

    def keep(self):
        self.file.flush()
        os.fsync(self.file.fileno())
        write_index(self.part, self.index)

    def write(self, clips, frames, resize, stop):
        done = len(self.index["places"])
        saved = said = time.monotonic()
        with open(self.part, "r+b" if done else "wb") as self.file, \
                concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            self.file.truncate(self.index["bytes"])
            self.file.seek(self.index["bytes"])
            for begin in range(done, len(clips), AT_ONCE):
                some = clips[begin:begin + AT_ONCE]
                for clip, made in zip(some, pool.map(
                        lambda clip: sampled(clip, frames, resize), some)):
                    self.append(clip, *made)
                now, ends = time.monotonic(), stop()
                if ends or now - saved > KEEP_EVERY:
                    self.keep()
                    saved = now
                if ends:
                    raise Stopped()
                if now - said > SAY_EVERY:
                    self.say("%s: %d of %d clips" % (self.path, begin + len(some), len(clips)))
                    said = now
            self.keep()
        self.publish()

    def publish(self):
        """At no moment does an index stand beside data that are not its own."""
        if os.path.exists(self.path + ".json"):
            os.remove(self.path + ".json")
        os.replace(self.part, self.path)
        os.replace(self.part + ".json", self.path + ".json")


class Frames:
    """frames x h x w x 3 bytes of each clip, mapped from the cache file."""

    def __init__(self, path, clips, frames, resize, say, stop=lambda: False):
        key = identity(clips, frames, resize)
        with file_locked(path + ".lock", stop, say), blaming(path):
            index = index_of(path, key)
            if index is None:
                Making(path, key, say).write(clips, frames, resize, stop)
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
