# SPDX-License-Identifier: MIT
"""What the trainer says about bad input: one line that names the file, status 1; status 2 where the
command line is wrong. And what it leaves behind: nothing that is half there."""
import contextlib
import os
import re
import resource
import subprocess
import tempfile

import numpy as np
import torch

import train_clips
from fault import Fault
from parity_harness import check
from parity_train import command
from torch_tlee.settings import Settings
from train import cache, lists, start, videos
from train.locks import Stopped, folder_locked


#: What the trainer says of its work.
PROGRESS = r"narrow: |: epoch \d|goes on in epoch|^train_tlee.py:   "


class Data:
    """A good data set, of which a copy of a list is spoiled."""

    def __init__(self, folder):
        self.folder = folder
        for name, first in (("train", 0), ("validation", 100)):
            train_clips.write_split(folder, name, 2, first)

    def words(self, **changed):
        """The command with other values of its options."""
        words = command(self.folder, os.path.join(self.folder, "out"))
        for name, value in changed.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        return words

    def spoiled(self, name, change):
        with open(os.path.join(self.folder, name + ".txt")) as file:
            lines = change(file.read().split("\n"))
        path = os.path.join(self.folder, "spoiled.txt")
        with open(path, "w") as file:
            file.write("\n".join(lines))
        return path


