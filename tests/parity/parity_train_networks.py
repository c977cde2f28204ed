# SPDX-License-Identifier: MIT
"""Every kind of network that the trainer knows goes its whole way in small: a step of each stage,
the published checkpoint, the converter, and the engine, which decides as PyTorch does."""
import os
import tempfile

import torch

import train_clips
from fault import Fault
from parity_harness import CONVERT, Failed, check, check_trace, python, run_engine
from parity_train_parts import NETWORKS, OPTIONS, changed_by
from torch_tlee.frames import prepare, source_frames
from torch_tlee.settings import Settings
from torch_tlee.weights_reader import from_weights_file
from train import publish, stages, start

USUAL = {"dataset": "few", "classes": 3, "branches": 2, "scale": 0, "crm": 2, "frames": 4,
         "order": [2, 0, 3, 1], "input": 64, "width": 0.125}
#: So that, whatever they say, no exit is sure: the gate is asked, and frames are seen to the end.
OPEN = ("--first-threshold", 1, "--exit-threshold", 1, "--gate-threshold", 1)


def trained(backbone, changes):
    """A network after one step of each stage."""
    torch.manual_seed(4)
    model = start.make(Settings(backbone, **{**USUAL, **changes}))
    frames, labels = torch.rand(3, 4, 3, 64, 64), torch.tensor([1, 0, 2])
    for name in ("joint", "branches", "gate"):
        stage = stages.STAGES[name](model.settings, OPTIONS)
        changed_by(stage, model, frames, labels)
    return model.eval()


def pytorch_steps(model, pictures):
    settings = model.settings
    settings.first = settings.exit = settings.gate_threshold = 1
    numbers = source_frames(len(pictures), settings.frames, settings.order)
    steps = model.run(prepare(pictures[number - 1], settings.resize, settings.input)
                      for number in numbers)
    for step in steps:
        step["source_frame"] = numbers[step["frame"]]
    return steps


def check_network(tlee, folder, clip, number, backbone, changes):
    name = "trained %s %s" % (backbone, " ".join("%s=%s" % pair for pair in changes.items()))
    where = os.path.join(folder, str(number))
    os.makedirs(where)
    learned = trained(backbone, changes)
    publish.write(where, learned, 1, 0.5, 0.1)
    weights = os.path.join(where, "model.tlee")
    python(CONVERT, os.path.join(where, publish.CHECKPOINT), "--config",
           os.path.join(where, publish.CONFIG), "-o", weights)
    model = from_weights_file(weights)
    expected = pytorch_steps(model, clip)
    differing = [key for key, value in model.state_dict().items()
                 if not key.startswith("exit_selector.0.bn")  # not in use
                 and not key.endswith(".num_batches_tracked")
                 and not torch.equal(value, learned.state_dict()[key])]
    if model.settings.reuse == "ema" and model.settings.beta != learned.settings.beta:
        differing.append("beta")
    check(not differing, name + ": the weights file holds what was learned",
          " ".join(differing[:3]))
    check_trace(name, expected, run_engine(tlee, weights, os.path.join(folder, "clip"), *OPEN))


def run(tlee):
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="tlee-parity-") as folder:
        clip = train_clips.clip(1, 5)
        train_clips.write_folder(os.path.join(folder, "clip"), clip)
        for number, (backbone, changes) in enumerate(NETWORKS):
            try:
                check_network(tlee, folder, clip, number, backbone, changes)
            except (Failed, Fault) as failure:
                check(False, "trained " + backbone, str(failure))
