# SPDX-License-Identifier: MIT
"""Reads weights files, version 1, as weights/FORMAT.md describes them: a second opinion on them."""
import os
import struct
import zlib

import numpy as np
import torch

from fault import Fault, blaming, shown
from weights_file import (F16, F32, F64, HEADER, HEADER_CRC_OFFSET, I64, MAGIC, METADATA, TENSOR,
                          TEXT, VERSION)

from .network import TLEE
from .settings import Settings

MAX_BYTES = 1 << 32
NUMPY_TYPES = {F32: "<f4", F16: "<f2"}
# Attributes of Settings by the file's keys, of one value and of several.
SINGLE = {"backbone": "backbone", "dataset": "dataset", "classes": "classes",
          "branches": "branches", "branch_scale": "scale", "crm": "crm", "mode": "mode",
          "frames": "frames", "reuse": "reuse", "ema_beta": "beta", "gate": "gate",
          "resize": "resize", "crop": "input", "first_threshold": "first",
          "exit_threshold": "exit", "gate_threshold": "gate_threshold"}
SEVERAL = {"order": "order", "mean": "mean", "std": "std", "first_thresholds": "first",
           "exit_thresholds": "exit", "gate_thresholds": "gate_threshold",
           "temperatures": "temperature"}
NEEDED = ("backbone", "dataset", "classes", "branches", "mode", "frames", "reuse", "resize", "crop",
          "mean", "std")


class Cursor:
    """Takes piece after piece of a section."""

    def __init__(self, data):
        self.data, self.place = data, 0

    def bytes(self, count):
        self.place += count
        if self.place > len(self.data):
            raise Fault("damaged: a section ends within an entry")
        return self.data[self.place - count:self.place]

    def unpack(self, layout):
        return layout.unpack(self.bytes(layout.size))

    def check_end(self):
        if self.place != len(self.data):
            raise Fault("damaged: a section has bytes behind its last entry")


def values_of(cursor, kind, count):
    if kind == TEXT:
        return [cursor.bytes(*cursor.unpack(struct.Struct("<I"))).decode("utf-8")
                for _ in range(count)]
    if kind not in (I64, F64):
        raise Fault("metadata of the unknown type %d" % kind)
    return list(cursor.unpack(struct.Struct("<%d%s" % (count, "q" if kind == I64 else "d"))))


def read_metadata(cursor, count):
    """key: (required, values)"""
    found = {}
    for _ in range(count):
        kind, flags, key_bytes, values = cursor.unpack(METADATA)
        key = cursor.bytes(key_bytes).decode("ascii")
        found[key] = (bool(flags & 1), values_of(cursor, kind, values))
    cursor.check_end()
    return found


def read_tensor(cursor, data):
    """Name and values, as float32 (halves widened), of an entry of the table."""
    name_bytes, dtype, ndim, layout, offset, size, crc, _ = cursor.unpack(TENSOR)
    shape = cursor.unpack(struct.Struct("<%dQ" % ndim))
    name = cursor.bytes(name_bytes).decode("utf-8")
    content = data[offset:offset + size]
    if layout:
        raise Fault("tensor %s is prepared for one instruction set: take the file that it was "
                    "made from" % name)
    if dtype not in NUMPY_TYPES or zlib.crc32(content) != crc:
        raise Fault("tensor %s is damaged" % name)
    numbers = np.frombuffer(content, NUMPY_TYPES[dtype]).astype(np.float32)
    return name, torch.from_numpy(numbers).reshape(shape)


def read(path):
    """Metadata, as read_metadata gives it, and the tensors by name."""
    with blaming(path):
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES)
        try:
            return parse(data)
        except (struct.error, ValueError, TypeError, OverflowError, RuntimeError) as error:
            raise Fault("damaged: %s" % error)


def parse(data):
    if len(data) < HEADER.size or not data.startswith(MAGIC):
        raise Fault("is no weights file")
    (_, version, checksum, header_bytes, file_bytes, keys, tensors, metadata_bytes, table_bytes,
     _) = HEADER.unpack(data[:HEADER.size])
    after = HEADER_CRC_OFFSET + 4
    if version != VERSION:
        raise Fault("is a weights file of version %d, must be %d" % (version, VERSION))
    header = data[:HEADER_CRC_OFFSET] + bytes(4) + data[after:header_bytes]
    if file_bytes != len(data) or zlib.crc32(header) != checksum:
        raise Fault("is damaged or cut short")
    begin = HEADER.size + metadata_bytes
    metadata = read_metadata(Cursor(data[HEADER.size:begin]), keys)
    table = Cursor(data[begin:begin + table_bytes])
    found = dict(read_tensor(table, data) for _ in range(tensors))
    table.check_end()
    return metadata, found


def settings_of(metadata):
    """How the model decides; thresholds of each exit come before the one for all."""
    missing = [key for key in NEEDED if key not in metadata]
    if missing:
        raise Fault("has no %s" % missing[0])
    values = {}
    for key, (required, given) in metadata.items():
        if key in SINGLE:
            values.setdefault(SINGLE[key], given[0])
        elif required and key not in SEVERAL:
            raise Fault("needs to be read by what knows the key %s" % shown(key))
    for key in SEVERAL:
        if key in metadata:
            values[SEVERAL[key]] = metadata[key][1]
    return Settings(**values)


def is_weights_file(path):
    if not os.path.isfile(path):
        return False
    with blaming(path), open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def from_weights_file(path):
    """The model that the file holds, with the values that it holds: halves are halves."""
    metadata, tensors = read(path)
    with blaming(path):
        try:
            model = TLEE(settings_of(metadata), {name: tuple(value.shape)
                                                 for name, value in tensors.items()})
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise Fault("is no model: %s" % error)
        if not model.settings.branches:
            del model.exit_selector[:]
        places = model.state_dict()
        wanted = {name for name in places if not name.endswith(".num_batches_tracked")}
        if model.settings.gate == "eg":  # has a batch-norm that is not in use
            wanted -= {name for name in wanted if name.startswith("exit_selector.0.bn")}
        for name in sorted(wanted ^ set(tensors)):
            raise Fault("tensor %s is %s" % (name, "missing" if name in wanted else "unknown"))
        with torch.no_grad():
            for name, value in tensors.items():
                if value.shape != places[name].shape:
                    raise Fault("tensor %s has the shape %s, must have %s" % (
                        name, tuple(value.shape), tuple(places[name].shape)))
                places[name].copy_(value)
    return model
