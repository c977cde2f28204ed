#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Recognises a video with PyTorch: a folder of numbered .ppm pictures.

Needs torch and torchvision, and PyYAML for --config. Prints an object with the answer and the steps
as `tlee run --json --trace` has them.
"""
import json
import os
import re
import sys

from arguments import Parser
from fault import Fault, blaming, printable
from torch_tlee import load
from torch_tlee.frames import prepare, read_ppm, source_frames


def pictures_of(folder):
    """Paths, in the order of the numbers in the names."""
    with blaming(folder):
        names = [name for name in os.listdir(folder) if re.search(r"\d[^\d]*\.ppm$", name)]
        if not names:
            raise Fault("holds no numbered .ppm pictures")
    names.sort(key=lambda name: int(re.findall(r"\d+", name[:-len(".ppm")])[-1]))
    return [os.path.join(folder, name) for name in names]


def recognise(model, folder):
    """The steps, with the number of each one's frame in the video."""
    settings, paths = model.settings, pictures_of(folder)
    numbers = source_frames(len(paths), settings.frames, settings.order)
    steps = model.run(prepare(read_ppm(paths[number - 1]), settings.resize, settings.input,
                              settings.mean, settings.std) for number in numbers)
    return [{"frame": step["frame"], "source_frame": numbers[step["frame"]], "exit": step["exit"],
             "confidence": step["confidence"], "gate": step["gate"], "top1": step["top1"],
             "logits": step["logits"].tolist()} for step in steps]


def main():
    parser = Parser(
        prog="torch_run.py", description=__doc__,
        usage="torch_run.py CHECKPOINT FOLDER [--config YAML] [settings]")
    load.add_arguments(parser)
    parser.add_argument("folder", metavar="FOLDER", help="pictures of the video")
    flags = parser.parse_args()
    try:
        model, _ = load.from_arguments(flags)
        steps = recognise(model, flags.folder)
    except Fault as fault:
        text = "%s: %s" % (fault.file, fault) if fault.file else str(fault)
        print("torch_run.py: " + printable(text), file=sys.stderr)
        return 1
    last = steps[-1]
    print(json.dumps({"label": last["top1"], "confidence": last["confidence"],
                      "frame": last["frame"], "exit": last["exit"],
                      "frames_seen": last["frame"] + 1, "steps": steps}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
