# SPDX-License-Identifier: MIT
"""Poses before actions: what tools/actions/learn_poses.py writes, and what it refuses."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

from actions import learn_poses
from actions.clip import KEYPOINTS, Clip
from actions.dataset import Settings as DataSettings
from actions.dataset import make_data_set
from parity_harness import ROOT, check
from torch_tlee.frames import sampled_frames
from torch_tlee.settings import Settings
from train import lists, start

TOOL = os.path.join(ROOT, "tools", "actions", "learn_poses.py")
ACTIONS = ("squat", "kick")
FRAMES = 10


def learn(data, out, *words):
    """Status and lines on standard error; of an option given twice, the last holds."""
    done = subprocess.run(
        [sys.executable, TOOL, data, "-o", out, "--cache", os.path.join(data, "cache"),
         "--threads", "1", "--batch", "2", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stderr.decode().strip().split("\n")


def check_targets(data):
    """Joints relative to the pelvis, of the frames that the network would see."""
    clips = lists.read_list(os.path.join(data, "train.txt"), len(ACTIONS), data)
    found = learn_poses.poses(learn_poses.Plan(data), clips, FRAMES).numpy().reshape(
        len(clips), FRAMES, len(KEYPOINTS) - 1, 2)
    right = True
    for clip, of_clip in zip(clips, found):
        action, _, number = os.path.splitext(os.path.basename(clip.path))[0].rpartition("_")
        joints = Clip(1, "train", action, int(number)).keypoints()
        height = 0
        for frame in sampled_frames(len(joints), FRAMES):
            height = max(height, joints[frame - 1, :, 1].max() - joints[frame - 1, :, 1].min())
        for frame, pose in zip(sampled_frames(len(joints), FRAMES), of_clip):
            right = right and np.allclose(pose * height + joints[frame - 1, 0],
                                          joints[frame - 1, 1:], atol=1e-3)
    check(right and len(clips) == 6, "targets are the joints of the sampled frames")


def check_written(data, folder):
    first, again, other = (os.path.join(folder, name) for name in ("a.pth", "b.pth", "c.pth"))
    status, lines = learn(data, first, "--steps", "12", "--seed", "3")
    losses = [float(line.rsplit(" ", 1)[1]) for line in lines if ", loss " in line]
    check(status == 0 and len(losses) == 12 and np.mean(losses[6:]) < np.mean(losses[:6]),
          "poses are learned", " | ".join(lines)[-200:])
    learn(data, again, "--steps", "12", "--seed", "3")
    learn(data, other, "--steps", "12", "--seed", "4")
    a, b, c = (torch.load(path) for path in (first, again, other))
    check(all(torch.equal(a[name], b[name]) for name in a), "the same seed, the same weights")
    check(not all(torch.equal(a[name], c[name]) for name in a), "another seed, other weights")

    model = start.make(Settings("resnet18", dataset="few", classes=2, branches=0, width=0.25,
                                input=112))
    start.from_torchvision(model, first)
    taken = model.backbone.baseModel[4][0].conv1.weight
    check(torch.equal(taken, a["layer1.0.conv1.weight"]), "a training begins with them")


def check_refusals(data, folder):
    def refused(name, where, wanted, *words, out=os.path.join(folder, "none.pth"), want=1):
        status, lines = learn(where, out, "--steps", "1", *words)
        check(status == want and wanted in lines[0]
              and len(lines) == 1, "poses: refuses " + name,
              "status %d, %s" % (status, " | ".join(lines)[-300:]))

    refused("a missing data set", os.path.join(folder, "gone"), "gone/labels.txt: No such file")
    refused("a folder that is not there", data, "gone: is no folder",
            out=os.path.join(folder, "gone", "none.pth"))
    refused("a folder in the file's place", data, "is a folder", out=folder)
    refused("no steps", data, "--steps: '0' is no whole number from 1", "--steps", "0", want=2)
    for split in ("test", "validation"):
        refused("clips of " + split, data, "%s.txt: line 1: is none of the train clips in " % split,
                "--train", os.path.join(data, split + ".txt"))
    some = os.path.join(folder, "some.txt")
    with open(os.path.join(data, "train.txt")) as file, open(some, "w") as copy:
        copy.writelines([next(file), "%s 5 0\n" % some])
    refused("a clip from elsewhere", data, "some.txt: line 2: is none of the train clips in ",
            "--train", some)
    plan = os.path.join(data, "data.json")
    for name, text in (("a plan that is none", "[]"), ("a torn plan", '{"made_from": {')):
        with open(plan) as file:
            kept = file.read()
        with open(plan, "w") as file:
            file.write(text)
        refused(name, data, "data.json: is no plan of make_clips.py")
        with open(plan, "w") as file:
            file.write(kept)


def run():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="tlee-parity-") as folder:
        data = os.path.join(folder, "data")
        make_data_set(DataSettings(1, ACTIONS, {"train": 6, "validation": 2, "test": 2}, "420"),
                      data, 1, lambda line: None)
        check_targets(data)
        check_written(data, folder)
        check_refusals(data, folder)
