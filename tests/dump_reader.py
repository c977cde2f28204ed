# SPDX-License-Identifier: MIT
"""Reads what tlee run --dump wrote, and checks that the index says what is in the files."""
import ast
import json
import math
import os
import re
import struct
import zlib

from cli_tool import check

ROW_KEYS = ["number", "file", "name", "op", "part", "exit", "shape", "min", "max", "mean",
            "checksum"]
KEYS = ["tlee", "model", "fingerprint", "video", "frame", "source_frame", "settings", "picture",
        "input", "z_prev", "exits", "ops"]


def float32(number):
    """The float that a number in JSON stands for."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


class Array:
    """A .npy file: type, shape, values and the checksum of its data."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        check(data[:8] == b"\x93NUMPY\x01\x00", path, "begins with", data[:8])
        start = 10 + struct.unpack("<H", data[8:10])[0]
        check(start % 64 == 0 and data[start - 1:start] == b"\n", path, "header of", start)
        header = ast.literal_eval(data[10:start].decode("ascii"))
        self.type, self.shape = header["descr"], list(header["shape"])
        check(header["fortran_order"] is False and len(header) == 3, path, header)
        body = data[start:]
        size = {"<f4": 4, "|u1": 1}[self.type]
        check(len(body) == size * math.prod(self.shape), path, "has", len(body), "bytes of data")
        self.checksum = "crc32:%08x" % zlib.crc32(body)
        self.values = (list(body) if size == 1 else
                       struct.unpack("<%df" % math.prod(self.shape), body))


class Dump:
    """A dump, each of its files looked at."""

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
            self.index = json.load(file)
        check(list(self.index) == KEYS, "keys of the index:", list(self.index))
        self.ops, self.files = self.index["ops"], {"index.json"}
        self.arrays = [self.op(number, row) for number, row in enumerate(self.ops)]
        self.picture, self.input, self.z_prev = (
            self.load(self.index[key]) for key in ("picture", "input", "z_prev"))
        check(set(os.listdir(folder)) == self.files, "files of", folder, os.listdir(folder))

    def load(self, row):
        if row is None:
            return None
        array = Array(os.path.join(self.folder, row["file"]))
        self.files.add(row["file"])
        check(array.shape == row["shape"] and array.checksum == row["checksum"], row)
        return array

    def op(self, number, row):
        array = self.load(row)
        check(list(row) == ROW_KEYS and row["number"] == number and array.type == "<f4"
              and re.fullmatch(r"%04d-exit%d-[A-Za-z0-9._+]+\.npy" % (number, row["exit"]),
                               row["file"]), row)
        check((float32(row["min"]), float32(row["max"])) == (min(array.values), max(array.values)),
              "range of", row)
        mean = math.fsum(array.values) / len(array.values)
        check(abs(mean - row["mean"]) <= 1e-9 * max(abs(row["min"]), abs(row["max"])), row, mean)
        return array

    def named(self, name):
        """(exit, op, array) of each execution."""
        return [(row["exit"], row["op"], array) for row, array in zip(self.ops, self.arrays)
                if row["name"] == name]

    def names(self):
        return [row["name"] for row in self.ops]
