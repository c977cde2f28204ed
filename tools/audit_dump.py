# SPDX-License-Identifier: MIT
"""Reads what `tlee run --dump` wrote."""
import json
import os
import zlib

import numpy as np

from fault import Fault, blaming, shown

KEYS = ("frame", "settings", "picture", "input", "z_prev", "exits", "ops")
SETTINGS = ("gate", "mode", "first_threshold", "exit_threshold", "gate_threshold", "temperature",
            "fold")
OP_KEYS = ("number", "file", "name", "op", "part", "exit", "shape", "checksum")


class Dump:
    """index: index.json; arrays come as they are asked for."""

    def __init__(self, folder):
        self.folder = folder
        path = os.path.join(folder, "index.json")
        with blaming(path):
            with open(path, encoding="utf-8") as file:
                try:
                    self.index = json.load(file)
                except ValueError as error:
                    raise Fault("is no JSON: %s" % error)
            self.require(self.index, KEYS)
            for op in self.index["ops"]:
                self.require(op, OP_KEYS)
            for key in ("picture", "input") + ("z_prev",) * (self.index["frame"] > 0):
                self.require(self.index[key], ("file", "shape", "checksum"))
            self.require(self.index["settings"], SETTINGS)
        self.frame, self.settings = self.index["frame"], self.index["settings"]
        self.ops = self.index["ops"]

    @staticmethod
    def require(found, keys):
        missing = [key for key in keys if not isinstance(found, dict) or key not in found]
        if missing:
            raise Fault("has no '%s' where it must be" % missing[0])

    def array(self, entry):
        """The array of an entry of the index, which must be what the index says."""
        name = entry["file"]
        path = os.path.join(self.folder, name)
        with blaming(path):
            if os.path.basename(name) != name:
                raise Fault("is named with a folder in it")
            try:
                array = np.load(path, allow_pickle=False)
            except ValueError as error:
                raise Fault("is no .npy file: %s" % error)
            if list(array.shape) != entry["shape"]:
                raise Fault("has the shape %s, index.json says %s"
                            % (list(array.shape), entry["shape"]))
            found = "crc32:%08x" % zlib.crc32(array.tobytes())
            if found != entry["checksum"]:
                raise Fault("has the checksum %s, index.json says %s"
                            % (found, shown(entry["checksum"])))
        return array
