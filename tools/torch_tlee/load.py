# SPDX-License-Identifier: MIT
"""Models from published checkpoints, read as the converter reads them, from weights files, and from
descriptions."""
import numpy as np
import torch

import model_settings
from checkpoint import check_of, open_checkpoint, open_regular, read_beta, shapes_of
from fault import Fault, blaming
from tlee_backbones import BACKBONES
from tlee_layout import needed_tensors

from .network import TLEE
from .settings import Settings
from .weights_reader import from_weights_file, is_weights_file


def tensor_of(layout, name, value, half):
    """half: as `convert.py --half` stores it."""
    check_of(name, value)
    numbers = np.concatenate([np.zeros(0, np.float32)]
                             + [np.frombuffer(piece, np.float32) for piece in layout.values(value)])
    tensor = torch.from_numpy(numbers).reshape(value.shape)
    return tensor.half().float() if half and tensor.dim() > 1 else tensor


def fill(model, layout, state, names, half):
    """Takes the named tensors, all that the network needs."""
    places = model.state_dict()
    with torch.no_grad():
        for name in names:
            wanted, found = tuple(places[name].shape), tuple(state[name].shape)
            if found != wanted:
                raise Fault("tensor %s has the shape %s, must have %s" % (name, found, wanted))
            places[name].copy_(tensor_of(layout, name, state[name], half))


def from_checkpoint(path, flags):
    """The model, and warnings."""
    with blaming(flags.config):
        given, warnings, _ = model_settings.read_settings(flags, flags.config)
    with blaming(path), open(path, "rb", opener=open_regular) as file:
        layout, state, _ = open_checkpoint(file)
        shapes = shapes_of(state)
        names, more = needed_tensors(given, shapes)
        settings = Settings.configured(given)
        if given.reuse == "ema":
            settings.beta = read_beta(layout, state)
        model = TLEE(settings, shapes)
        if not any(name.startswith("exit_selector.") for name in names):
            del model.exit_selector[:]
        fill(model, layout, state, names, flags.half)
    return model, warnings + more


def from_description(description):
    """random:BACKBONE[,KEY=VALUE...]"""
    with blaming(description):
        try:
            settings = Settings.parse(description)
            if settings.backbone not in BACKBONES:
                raise Fault("backbone '%s' is not known" % settings.backbone)
            return TLEE(settings).fill()
        except ValueError as error:
            raise Fault(str(error))


# --- The command line ---

def add_arguments(parser):
    parser.add_argument("model", metavar="CHECKPOINT",
                        help="file of torch.save, a weights file, or "
                        "random:BACKBONE[,KEY=VALUE...]")
    parser.add_argument("--config", metavar="YAML", help="the published configuration")
    parser.add_argument("--half", action="store_true",
                        help="round weights as convert.py --half does")
    model_settings.add_flags(parser.add_argument_group("settings"))


def from_arguments(flags):
    """The model, and warnings."""
    if flags.model.startswith("random:"):
        return from_description(flags.model), []
    if is_weights_file(flags.model):
        return from_weights_file(flags.model), []
    return from_checkpoint(flags.model, flags)
