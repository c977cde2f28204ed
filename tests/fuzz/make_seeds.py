#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Small models, lists and records for the fuzzers to begin with.
usage: make_seeds.py TLEE FOLDER"""
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import convert_case as case  # noqa: E402: only found with the line above
import convert_files as files  # noqa: E402
from convert_networks import network  # noqa: E402

# Shape of the network, and the settings that differ from those of convert_case.FLAGS.
SEEDS = {
    "gm": ({}, {}),
    "eg_ema": ({"gate": "eg"}, {"gate": "eg", "reuse": "ema"}),
    "ucf101": ({"mlp": 12, "branches": 1}, {"dataset": "ucf101", "branches": "1", "reuse": "ap"}),
    "temporal": ({}, {"mode": "t"}),
    "vgg": ({"backbone": "vgg16", "widths": (2, 3, 4, 5, 6), "branches": 1},
            {"backbone": "vgg16", "branches": "1"}),
    "mobile": ({"backbone": "mobilenetv2", "widths": (2, 3, 2, 3, 4, 5, 4, 3, 7), "branches": 3},
               {"backbone": "mobilenetv2", "branches": "3"}),
    "efficient": ({"backbone": "efficientnetb3", "widths": (3, 2, 3, 4, 5, 6, 4, 3, 7),
                   "branches": 3}, {"backbone": "efficientnetb3", "branches": "3"}),
    "plain": ({"branches": 0, "gate": None}, {"branches": "0"}),
}


def finite(shapes):
    """Name -> Tensor of values that keep the scores small, so that frames are seen to their end."""
    source = random.Random(1)
    state = {}
    for name, shape in shapes.items():
        low, high = (0.5, 1.5) if name.endswith("running_var") else (-0.3, 0.3)
        count = 1
        for size in shape:
            count *= size
        values = [source.uniform(low, high) for _ in range(count)]
        state[name] = files.Tensor(files.Storage(values), shape)
    return state


def prepare_all(tlee, folder):
    """Each model as the instruction sets that there are compute with it."""
    for name in sorted(SEEDS):
        source = os.path.join(folder, name + ".tlee")
        for isa in ("c", "avx2", "avx512", "neon"):
            if subprocess.run([tlee, "info", "--cpu", isa, source], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0:
                target = os.path.join(folder, "%s_%s.tlee" % (name, isa))
                subprocess.run([tlee, "prepare", "--cpu", isa, source, "-o", target], check=True,
                               stdout=subprocess.DEVNULL)


def make_records(tlee, folder):
    """A list of videos, one of which is there, and their records."""
    target = os.path.join(folder, "records.jsonl")
    video = case.put("grey.y4m", b"YUV4MPEG2 W64 H64 F1:1 Cmono\n"
                     + b"".join(b"FRAME\n" + bytes([20 * k]) * 4096 for k in range(1, 7)))
    with open(os.path.join(folder, "list.txt"), "w", encoding="utf-8") as file:
        file.write("missing 10 0\n%s - 1\ntwo words 3 2\n" % video)
    if os.path.exists(target):
        os.unlink(target)
    subprocess.run([tlee, "eval", "--gate", "none", "--records", target,
                    os.path.join(folder, "gm.tlee"), os.path.join(folder, "list.txt")], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_all(folder):
    os.makedirs(folder, exist_ok=True)
    for name, (shape, settings) in sorted(SEEDS.items()):
        state = finite(network(side=32 if name == "plain" else 64, **shape))
        source = case.put(name + ".pth", files.zip_bytes(files.checkpoint(state)))
        target = os.path.join(folder, name + ".tlee")
        status, _, errors = case.run(source, "-o", target, *case.flags(**settings))
        if status != 0:
            sys.exit("%s: %s" % (name, errors))


if __name__ == "__main__":
    try:
        make_all(sys.argv[2])
        prepare_all(sys.argv[1], sys.argv[2])
        make_records(sys.argv[1], sys.argv[2])
    finally:
        shutil.rmtree(case.work)
