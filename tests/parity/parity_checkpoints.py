# SPDX-License-Identifier: MIT
"""However torch.save wrote a checkpoint, tools/convert.py makes the same bytes of it."""
import filecmp
import os
import shutil
import tempfile

import torch

import paths
import pictures
from parity_harness import CONVERT, Failed, check, check_trace, python, run_engine
from torch_tlee.network import TLEE
from torch_tlee.settings import Settings

DESCRIPTION = "random:resnet18,dataset=hmdb51,classes=5,branches=2,gate=eg,input=64"
CONFIG = """data: &data
  name: hmdb51
  preprocessing:
    to_tensor: True
    resize: 64
    crop_center: 64
    normalize:
      mean: [0.43216, 0.394666, 0.37645]
      std: [0.22803, 0.22145, 0.216989]
  num_frames: 10
data_val: *data
model:
  type: ts
  name: resnet18
  output_dim: [512]
  branch_num: 2
  branch_scale: 3
  crm_num: 3
  exit_thresh: %r
  useFeatureFunc: mp
  useGateFunc: eg
  first_threshold: %r
  input_order10: [5, 0, 9, 2, 7, 4, 6, 3, 8, 1]
  num_classes: 5
"""


def same(state):
    return state


def with_prefix(state):
    return {"module." + name: value for name, value in state.items()}


def as_type(dtype):
    """Only floating-point tensors: num_batches_tracked counts."""
    def cast(state):
        return {name: value.to(dtype) if value.is_floating_point() else value
                for name, value in state.items()}
    return cast


def transposed(value):
    """The same values over a storage with its axes in the opposite order."""
    axes = list(reversed(range(value.dim())))
    return value.permute(axes).contiguous().permute(axes)


def strided(state):
    """Views with strides, some into one storage that others share."""
    changed = {name: transposed(value) for name, value in state.items()}
    vectors = [name for name, value in state.items() if value.dim() == 1]
    shared = torch.cat([state[name] for name in vectors])
    first = 0
    for name in vectors:
        changed[name] = shared[first:first + len(state[name])]
        first += len(state[name])
    wide = torch.stack([state["classifiers.0.bias"], torch.zeros(5)], 1)
    changed["classifiers.0.bias"] = wide[:, 0]  # every second element
    return changed


def parameters(state):
    """As torch.save keeps what is trained."""
    return {name: torch.nn.Parameter(value) if value.is_floating_point() else value
            for name, value in state.items()}


# How the tensors are changed, and whether the layout is the one from before PyTorch 1.6.
VARIANTS = {
    "old layout": (same, True),
    "module. prefix": (with_prefix, False),
    "module. prefix, old layout": (with_prefix, True),
    "half precision": (as_type(torch.float16), False),
    "half precision, old layout": (as_type(torch.float16), True),
    "double precision": (as_type(torch.float64), False),
    "double precision, old layout": (as_type(torch.float64), True),
    "bfloat16": (as_type(torch.bfloat16), False),
    "strided views": (strided, False),
    "strided views, old layout": (strided, True),
    "parameters": (parameters, False),
}


def convert(folder, state, old_layout, thresholds):
    """Path of the weights file."""
    os.makedirs(folder)
    checkpoint, config, model = (
        os.path.join(folder, name) for name in ("ckpt.best.pth.tar", "config.yml", "model.tlee"))
    content = {"epoch": 3, "state_dict": state, "best_prec1": torch.tensor(50.0), "b": "0.005"}
    torch.save(content, checkpoint, _use_new_zipfile_serialization=not old_layout)
    with open(config, "w") as file:
        file.write(CONFIG % thresholds)
    python(CONVERT, checkpoint, "--config", config, "-o", model)
    return model


def check_variants(tlee, folder):
    model = TLEE(Settings.parse(DESCRIPTION)).fill()
    # Values that half and bfloat16 both hold exactly.
    state = {name: value.to(torch.bfloat16).half().to(value.dtype)
             for name, value in model.state_dict().items()}
    state = {name: value if value.dtype != torch.float32 else torch.where(
        value.abs() < 2**-14, torch.zeros(()), value) for name, value in state.items()}
    model.load_state_dict(state)
    seed, frames, (first, leave, gate), steps, _ = paths.search(model, 80, 64, 25, (2, None), 0)
    plain = convert(os.path.join(folder, "plain"), state, False, (leave, first))
    for number, (name, (change, old_layout)) in enumerate(VARIANTS.items()):
        try:
            made = convert(os.path.join(folder, str(number)), change(state), old_layout,
                           (leave, first))
            check(filecmp.cmp(plain, made, shallow=False), "checkpoint with " + name)
        except Failed as failure:
            check(False, "checkpoint with " + name, str(failure))
    video = os.path.join(folder, "video")
    pictures.write_folder(video, 80, 64, seed, 25)
    for step in steps:
        step["source_frame"] = frames.numbers[step["frame"]]
    trace = run_engine(tlee, plain, video, "--gate-threshold", gate)
    check_trace("converted checkpoint", steps, trace)


def run(tlee):
    folder = tempfile.mkdtemp(prefix="tlee-parity-")
    try:
        check_variants(tlee, folder)
    except (Failed, LookupError) as failure:
        check(False, "checkpoints", str(failure))
    finally:
        shutil.rmtree(folder)
