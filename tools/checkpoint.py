# SPDX-License-Identifier: MIT
"""What a checkpoint of the published system holds, beyond the file layouts of torch.save."""
import math
import os
import stat

from fault import Fault, printable
from torch_file import open_layout
from torch_tensor import Tensor, check_convertible

PUBLISHED_BETA = 0.999
BETA = "feature_func.beta"
# What training leaves in a checkpoint beside the tensors.
UNUSED_ENTRIES = {"state_dict", "epoch", "optimizer", "best_prec1", "b"}


def open_regular(path, mode):
    """Opens without waiting for whoever might write into a pipe of that name."""
    descriptor = os.open(path, mode | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Fault("is no regular file")
    return descriptor


def state_of(content):
    """The checkpoint's state_dict without a leading `module.`; names of its unknown entries."""
    state = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(state, dict):
        raise Fault("holds no dict with a state_dict")
    stripped = {}
    for name, value in state.items():
        name = name[len("module."):] if name.startswith("module.") else name
        if name in stripped:
            raise Fault("tensor %s is there both with and without module." % printable(name, 80))
        stripped[name] = value
    return stripped, sorted(set(content) - UNUSED_ENTRIES)


def shapes_of(state):
    return {name: value.shape for name, value in state.items() if isinstance(value, Tensor)}


def check_of(name, tensor):
    try:
        check_convertible(tensor)
    except Fault as fault:
        raise Fault("tensor %s: %s" % (name, fault))


def read_beta(layout, state):
    """The number of the reuse function ema, the published one where the checkpoint has none."""
    if BETA not in state:
        return PUBLISHED_BETA
    value = state[BETA]
    if not isinstance(value, Tensor) or value.shape not in ((), (1,)):
        raise Fault("%s must be one number" % BETA)
    check_of(BETA, value)
    beta = next(layout.values(value))[0]
    if not math.isfinite(beta):
        raise Fault("tensor %s: holds %s, which is not finite" % (BETA, beta))
    return beta


def open_checkpoint(file):
    """The file's layout, its state_dict, and the names of unknown entries beside it."""
    layout = open_layout(file, os.fstat(file.fileno()).st_size)
    state, entries = state_of(layout.content)
    return layout, state, entries
