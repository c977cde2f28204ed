# SPDX-License-Identifier: MIT
"""Which tensors of a checkpoint a configuration needs, and whether the two fit together.

Widths come from the tensors' shapes, the sides of the maps from the network's input side; all else
is fixed by the backbone's name and the settings.
"""
import re

from fault import Fault, listed
from tlee_backbones import BACKBONES
from torch_tensor import product

MAX_ELEMENTS = 1 << 30  # of a network: 4 GiB
BRANCHES = "backbone.branches."
GATE = "exit_selector.0."
# The layers by which each kind of gate is known.
GATE_LAYERS = {"gm": ("fc1", "fc2"), "eg": ("conv1", "conv2", "linear")}


def written(sizes):
    """(64, 3, 7, 7) as '64 x 3 x 7 x 7', None as 'any'."""
    return " x ".join("any" if size is None else str(size) for size in sizes) or "one number"


class Needs:
    """The tensors that are needed, in the order of asking; each is checked when it is asked for."""

    def __init__(self, shapes):
        self.shapes = shapes
        self.names = []
        self.elements = 0

    def tensor(self, name, *wanted):
        """Shape of the named tensor, which must be `wanted`; None stands for any size above 0."""
        shape = self.shapes.get(name)
        if shape is None:
            raise Fault("tensor %s is missing" % name)
        fits = len(shape) == len(wanted) and all(
            size == want if want is not None else size > 0 for size, want in zip(shape, wanted))
        if not fits:
            raise Fault("tensor %s has the shape %s, must have %s"
                        % (name, written(shape), written(wanted)))
        self.names.append(name)
        self.elements += product(shape)
        if self.elements > MAX_ELEMENTS:
            raise Fault("tensor %s: the network is larger than %d elements" % (name, MAX_ELEMENTS))
        return shape

    def convolution(self, name, inputs, kernel, outputs=None, bias=False):
        """A square convolution; its number of output channels."""
        outputs = self.tensor(name + ".weight", outputs, inputs, kernel, kernel)[0]
        if bias:
            self.tensor(name + ".bias", outputs)
        return outputs

    def linear(self, name, inputs, outputs=None):
        outputs = self.tensor(name + ".weight", outputs, inputs)[0]
        self.tensor(name + ".bias", outputs)
        return outputs

    def batch_norm(self, name, width):
        for part in ("weight", "bias", "running_mean", "running_var"):
            self.tensor("%s.%s" % (name, part), width)


# --- Heads ---

def branch(needs, index, cut, feature, settings):
    """Mixed pooling to a grid, 1x1 convolutions, and a linear layer to the feature's length."""
    channels, side = cut
    name = "%s%d" % (BRANCHES, index)
    grid = side // 4
    if grid == 0:
        raise Fault("%s: its map of %d x %d is smaller than 4 x 4; %s is %d"
                    % (name, side, side, settings.place("crop"), settings.crop))
    needs.tensor(name + ".alpha", 1)
    width = channels
    for i in range(settings.crm):
        layer = "%s.crm.conv%d" % (name, i)
        wanted = channels >> (settings.branch_scale + i)
        if wanted == 0:
            raise Fault("%s would have no channels: %d div 2^%d, with %s %d" % (
                layer, channels, settings.branch_scale + i, settings.place("branch_scale"),
                settings.branch_scale))
        stored = needs.shapes.get(layer + ".weight", (wanted,))[:1]
        if stored != (wanted,):
            raise Fault("%s has %s channels in the checkpoint, but with %s %d it must have %d" % (
                layer, written(stored), settings.place("branch_scale"), settings.branch_scale,
                wanted))
        width = needs.convolution(layer, width, 1, wanted, bias=True)
    needs.linear(name + ".fc1", grid * grid * width, feature)


