# SPDX-License-Identifier: MIT
"""Networks of the published form with other widths."""
from torch import nn

KINDS = (nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d)


def resized(module, shape):
    """A fresh layer like `module` whose weight has that shape; None where it is like that."""
    if tuple(shape) == tuple(module.weight.shape):
        return None
    if isinstance(module, nn.Linear):
        return nn.Linear(shape[1], shape[0])
    if not isinstance(module, nn.Conv2d):
        return type(module)(shape[0], module.eps, module.momentum)
    groups = 1 if module.groups == 1 else shape[0]  # one filter a channel, as published
    return nn.Conv2d(shape[1] * groups, shape[0], module.kernel_size, module.stride,
                     module.padding, module.dilation, groups, module.bias is not None)


def replace(root, shape_of):
    """Gives each layer the weight's shape that shape_of(name, module) says."""
    for name, module in list(root.named_modules()):
        layer = resized(module, shape_of(name, module)) if isinstance(module, KINDS) else None
        if layer is not None:
            above, _, own = name.rpartition(".")
            setattr(root.get_submodule(above), own, layer.train(module.training))
    return root


def fit(root, shapes, prefix):
    """Takes the widths of the tensors in `shapes`, by name; what it does not name stays."""
    return replace(root, lambda name, module: shapes.get(
        "%s%s.weight" % (prefix, name), module.weight.shape))


def scale(root, factor):
    """Multiplies all widths but that of the picture."""
    def shape_of(_, module):
        shape = list(module.weight.shape)
        one_input = isinstance(module, nn.Conv2d) and (module.groups > 1 or shape[1] == 3)
        for axis in range(min(len(shape), 1 if one_input else 2)):
            shape[axis] = max(1, round(shape[axis] * factor))
        return shape

    return root if factor == 1 else replace(root, shape_of)
