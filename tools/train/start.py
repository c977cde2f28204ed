# SPDX-License-Identifier: MIT
"""Networks to begin with: new ones, checkpoints of TLEE, and torchvision's pretrained weights.

Files are read as the converter reads them: nothing that they hold is run.
"""
import os
import re

import torch

from checkpoint import open_checkpoint, open_regular, read_beta, shapes_of
from fault import Fault, blaming, listed
from torch_file import open_layout
from torch_tensor import Tensor
from tlee_layout import written
from torch_tlee.load import tensor_of
from torch_tlee.network import TLEE

# Top-level children of torchvision's ResNets, which checkpoints name by number.
RESNET_CHILDREN = {name: str(number) for number, name in enumerate(
    ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"])}
TRUNK = ("backbone.baseModel.", "backbone.fc_layer.")
HEAD = ("classifiers.", "mlp.")
GATE = "exit_selector."


def make(settings):
    """A new network of PyTorch's usual initial weights."""
    try:
        model = TLEE(settings)
    except ValueError as error:
        raise Fault(str(error))
    for branch in model.backbone.branches:
        torch.nn.init.constant_(branch.alpha, 0.5)
    return model


def copy(model, found, source, names):
    """Takes the named tensors out of `found`; source(name) gives a tensor's values."""
    places = model.state_dict()
    with torch.no_grad():
        for name in names:
            if name not in found:
                raise Fault("tensor %s is missing: it is no checkpoint of %s"
                            % (name, model.settings.backbone))
            if tuple(found[name]) != tuple(places[name].shape):
                raise Fault("tensor %s has the shape %s, that of %s has %s: another backbone or "
                            "other widths" % (name, written(found[name]), model.settings.backbone,
                                              written(places[name].shape)))
            places[name].copy_(source(name))


def names_in(model, *prefixes):
    return [name for name in model.state_dict() if name.startswith(prefixes)
            and not name.endswith(".num_batches_tracked")]


def check_used_up(model, found):
    """A deeper network holds all tensors of a shallower one."""
    known = set(model.state_dict())
    left = sorted(name for name in found if name.startswith(TRUNK) and name not in known)
    if left:
        raise Fault("holds another backbone than %s: %s"
                    % (model.settings.backbone, listed(left, 1)))


def from_tlee(model, path, say):
    """Takes what a checkpoint of TLEE has of the network; heads that do not fit begin anew."""
    with blaming(path), open(path, "rb", opener=open_regular) as file:
        layout, state, _ = open_checkpoint(file)
        found, places = shapes_of(state), model.state_dict()

        def source(name):
            return tensor_of(layout, name, state[name], False)

        check_used_up(model, found)
        beta = model.settings.beta
        if model.settings.reuse == "ema" and abs(read_beta(layout, state) - beta) > 1e-6:
            say("warning: %s: was trained with --beta %g, not %g"
                % (path, read_beta(layout, state), beta))
        copy(model, found, source, names_in(model, *TRUNK))
        for kind in ("backbone.branches.", "mlp.", "classifiers.", GATE):
            names = names_in(model, kind)
            if all(tuple(found.get(name, (-1,))) == places[name].shape for name in names):
                copy(model, found, source, names)
            elif any(name.startswith(kind) for name in found):
                say("warning: %s: %s* does not fit and begins anew" % (path, kind))


def from_torchvision(model, path):
    """Takes torchvision's weights of the backbone, but not its classifier."""
    resnet = model.settings.backbone.startswith("resnet")

    def published(name):
        name = re.sub(r"^module\.", "", name)
        first, _, rest = name.partition(".")
        if resnet and first in RESNET_CHILDREN:
            return "%s%s.%s" % (TRUNK[0], RESNET_CHILDREN[first], rest)
        if not resnet and first == "features":
            return TRUNK[0] + rest
        if model.settings.backbone == "vgg16" and re.match(r"classifier\.[03]\.", name):
            return TRUNK[1] + rest
        return None

    with blaming(path), open(path, "rb", opener=open_regular) as file:
        layout = open_layout(file, os.fstat(file.fileno()).st_size)
        content = layout.content
        if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
            content = content["state_dict"]
        if not isinstance(content, dict):
            raise Fault("holds no dict of tensors")
        state = {published(name): value for name, value in content.items()
                 if isinstance(value, Tensor) and isinstance(name, str)}
        state.pop(None, None)
        found = {name: value.shape for name, value in state.items()}
        check_used_up(model, found)
        names = [name for name in names_in(model, *TRUNK)
                 if not name.startswith("backbone.fc_layer.5")]  # TLEE's own
        copy(model, found, lambda name: tensor_of(layout, name, state[name], False), names)


def carry_over(model, state):
    """What the network of the stage before has of this one."""
    places = model.state_dict()
    with torch.no_grad():
        for name, value in state.items():
            if name in places:
                places[name].copy_(value)
