#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Weights by formula: the engine's values against the formula and the table of weights/FORMAT.md,
worked out here, bit for bit. The table is read from the document, so neither can drift."""
import math
import os
import re
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MASK = 2**64 - 1

CASES = [
    (0, "backbone.baseModel.0.weight", (64, 3, 7, 7)),
    (0, "backbone.baseModel.4.0.bn1.weight", (64,)),
    (0, "backbone.baseModel.4.0.bn2.weight", (64,)),
    (1, "backbone.baseModel.4.0.bn3.weight", (256,)),
    (2, "backbone.baseModel.4.0.bn1.bias", (64,)),
    (3, "backbone.baseModel.4.0.bn2.bias", (64,)),
    (3, "backbone.baseModel.1.running_mean", (33,)),
    (4, "backbone.baseModel.1.running_var", (33,)),
    (5, "backbone.branches.0.alpha", (1,)),
    (6, "backbone.branches.2.crm.conv0.weight", (32, 256, 1, 1)),
    (7, "classifiers.0.weight", (101, 37)),
    (8, "classifiers.0.bias", (101,)),
    (9, "exit_selector.0.fc1.weight", (32, 111)),
    (9, "exit_selector.0.bn2.weight", (64,)),
    (10, "exit_selector.0.fc2.bias", (1,)),
    (2**64 - 1, "mlp.layers.0.weight", (5, 2048)),
    (2**63, "mlp.layers.1.weight", (4096,)),
    # The first row that fits decides, whatever else would.
    (11, "classifiers.0.running_var", (4, 9)),
    (11, "classifiers.0.bias", (4, 9)),
    (11, "classifiers.0.gain", (19,)),
    (11, "x.alpha", (2, 3)),
    (11, "bias", (2, 3)),
    (11, "my.classifiers.weight", (2, 3)),
    (11, "classifiers", (2, 3)),
    # Any rank, any name.
    (12, "feature_func.beta", ()),
    (12, "a", (1, 2, 1, 3, 1, 2, 1, 2)),
    (12, "", (3, 5)),
    (12, "\u03b2.weight", (7, 11)),
]


def read_rows():
    """[(does the row fit this name and shape, centre, spread or the gain under the root)]."""
    with open(os.path.join(HERE, "..", "weights", "FORMAT.md"), encoding="utf-8") as file:
        text = file.read()
    table = text[text.index("| name | centre | spread |"):].split("\n\n")[0].split("\n")[2:]
    rows = []
    for line in table:
        what, centre, spread = [cell.strip() for cell in line.strip("|").split("|")]
        words = tuple(re.findall(r"`([^`]+)`", what))
        kind = what.split()[0]
        fits = {
            "ends": lambda name, shape, words=words: name.endswith(words),
            "begins": lambda name, shape, words=words: name.startswith(words),
            "one": lambda name, shape: len(shape) == 1,
            "all": lambda name, shape: True,
        }[kind]
        root = re.match(r"sqrt\(([0-9.]+) / fan\)$", spread)
        rows.append((fits, float(centre), None if root else float(spread),
                     float(root.group(1)) if root else None))
    return rows


def mix(value):
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)


def expected(rows, seed, name, shape):
    """The values as a list of 8 hexadecimal digits each."""
    hashed = 0xCBF29CE484222325
    for byte in name.encode():
        hashed = (hashed ^ byte) * 0x100000001B3 & MASK
    key = mix(hashed ^ mix(seed))
    _, centre, spread, gain = next(row for row in rows if row[0](name, shape))
    if spread is None:
        spread = math.sqrt(gain / float(product(shape[1:])))
    values = []
    for i in range(product(shape)):
        s = ((mix(key + i & MASK) >> 40) - 2**23) / 2**23
        values.append("%08x" % struct.unpack("<I", struct.pack("<f", centre + spread * s)))
    return values


def product(numbers):
    result = 1
    for number in numbers:
        result *= number
    return result


def main():
    runner = os.environ["TLEE"].split()[:-1]
    program = os.path.join(os.environ["TLEE_BUILD"], "tests", "test_weights")
    rows = read_rows()
    passed = failed = 0
    for seed, name, shape in CASES:
        command = runner + [program, "random", str(seed), name] + [str(n) for n in shape]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        got = done.stdout.decode("utf-8", "replace").split()
        wanted = expected(rows, seed, name, shape)
        if done.returncode == 0 and got == wanted:
            passed += 1
            continue
        failed += 1
        index = next((i for i, pair in enumerate(zip(got, wanted)) if pair[0] != pair[1]), 0)
        print("seed %d, %s, %s: status %d, %d values for %d; value %d is %s, must be %s" % (
            seed, name, shape, done.returncode, len(got), len(wanted), index,
            " ".join(got[index:index + 1]), wanted[index]))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
