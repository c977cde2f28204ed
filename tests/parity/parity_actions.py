# SPDX-License-Identifier: MIT
"""The model that ships, weights/actions.tlee: the engine decides about clips of tools/actions as
PyTorch does with the values that the file holds, frames as sampled and as they come; and storing
weights in half precision costs no accuracy."""
import concurrent.futures
import json
import os
import tempfile

import torch

import paths
from actions.dataset import Settings as DataSettings
from actions.dataset import make_data_set
from actions.motions import DEFAULT_ACTIONS
from fault import Fault
from parity_eval import NEAR, compare, evaluate, expected_of
from parity_harness import ROOT, Failed, call, check, differences, run_engine
from torch_tlee.frames import prepare, source_frames
from torch_tlee.macs import Costs
from torch_tlee.weights_reader import from_weights_file
from train import lists
from train.videos import Folder
from train.y4m import Y4M

MODEL = os.path.join(ROOT, "weights", "actions.tlee")
#: Where no data set is given: these first clips of the test split, three of each class.
CLIPS = 3 * len(DEFAULT_ACTIONS)
# A trained network is often all but sure, and thresholds may lie there, too.
MOST_NEAR = 0.2  # of the clips
MOST_LOST = 0.001  # of top-1, by storing halves
EVERY = 4  # of the frames as they come: the shortest clips have 40, the model takes 10
BATCH = 8  # clips


def orders(settings):
    """Options of the command, and the numbers of a clip's frames in processing order."""
    return {
        "as sampled": ((), lambda count: source_frames(count, settings.frames, settings.order)),
        "as they come": (("--order", "sequential", "--every", EVERY),
                         lambda count: [1 + EVERY * k for k in range(settings.frames)]),
    }


def drawn(folder):
    """The beginning of the test split that make_clips.py makes when it is told nothing else."""
    counts = {"train": 0, "validation": 0, "test": CLIPS}
    make_data_set(DataSettings(1, DEFAULT_ACTIONS, counts, "420"), folder, 1, lambda line: None)
    return folder


# --- PyTorch ---

def pictures(clip, numbers):
    """The numbered frames of a clip, each read once."""
    def read(source):
        known = {number: source.frame(number) for number in set(numbers)}
        return [known[number] for number in numbers]

    if os.path.isdir(clip.path):
        return read(Folder(clip.path))
    with open(clip.path, "rb") as file:
        return read(Y4M(file))


def all_features(model, clips, numbers_of):
    """For each clip the features of all its frames at each exit, frames in processing order."""
    settings = model.settings
    for begin in range(0, len(clips), BATCH):
        some = clips[begin:begin + BATCH]
        frames = torch.cat([prepare(picture, settings.resize, settings.input, settings.mean,
                                    settings.std)
                            for clip in some
                            for picture in pictures(clip, numbers_of(clip.frames))])
        exits = list(model.features(frames.to(model.dtype())))
        for k in range(len(some)):
            rows = slice(k * settings.frames, (k + 1) * settings.frames)
            yield [(b, z[rows]) for b, z in exits]


def decided(model, clips, numbers_of):
    """The steps of each clip."""
    found = []
    for clip, features in zip(clips, all_features(model, clips, numbers_of)):
        numbers = numbers_of(clip.frames)
        steps = model.run([(b, z[t:t + 1]) for b, z in features]
                          for t in range(model.settings.frames))
        for step in steps:
            step["source_frame"] = numbers[step["frame"]]
        found.append(steps)
    return found


def check_damage(folder, path):
    """What the file's checksums and lengths tell of damage, the reader says."""
    with open(path, "rb") as file:
        data = file.read()
    broken, place = os.path.join(folder, "broken.tlee"), len(data) // 2
    for name, content, wanted in (
            ("cut short", data[:-1], "cut short"), ("of another kind", b"PK" + data, "is no"),
            ("with another value", data[:place] + bytes([data[place] ^ 1]) + data[place + 1:],
             "is damaged"),
            ("with another header", data[:70] + bytes([data[70] ^ 1]) + data[71:], "is damaged")):
        with open(broken, "wb") as file:
            file.write(content)
        try:
            from_weights_file(broken)
            check(False, "PyTorch refuses a weights file " + name)
        except Fault as fault:
            check(wanted in str(fault) and fault.file == broken,
                  "PyTorch refuses a weights file " + name, str(fault))


