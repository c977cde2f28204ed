# SPDX-License-Identifier: MIT
"""Reads what `tlee run --dump` wrote, which may be any file by now."""
import json
import os
import stat
import zlib

import numpy as np

from checkpoint import open_regular
from fault import Fault, blaming, printable, shown

MOST = 10**9  # of any whole number in an index


# ---- What values must be ----

def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def is_text(value):
    return isinstance(value, str) and value.isprintable()


def is_shape(value):
    return isinstance(value, list) and 0 < len(value) <= 3 and all(map(is_count, value))


def is_rows(value):
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def is_numbers(value):
    """One for each exit; null where nothing is decided."""
    return isinstance(value, list) and all(
        number is None or isinstance(number, (int, float)) and abs(number) <= MOST
        for number in value)


ARRAY = {"file": is_text, "shape": is_shape, "checksum": is_text}
OP = dict(ARRAY, number=is_count, name=is_text, op=is_text, part=is_text, exit=is_count)
INDEX = {"frame": is_count, "settings": lambda value: isinstance(value, dict),
         "picture": lambda value: True, "input": lambda value: True, "z_prev": lambda value: True,
         "exits": is_rows, "ops": is_rows}
SETTINGS = {"gate": is_text, "mode": lambda value: value in ("ts", "t", "full"),
            "branches": is_count, "first_threshold": is_numbers, "exit_threshold": is_numbers,
            "gate_threshold": is_numbers, "temperature": is_numbers,
            "fold": lambda value: isinstance(value, bool)}


def require(found, kinds):
    for key, is_right in kinds.items():
        if not isinstance(found, dict) or key not in found:
            raise Fault("has no '%s' where it must be" % key)
        if not is_right(found[key]):
            raise Fault("has %s as '%s', which cannot be" % (shown(found[key]), key))


# ---- The folder ----

class Dump:
    """index: index.json; arrays come as they are asked for."""

    def __init__(self, folder):
        self.folder = folder
        path = os.path.join(folder, "index.json")
        with blaming(path):
            with open(path, encoding="utf-8", opener=open_regular) as file:
                try:
                    self.index = json.load(file)
                except (ValueError, RecursionError) as error:
                    raise Fault("is no JSON: %s" % error)
            require(self.index, INDEX)
            for op in self.index["ops"]:
                require(op, OP)
            for row in self.index["exits"]:
                require(row, {"exit": is_count})
            for key in ("picture", "input") + ("z_prev",) * (self.index["frame"] > 0):
                require(self.index[key], ARRAY)
            self.settings = self.index["settings"]
            require(self.settings, SETTINGS)
            for key, is_right in SETTINGS.items():
                if is_right is is_numbers and len(self.settings[key]) <= self.settings["branches"]:
                    raise Fault("has too few numbers as '%s'" % key)
        self.frame, self.ops = self.index["frame"], self.index["ops"]

    def array(self, entry, kind="<f4"):
        """The array of an entry of the index, which must be what the index says."""
        name = entry["file"]
        path = os.path.join(self.folder, name)
        with blaming(path):
            if os.path.basename(name) != name:
                raise Fault("is named with a folder in it")
            array = read_array(path)
            if list(array.shape) != entry["shape"]:
                raise Fault("has the shape %s, index.json says %s"
                            % (list(array.shape), entry["shape"]))
            if array.dtype != np.dtype(kind):
                raise Fault("has numbers of type %s, must have %s" % (array.dtype.str, kind))
            found = "crc32:%08x" % zlib.crc32(array.tobytes())
            if found != entry["checksum"]:
                raise Fault("has the checksum %s, index.json says %s"
                            % (found, shown(entry["checksum"])))
        return array


def read_array(path):
    """By a map first, as a header may promise more than there is."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise Fault("is not a regular file")
    try:
        return np.array(np.lib.format.open_memmap(path, mode="r"))
    except OSError:
        raise
    except Exception as error:  # NumPy's parser of headers raises what Python's does
        raise Fault("is no .npy file: %s" % printable(str(error), 200))
