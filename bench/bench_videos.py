#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a case of an oracle as the engines of the video comparison read it.

    bench_videos.py ORACLE CASE FOLDER

ORACLE is a folder with golden.py, tlee_ref.py and cases/CASE.json. FOLDER gets model.tlee, made
from the case's checkpoint by the project's own converter, and clip000.npy, clip001.npy, ...: the
prepared frames of a video each, in processing order, frames x 3 x side x side.
"""
import json
import os
import sys

import numpy as np

from bench_convert import convert


def write(oracle, case_name, folder):
    sys.path.insert(0, oracle)
    import golden
    import tlee_ref
    path = os.path.join(oracle, "cases", case_name + ".json")
    golden.build(path, folder)
    convert(os.path.join(folder, "ckpt.best.pth.tar"), os.path.join(folder, "model.tlee"),
            "--config", os.path.join(folder, "config.yml"))
    with open(path) as file:
        case = json.load(file)
    for number, video in enumerate(case["videos"]):
        clip = tlee_ref.clip_from_frames(golden.frames_of(video), case["config"].get("frames", 10))
        np.save(os.path.join(folder, "clip%03d.npy" % number), clip.numpy())


if __name__ == "__main__":
    write(*sys.argv[1:])
