# SPDX-License-Identifier: MIT
"""Tensors by formula, as weights/FORMAT.md ("Weights by formula") states it."""
import math

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
# (does the row fit this name and shape, centre, spread): the table of FORMAT.md, first fit decides.
ROWS = [
    (lambda name, shape: name.endswith(".running_mean"), 0.0, 0.1),
    (lambda name, shape: name.endswith(".running_var"), 1.0, 0.4),
    (lambda name, shape: name.endswith(".alpha"), 0.5, 0.3),
    (lambda name, shape: name.endswith(".bias"), 0.0, 0.1),
    (lambda name, shape: name.endswith((".bn2.weight", ".bn3.weight")), 0.4, 0.2),
    (lambda name, shape: name.endswith(".block.3.1.weight"), 1.3, 0.3),
    (lambda name, shape: len(shape) == 1, 0.9, 0.3),
    (lambda name, shape: name.startswith("classifiers."), 0.0, lambda fan: math.sqrt(4 / fan)),
    (lambda name, shape: name.startswith("exit_selector."), 0.0, lambda fan: math.sqrt(0.5 / fan)),
    (lambda name, shape: True, 0.0, lambda fan: math.sqrt(6 / fan)),
]


def mix(value):
    """A bijection on 64-bit integers that scatters neighbours."""
    with np.errstate(over="ignore"):
        value = np.uint64(value) + GOLDEN
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return value ^ (value >> np.uint64(31))


def tensor(name, shape, seed):
    """The tensor of that published name, float32."""
    shape = tuple(shape)
    fnv = 0xCBF29CE484222325
    for byte in name.encode():
        fnv = (fnv ^ byte) * 0x100000001B3 % 2**64
    key = mix(np.uint64(fnv) ^ mix(np.uint64(seed)))
    with np.errstate(over="ignore"):
        hashed = mix(key + np.arange(math.prod(shape), dtype=np.uint64))
    uniform = ((hashed >> np.uint64(40)).astype(np.float64) - 2.0**23) / 2.0**23
    centre, spread = next(row[1:] for row in ROWS if row[0](name, shape))
    if callable(spread):
        spread = spread(math.prod(shape[1:]))
    return (centre + spread * uniform).astype(np.float32).reshape(shape)
