# SPDX-License-Identifier: MIT
"""What PyTorch's modules compute of a frame, and which of it an op of the engine must equal.

An op's counterpart is
- the output of the module of that name. A module that runs several times (a block's ReLU, the
  arms of a gate) is told apart by the exit on the way to which it runs, and within it by the order;
- where PyTorch has no module for it, the value that the modules around it give away: FUNCTIONAL;
- with folded batch-norm, residual and activation, the output of the last layer that went into it.

Every module must have been claimed so by an op: those without children, and those with parameters
of their own. IDENTITIES and NEVER_RUN are all the exceptions there are.
"""
import collections

import torch
from torch import nn
from torchvision.models.efficientnet import MBConv
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.ops import StochasticDepth

from torch_tlee.network import Reuse

# Modules that hand on what they get, which is checked; the engine has no op for them.
IDENTITIES = {
    nn.Dropout: "inactive in evaluation",
    StochasticDepth: "inactive in evaluation",
    nn.Identity: "no feature MLP",
    nn.AdaptiveAvgPool2d: "the map has that size already",
    nn.Sequential: "a channel reduction of no layers",
    Reuse: "reuse none, frm and na leave the feature as it is",
}
# Modules that no frame ever runs.
NEVER_RUN = {
    "exit_selector.0.bn1": "the published gate skips its batch-norm at batch 1",
    "exit_selector.0.bn2": "the published gate skips its batch-norm at batch 1",
}
RESIDUAL_BLOCKS = (BasicBlock, Bottleneck, InvertedResidual, MBConv)
ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.SiLU, nn.Sigmoid)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)

# name: of the module; exit: on the way to which; nth: of the calls of that name on that way.
Call = collections.namedtuple("Call", "name exit nth module input output")


def is_unit(module):
    """A module that an op must claim."""
    return not list(module.children()) or bool(list(module.parameters(recurse=False)))


class Recorder:
    """Keeps each call of a module, in the order in which the modules end. `exit` is for the caller
    to set, as the frame goes on."""

    def __init__(self, model):
        self.exit, self.calls, self.inputs = None, [], []
        self.counts = collections.Counter()
        self.modules = {name: module for name, module in model.named_modules() if name
                        and not isinstance(module, nn.ModuleList)}
        for name, module in self.modules.items():
            module.register_forward_pre_hook(self.begin)
            module.register_forward_hook(self.end(name))

    def begin(self, module, inputs):
        # A copy: a ReLU in place changes what it gets, an addition in place what it got before.
        self.inputs.append(inputs[0].clone())

    def end(self, name):
        def hook(module, _, output):
            key = name, self.exit
            self.calls.append(Call(name, self.exit, self.counts[key], module, self.inputs.pop(),
                                   output.clone()))
            self.counts[key] += 1
        return hook

    def find(self, name, exit, nth=0):
        """Index of a call; None where there was none."""
        for index, call in enumerate(self.calls):
            if (call.name, call.exit, call.nth) == (name, exit, nth):
                return index
        return None


class Counterparts:
    """Finds what ops must equal, and keeps account of the calls that they claim."""

    def __init__(self, recorder, folded):
        self.recorder, self.calls, self.folded = recorder, recorder.calls, folded
        self.claimed = set()
        self.excused = collections.defaultdict(set)  # by the reason, names of modules
        self.uses = collections.Counter()

    def of(self, op):
        """The tensor, without the axis of the batch; None where there is none."""
        value = self.functional(op)
        if value is None:
            value = self.of_module(op)
        return None if value is None else value[0]

    # --- Ops that PyTorch has no module for ---

    def functional(self, op):
        name, exit = op["name"], op["exit"]
        if name.endswith(".add"):
            return self.sum_of(name[:-len(".add")], exit)
        if op["op"] == "mixed_pool":
            self.claim(self.recorder.find(name, exit))
            return self.look("input", name + ".crm", exit)
        if op["part"] == "exit":
            return self.look("input", "classifiers.0", exit)
        if name.endswith(".softmax"):
            logits = self.look("output", name[:-len(".softmax")], exit)
            return None if logits is None else torch.softmax(logits, 1)
        if name.endswith(".sigmoid"):
            logit = self.look("output", name[:-len(".sigmoid")], exit)
            return None if logit is None else torch.sigmoid(logit)
        return None

    def look(self, side, name, exit, nth=0):
        index = self.recorder.find(name, exit, nth)
        return None if index is None else getattr(self.calls[index], side)

    def sum_of(self, block, exit):
        """A residual block's sum: what its last ReLU gets, or, without one, what it gives."""
        if isinstance(self.recorder.modules.get(block), (BasicBlock, Bottleneck)):
            relu = block + ".relu"
            return self.look("input", relu, exit, self.recorder.counts[relu, exit] - 1)
        return self.look("output", block, exit)

    # --- Ops that are modules ---

    def of_module(self, op):
        name = op["name"].split("+")[-1]  # of two merged layers the second one leaves the result
        use = name, op["exit"]
        index = self.recorder.find(*use, nth=self.uses[use])
        if index is None:
            return None
        self.uses[use] += 1
        self.claim(index)
        last = self.last_of_folded(op["op"].split("+"), index)
        return None if last is None else self.calls[last].output

    def claim(self, index):
        if index is not None:
            self.claimed.add(index)

    def last_of_folded(self, parts, index):
        """Index of the last call whose work the op does, when its own layer's is at `index`."""
        if not self.folded or parts[0] not in ("conv2d", "linear"):
            return index
        if index + 1 < len(self.calls) and isinstance(self.calls[index + 1].module, NORMS):
            index += 1
        if parts[-1] == "add":
            return self.next_of(RESIDUAL_BLOCKS, index)
        return index if len(parts) == 1 else self.next_of(ACTIVATIONS, index)

    def next_of(self, kinds, index):
        """None when no such module ran."""
        for later in range(index, len(self.calls)):
            if isinstance(self.calls[later].module, kinds):
                return later
        return None

    # --- Modules without an op ---

    def unclaimed(self):
        """Calls that an op should have claimed; those that need none are added to `excused`."""
        missing = []
        for index, call in enumerate(self.calls):
            if index in self.claimed or not is_unit(call.module):
                continue
            reason = IDENTITIES.get(type(call.module))
            if reason and torch.equal(call.input, call.output):
                self.excused[reason].add(call.name)
            else:
                missing.append(call)
        return missing

    def not_run(self):
        """Names of modules that this frame did not run, though another might; those that no frame
        runs are added to `excused`."""
        beyond = []
        ran = {call.name for call in self.calls}
        for name, module in self.recorder.modules.items():
            if name in ran or not is_unit(module):
                continue
            if name in NEVER_RUN:
                self.excused[NEVER_RUN[name]].add(name)
            elif isinstance(module, StochasticDepth):  # of a block without a residual
                self.excused[IDENTITIES[StochasticDepth]].add(name)
            else:
                beyond.append(name)
        return beyond