def gate(needs, settings, feature):
    """A warning when the checkpoint has no gate, else None."""
    if settings.gate == "random":
        return None
    wanted = GATE_LAYERS[settings.gate]
    kinds = [kind for kind, layers in sorted(GATE_LAYERS.items())
             if any(GATE + layer + ".weight" in needs.shapes for layer in layers)]
    if not kinds:
        return ("the checkpoint has no gate (it was saved before gate training), but %s is %s: "
                "convert another checkpoint, or run the model with --gate none"
                % (settings.place("gate"), settings.gate))
    if settings.gate not in kinds:
        raise Fault("%s is %s, but the checkpoint holds a gate of kind %s"
                    % (settings.place("gate"), settings.gate, kinds[0]))
    if settings.gate == "gm":
        hidden = needs.linear(GATE + wanted[0], feature)
        needs.linear(GATE + wanted[1], 2 * hidden, 1)
    else:
        hidden = needs.convolution(GATE + wanted[0], feature, 1, bias=True)
        hidden = needs.convolution(GATE + wanted[1], hidden, 1, bias=True)
        needs.linear(GATE + wanted[2], 2 * hidden, 1)
    return None


# --- The whole network ---

def indices(shapes, pattern):
    """The numbers that the pattern's first group finds in the tensors' names."""
    found = (re.match(pattern, name) for name in shapes)
    return sorted({int(match.group(1)) for match in found if match})


def check_counts(settings, shapes):
    """Settings that say how many of something there are, against the tensors' names."""
    stored = len(indices(shapes, re.escape(BRANCHES) + r"(\d{1,9})\."))
    if stored != settings.branches:
        raise Fault("%s is %d, but the checkpoint has %d branches"
                    % (settings.place("branches"), settings.branches, stored))
    for index in range(settings.branches):
        name = "%s%d" % (BRANCHES, index)
        stored = len(indices(shapes, re.escape(name) + r"\.crm\.conv(\d{1,9})\."))
        if stored != settings.crm:
            raise Fault("%s is %d, but %s has %d convolutions in the checkpoint"
                        % (settings.place("crm"), settings.crm, name, stored))
    classes = shapes.get("classifiers.0.weight", (settings.classes,))[:1]
    if classes != (settings.classes,):
        raise Fault("%s is %d, but the checkpoint's classifiers.0.weight has %s classes"
                    % (settings.place("classes"), settings.classes, written(classes)))
    mlp = sorted(name for name in shapes if name.startswith("mlp."))
    if mlp and settings.dataset != "ucf101":
        raise Fault("%s is %s, which has no feature MLP, but the checkpoint has %s"
                    % (settings.place("dataset"), settings.dataset, listed(mlp, 1)))


def check_backbone_used_up(settings, needs):
    """A deeper network holds all tensors of a shallower one: what is left over tells them apart."""
    left = sorted(set(needs.shapes) - set(needs.names))
    left = [name for name in left if name.startswith(("backbone.baseModel.", "backbone.fc_layer."))
            and not name.endswith(".num_batches_tracked")]
    if left:
        raise Fault("%s is %s, which has no tensor %s: the checkpoint holds another backbone"
                    % (settings.place("backbone"), settings.backbone, listed(left, 1)))


def needed_tensors(settings, shapes):
    """Names of the tensors that the network needs, and warnings.

    shapes: by name, without `module.`, the shape of every tensor in the checkpoint.
    """
    check_counts(settings, shapes)
    needs = Needs(shapes)
    trunk = BACKBONES[settings.backbone](needs, settings.crop)
    check_backbone_used_up(settings, needs)
    if settings.output_dim is not None and settings.output_dim != trunk.feature:
        raise Fault("%s is %d, but the checkpoint's backbone ends in %d values"
                    % (settings.place("output_dim"), settings.output_dim, trunk.feature))
    used_cuts = trunk.cuts[len(trunk.cuts) - settings.branches:]
    for index, cut in enumerate(used_cuts):
        branch(needs, index, cut, trunk.feature, settings)
    feature = trunk.feature
    if settings.dataset == "ucf101":
        feature = needs.linear("mlp.layers.0", feature)
        needs.batch_norm("mlp.layers.1", feature)
    needs.linear("classifiers.0", feature, settings.classes)
    warning = gate(needs, settings, feature) if settings.branches else None
    return needs.names, [warning] if warning else []