# --- Against the engine ---

def check_steps(name, tlee, model_file, settings, clips, steps, options):
    """Every step: its place, confidence, gate, class and scores."""
    clear = [pair for pair in zip(clips, steps) if paths.margin(settings, pair[1]) >= NEAR]
    near = len(clips) - len(clear)

    def compared(pair):
        return differences(pair[1], run_engine(tlee, model_file, pair[0].path, "--threads", 1,
                                               *options))

    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        found = list(pool.map(compared, clear))
    wrong = ["%s: %s" % (os.path.basename(clip.path), text)
             for (clip, _), (texts, _) in zip(clear, found) for text in texts]
    check(not wrong, name + ": every step is PyTorch's", "; ".join(wrong[:3]) or (
        "%d clips, %d steps, logits off by %.1e; %d clips left out, near a threshold" % (
            len(clear), sum(len(some) for _, some in clear), max(
                [worst for _, worst in found], default=0), near)))
    ends = {(some[-1]["frame"], some[-1]["exit"]) for some in steps}
    check(len(ends) > 1 or not settings.branches, name + ": clips end at several places",
          str(sorted(ends)))


def check_order(name, tlee, folder, root, model_file, model, clips, order):
    options, numbers_of = order
    settings = model.settings
    steps = decided(model, clips, numbers_of)
    check_steps(name, tlee, model_file, settings, clips, steps, options)
    costs = Costs(model)
    rows = [(os.path.relpath(clip.path, root), clip.frames, clip.label) for clip in clips]
    expected = [expected_of(settings, costs, some, clip.label) for some, clip in zip(steps, clips)]
    records, summary = evaluate(tlee, folder, root, model_file, rows, *options)
    compare(name, settings, rows, records, summary, expected, MOST_NEAR)


def thresholds(settings):
    """Options for another model to decide as this one does."""
    for option, value in (
            ("--first-threshold", settings.first), ("--exit-threshold", settings.exit),
            ("--gate-threshold", settings.gate_threshold),
            ("--temperature", settings.temperature)):
        yield option
        yield ",".join(map(repr, value if isinstance(value, list) else [value]))


def check_halves(tlee, root, half, whole):
    """Top-1 of the same weights stored as halves and as floats."""
    model, other = (from_weights_file(path) for path in (half, whole))
    floats = other.state_dict()
    same = set(floats) == set(model.state_dict()) and all(
        value.equal(floats[name].half().float() if value.dim() > 1 else floats[name])
        for name, value in model.state_dict().items())
    if not check(same, "actions: the same model stored as floats", "%s rounds to %s" % (
            os.path.basename(whole), os.path.basename(half))):
        return
    for name, (options, _) in orders(model.settings).items():
        for mode in ("ts", "full"):
            words = ("eval", "--json", "--jobs", 2, "--threads", 1, "--root", root, "--mode", mode,
                     *options, *thresholds(model.settings))
            top1 = [json.loads(call(tlee, *words, file, os.path.join(root, "test.txt")))["top1"]
                    for file in (half, whole)]
            check(abs(top1[0] - top1[1]) <= MOST_LOST + 1e-9,
                  "actions, frames %s, mode %s: halves cost no accuracy" % (name, mode),
                  "top-1 %.2f %% with halves, %.2f %% with floats" % tuple(
                      100 * value for value in top1))


def run(tlee, data, model_file, float_model):
    model_file = model_file or MODEL
    if not os.path.exists(model_file):
        check(False, "actions", "there is no %s" % os.path.relpath(model_file))
        return
    with tempfile.TemporaryDirectory(prefix="tlee-parity-") as folder:
        try:
            check_damage(folder, model_file)
            root = data or drawn(os.path.join(folder, "clips"))
            model = from_weights_file(model_file)
            check(all(value.half().float().equal(value) for value in model.parameters()
                      if value.dim() > 1), "actions: weights are stored as halves")
            clips = lists.read_list(os.path.join(root, "test.txt"), model.settings.classes)
            for name, order in orders(model.settings).items():
                check_order("actions, frames " + name, tlee, folder, root, model_file, model, clips,
                            order)
            if float_model:
                check_halves(tlee, root, model_file, float_model)
        except (Failed, Fault) as failure:
            where = getattr(failure, "file", None)
            check(False, "actions", "%s: %s" % (where, failure) if where else str(failure))