def run_trainer(words, most_bytes=None):
    """Status and lines on standard error. most_bytes: no file can become larger, as on a disk that
    is full."""
    def limit():
        if most_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    done = subprocess.run(words, preexec_fn=limit, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, [line for line in done.stderr.decode().strip().split("\n")
                             if not re.search(PROGRESS, line)]


def check_refused(name, words, *wanted, status=1, **more):
    """One line, which holds all that is wanted."""
    found, lines = run_trainer(words, **more)
    check(found == status and len(lines) == 1 and all(text in lines[0] for text in wanted),
          "refuses " + name, "status %d, %s" % (found, " | ".join(lines[-2:])[:300]))


def check_lists(data):
    def line(number, change):
        return lambda lines: lines[:number] + [change(lines[number])] + lines[number + 1:]

    cases = (
        ("a missing clip", "train", line(2, lambda text: "gone 20 0"), "line 3: there is no"),
        ("a label out of range", "train", line(1, lambda text: text[:-1] + "3"), "line 2: label 3",
         "0 to 2"),
        ("a label that is none", "validation", line(1, lambda text: text[:-1] + "x"),
         "line 2: label 'x' is not a whole number"),
        ("a line too short", "train", line(1, lambda text: "clip 3"), "line 2: must be 'path"),
        ("no frames", "train", line(1, lambda text: text.replace(" 20 ", " 0 ")), "line 2: frames"),
        ("a clip twice", "train", lambda lines: lines[:2] + lines[:1], "line 3: has the clip of"),
        ("an empty list", "train", lambda lines: [""], "is empty"),
        ("a split that overlaps", "validation", lambda lines: ["train/1_0 20 1"] + lines,
         "line 1: ", "train/1_0 is also a clip to train on", "train.txt, line 3"),
    )
    for name, which, change, *wanted in cases:
        path = data.spoiled(which, change)
        check_refused(name, data.words(**{which: path}), path + ": ", *wanted)


def check_clips(data):
    torn = os.path.join(data.folder, "train", "torn.y4m")
    with open(torn, "wb") as file:
        file.write(b"YUV4MPEG2 W64 H64 F25:1 C444\nFRAME\n" + bytes(1000))
    empty = os.path.join(data.folder, "train", "empty")
    os.makedirs(empty)
    garbled = os.path.join(data.folder, "train", "garbled.mp4")
    with open(garbled, "wb") as file:
        file.write(bytes(5000))
    for path, wanted in ((torn, "no whole frame"), (empty, "no numbered images"),
                         (garbled, "ffmpeg")):
        name = os.path.relpath(path, data.folder)
        changed = data.spoiled("train", lambda lines: ["%s 20 0" % name] + lines)
        check_refused("an unreadable clip " + name, data.words(train=changed), path + ": ", wanted)


def check_checkpoints(data):
    settings = Settings("resnet34", dataset="few", classes=3, branches=0, input=64, width=0.25)
    deeper = os.path.join(data.folder, "resnet34.pth.tar")
    torch.save({"state_dict": start.make(settings).state_dict()}, deeper)
    check_refused("a checkpoint of another backbone", data.words(start=deeper), deeper + ": ",
                  "holds another backbone than resnet18")
    settings.backbone, settings.width = "resnet18", 0.5
    wider = os.path.join(data.folder, "wider.pth.tar")
    torch.save({"state_dict": start.make(settings).state_dict()}, wider)
    check_refused("a checkpoint of other widths", data.words(start=wider), wider + ": ",
                  "32 x 3 x 7 x 7", "16 x 3 x 7 x 7")
    with open(wider, "r+b") as file:
        file.truncate(5000)
    check_refused("a torn checkpoint", data.words(start=wider), wider + ": ")


def check_settings(data):
    """Status 2: another command line is needed, not another file."""
    for name, changed, *wanted in (
            ("the published branch_scale for narrow branches",
             {"branch_scale": 3, "crm": 3, "branches": 3}, "backbone.branches.0",
             "a smaller branch_scale than 3 is needed"),
            ("a frame count without an order", {"frames": 9}, "order"),
            ("a stage that is none", {"stages": "trunk"}, "there is no stage 'trunk'"),
            ("a stage twice", {"stages": "joint,joint"}, "joint is there twice"),
            ("a stage with nothing to learn", {"stages": "branches", "branches": 0}, "no branches"),
            ("a gate of nothing trained", {"stages": "gate"}, "--start"),
            ("two networks to begin with", {"init": "a", "start": "b"}, "--init and --start"),
            ("a number that is none", {"epochs": "backbone=many"}, "'many' is no whole number"),
            ("a device that is not there", {"device": "none"}, "--device none: ")):
        check_refused(name, data.words(**changed), *wanted, status=2)
    names = os.path.join(data.folder, "names.txt")
    with open(names, "w") as file:
        file.write("red\nblue\n")
    check_refused("other class names", data.words(labels=names), names + ": ",
                  "2 class names, but there are 3 classes")


# --- Folders ---

def left_over(folder):
    return [name for _, _, names in os.walk(folder) for name in names if name.endswith(".part")]


def result(out):
    with open(os.path.join(out, "gate", "ckpt.best.pth.tar"), "rb") as file:
        return file.read()


def check_full_disk(data):
    """What does not fit is not there; with more room the training goes on to the same end."""
    whole, out = (os.path.join(data.folder, name) for name in ("whole", "out"))
    short = {"epochs": 1, "cache": os.path.join(data.folder, "cached")}
    check_refused("a disk full of frames", data.words(**short), "cached/train: ",
                  most_bytes=100000)
    for most_bytes, name in ((1000000, "last.state"), (3200000, "last.state")):
        check_refused("a disk full at %d bytes" % most_bytes, data.words(**short),
                      os.path.join(out, "backbone", name) + ": ", most_bytes=most_bytes)
        check(not left_over(out), "a full disk: nothing half written", str(left_over(out)))
    for folder in (whole, out):
        status, lines = run_trainer(data.words(out=folder, **short))
        check(status == 0 and not any(lines), "training with enough room", " | ".join(lines)[-200:])
    check(result(whole) == result(out), "a full disk: the same end")


def check_folder(data):
    out = os.path.join(data.folder, "taken")
    with folder_locked(out):
        check_refused("a folder that another training writes to", data.words(out=out), out + ": ",
                      "another training")
    with open(os.path.join(out, "training.json"), "w") as file:
        file.write("[1]")
    check_refused("a damaged description", data.words(out=out), "training.json: is not")
    damaged = os.path.join(data.folder, "damaged", "backbone")
    os.makedirs(damaged)
    with open(os.path.join(damaged, "last.state"), "wb") as file:
        file.write(b"nothing")
    check_refused("a damaged state", data.words(out=os.path.dirname(damaged)),
                  "last.state: is no state of a training")


# --- Sampled frames ---

class Counted:
    """Stands in for a function and counts its calls; from some call on it raises an error."""

    def __init__(self, module, name, error=None, after=0):
        self.module, self.name, self.error, self.after = module, name, error, after
        self.original, self.calls = getattr(module, name), 0

    def __call__(self, *words):
        self.calls += 1
        if self.error and self.calls > self.after:
            raise self.error
        return self.original(*words)

    def __enter__(self):
        setattr(self.module, self.name, self)
        return self

    def __exit__(self, *_):
        setattr(self.module, self.name, self.original)


def check_cache(data):
    """Frames of an interrupted run are not read again; an index never tells of other data."""
    clips = lists.read_list(os.path.join(data.folder, "train.txt"), 3)
    path, other = (os.path.join(data.folder, name, "train") for name in ("kept", "unbroken"))
    whole = cache.Frames(other, clips, 8, 64, print)
    usual, cache.AT_ONCE = cache.AT_ONCE, 2
    stops = [False, True]
    try:
        cache.Frames(path, clips, 8, 64, print, lambda: stops.pop(0))
        check(False, "reading frames stops when it is asked to")
    except Stopped:
        check(not os.path.exists(path), "reading frames stops when it is asked to")
    with open(path + ".part", "ab") as file:
        file.write(b"the beginning of another clip")
    with Counted(cache, "sampled") as sampled:
        again = cache.Frames(path, clips, 8, 64, print)
    check(0 < sampled.calls < len(clips), "reading frames goes on", "%d of %d clips were left" % (
        sampled.calls, len(clips)))
    check(bytes(again.data) == bytes(whole.data), "frames of a run that was interrupted")
    fewer = clips[::-1]
    with Counted(cache.os, "replace", KeyboardInterrupt(), after=2):
        with contextlib.suppress(KeyboardInterrupt):
            cache.Frames(path, fewer, 8, 64, print)
    check(cache.index_of(path, cache.identity(clips, 8, 64)) is None
          or bytes(cache.Frames(path, clips, 8, 64, print).data) == bytes(whole.data),
          "frames that were replaced when the run was killed")
    cache.AT_ONCE = usual


def check_decoder(data):
    """A decoder that somebody ended has not seen the end of the video."""
    where, video = (os.path.join(data.folder, name) for name in ("programs", "video.mp4"))
    os.makedirs(where)
    program = os.path.join(where, "ffmpeg")
    with open(program, "w") as file:
        file.write("#!/bin/sh\nprintf 'P6 1 1 255 abc'\nkill -INT $$\n")
    os.chmod(program, 0o755)
    path = os.environ["PATH"]
    os.environ["PATH"] = where + os.pathsep + path
    try:
        videos.read_clip(lists.Clip(video, 20, 0, 1), 8)
        check(False, "a decoder that was ended")
    except Fault as fault:
        check(fault.file == video and "signal 2" in str(fault), "a decoder that was ended",
              str(fault))
    finally:
        os.environ["PATH"] = path


def check_narrow(data):
    path = os.path.join(data.folder, "thread")
    train_clips.write_folder(path, np.zeros((3, 1, 200, 3), np.uint8))
    try:
        cache.sampled(lists.Clip(path, 3, 0, 1), 8, 224)
        check(False, "pictures of one row")
    except Fault as fault:
        check(fault.file == path and "200 x 1" in str(fault), "pictures of one row", str(fault))


def run():
    for part in (check_lists, check_clips, check_checkpoints, check_settings, check_full_disk,
                 check_folder, check_cache, check_decoder, check_narrow):
        with tempfile.TemporaryDirectory(prefix="tlee-parity-") as folder:
            part(Data(folder))
