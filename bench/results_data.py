# SPDX-License-Identifier: MIT
"""A data set as tools/actions/make_clips.py leaves it: lists, difficulty of each clip, classes."""
import json
import os
import random

from fault import Fault, blaming, shown

SPLITS = ("validation", "test")
DIFFICULTIES = ("easy", "hard")


class Clip:
    """A line of a list: path as it is there, frames, label."""

    def __init__(self, line, number):
        words = line.rsplit(None, 2)
        if len(words) != 3 or not (words[1].isdigit() and words[2].isdigit()):
            raise Fault("line %d: is not 'path frames label' with the number of frames" % number)
        self.path, self.frames, self.label = words[0], int(words[1]), int(words[2])
        self.line = line


class DataSet:
    """`lists`: the clips of validation and test; `difficulty`: of each clip, by its path;
    `classes`: names. limit: take so many clips of each list, whichever chance tells; 0: all."""

    def __init__(self, root, limit):
        self.root = root
        self.lists = {split: some_of(read_list(self.list_path(split)), limit) for split in SPLITS}
        self.limited = limit > 0
        self.difficulty = read_difficulties(os.path.join(root, "data.json"))
        with blaming(os.path.join(root, "labels.txt")):
            with open(os.path.join(root, "labels.txt"), encoding="utf-8") as file:
                self.classes = file.read().splitlines()
        for clip in self.lists["test"]:
            if self.difficulty.get(clip.path) not in DIFFICULTIES:
                raise Fault("has no difficulty of %s" % shown(clip.path),
                            os.path.join(root, "data.json"))

    def list_path(self, split):
        return os.path.join(self.root, split + ".txt")

    def of_difficulty(self, name):
        return [clip for clip in self.lists["test"] if self.difficulty[clip.path] == name]

    def frames(self):
        """Of the shortest clip and the longest one."""
        counts = [clip.frames for clips in self.lists.values() for clip in clips]
        return min(counts), max(counts)


def some_of(clips, limit):
    if not 0 < limit < len(clips):
        return clips
    chosen = random.Random(1).sample(range(len(clips)), limit)
    return [clips[index] for index in sorted(chosen)]


def read_list(path):
    with blaming(path):
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        clips = [Clip(line, number) for number, line in enumerate(lines, 1) if line.strip()]
        if not clips:
            raise Fault("has no clips")
        return clips


def read_difficulties(path):
    """Of all test clips, by path."""
    with blaming(path):
        with open(path, encoding="utf-8") as file:
            try:
                return {row["path"]: row["difficulty"] for row in json.load(file)["test"]}
            except (ValueError, KeyError, TypeError):
                raise Fault("is not the data.json of tools/actions/make_clips.py")


def write_list(path, clips):
    with blaming(path), open(path, "w", encoding="utf-8") as file:
        file.write("".join(clip.line + "\n" for clip in clips))
    return path


def every_frames(shortest, frames):
    """The largest K at which frames 1, 1 + K, 1 + 2 K ... of the shortest clip are enough."""
    return max(1, (shortest - 1) // (frames - 1)) if frames > 1 else 1
