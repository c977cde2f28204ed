# SPDX-License-Identifier: MIT
"""Checkpoint and configuration as the published system has them (section 8)."""
import io
import os

import torch

from fault import blaming

CHECKPOINT, CONFIG = "ckpt.best.pth.tar", "config.yml"


def write_whole(path, content):
    """A file that is there as a whole or, as before, not at all."""
    beside = path + ".part"
    with blaming(path):
        try:
            with open(beside, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except OSError:
            if os.path.isfile(beside):
                os.remove(beside)  # what would fill a full disk
            raise


def saved(content):
    """The bytes that torch.save makes. (Given a file on a full disk, it ends the process.)"""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getbuffer()


def listed(values):
    return "[%s]" % ", ".join("%.9g" % value for value in values)


def configuration(settings, feature, gate_b):
    """The published YAML; feature: length of the backbone's."""
    rows = ["b: '%g'" % gate_b, "data: &data",
            "  name: %s" % settings.dataset,
            "  preprocessing:", "    to_tensor: True",
            "    resize: %d" % settings.resize, "    crop_center: %d" % settings.input,
            "    normalize:", "      mean: %s" % listed(settings.mean),
            "      std: %s" % listed(settings.std),
            "  num_frames: %d" % settings.frames, "data_val: *data", "model:",
            "  type: %s" % settings.mode, "  name: %s" % settings.backbone,
            "  output_dim: [%d]" % feature, "  branch_num: %d" % settings.branches,
            "  branch_scale: %d" % settings.scale, "  crm_num: %d" % settings.crm,
            "  exit_thresh: %.9g" % settings.exit, "  first_threshold: %.9g" % settings.first,
            "  useFeatureFunc: %s" % settings.reuse, "  useGateFunc: %s" % settings.gate,
            "  input_order%d: %s" % (settings.frames, listed(settings.order)),
            "  num_classes: %d" % settings.classes]
    return "\n".join(rows) + "\n"


def checkpoint(model, epoch, top1, gate_b):
    state = {name: value.detach().contiguous() for name, value in model.state_dict().items()}
    if model.settings.reuse == "ema":
        state["feature_func.beta"] = torch.tensor(float(model.settings.beta))
    return {"epoch": epoch, "state_dict": state, "best_prec1": torch.tensor(100.0 * top1),
            "b": "%g" % gate_b}


def write(folder, model, epoch, top1, gate_b):
    """Both files; the configuration first, so that a checkpoint never stands without."""
    text = configuration(model.settings, model.backbone.d0, gate_b)
    write_whole(os.path.join(folder, CONFIG), text.encode())
    write_whole(os.path.join(folder, CHECKPOINT), saved(checkpoint(model, epoch, top1, gate_b)))
