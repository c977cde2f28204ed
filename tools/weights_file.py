# SPDX-License-Identifier: MIT
"""Writes weights files, version 1, as weights/FORMAT.md describes them."""
import array
import collections
import math
import os
import secrets
import struct
import sys
import zlib

from fault import Fault, shown

MAGIC = b"\x89TLEE\r\n\x1a"
VERSION = 1
ALIGNMENT = 64
HEADER = struct.Struct("<8sIIQQIIQQQ")
HEADER_CRC_OFFSET = 12
TENSOR = struct.Struct("<HBBIQQII")
METADATA = struct.Struct("<BBHI")
I64, F64, TEXT = 1, 2, 3
F32, F16 = 1, 2
ELEMENT_BYTES = {F32: 4, F16: 2}

# pieces: a function that gives the tensor's data as an iterable of bytes.
Tensor = collections.namedtuple("Tensor", "name dtype shape pieces")


def rounded_up(count):
    return -(-count // ALIGNMENT) * ALIGNMENT


def encode(values, dtype):
    """An array of float32 as bytes of the file; a value that the file cannot hold is a Fault."""
    # In double precision no sum of float32 overflows: it is finite exactly if all of them are.
    if not math.isfinite(sum(values)):
        bad = next(value for value in values if not math.isfinite(value))
        raise Fault("holds %s, which is not finite" % shown(bad))
    if dtype == F16:
        try:
            return struct.pack("<%de" % len(values), *values)
        except OverflowError:
            raise Fault("holds %s, which is too large for half precision"
                        % shown(max(values, key=abs)))
    if sys.byteorder == "big":
        values = array.array("f", values)
        values.byteswap()
    return values.tobytes()


def metadata_entry(key, values):
    """values: a list of int, of float or of str."""
    name = key.encode("ascii")
    kind = {int: I64, float: F64, str: TEXT}[type(values[0])]
    if kind == TEXT:
        texts = [value.encode("utf-8") for value in values]
        data = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    else:
        data = struct.pack("<%d%s" % (len(values), "q" if kind == I64 else "d"), *values)
    return METADATA.pack(kind, 0, len(name), len(values)) + name + data


class Writer:
    """Lays a file out, then writes it; checksums are filled in once the data has passed by."""

    def __init__(self, metadata, tensors):
        self.tensors = tensors
        self.metadata = b"".join(metadata_entry(key, values) for key, values in metadata)
        self.metadata_count = len(metadata)
        self.table_bytes = sum(
            TENSOR.size + 8 * len(tensor.shape) + len(tensor.name.encode("utf-8"))
            for tensor in tensors)
        used = HEADER.size + len(self.metadata) + self.table_bytes
        self.header_bytes = rounded_up(used)
        self.places = []  # offset and bytes of each tensor
        end = self.header_bytes
        for tensor in tensors:
            size = math.prod(tensor.shape) * ELEMENT_BYTES[tensor.dtype]
            self.places.append((rounded_up(end), size))
            end = rounded_up(end) + size
        self.file_bytes = end

    def header(self, checksums):
        """Everything before the data."""
        table = []
        for tensor, (offset, size), checksum in zip(self.tensors, self.places, checksums):
            name = tensor.name.encode("utf-8")
            table.append(TENSOR.pack(len(name), tensor.dtype, len(tensor.shape), 0, offset, size,
                                     checksum, 0))
            table.append(struct.pack("<%dQ" % len(tensor.shape), *tensor.shape) + name)
        fixed = HEADER.pack(MAGIC, VERSION, 0, self.header_bytes, self.file_bytes,
                            self.metadata_count, len(self.tensors), len(self.metadata),
                            self.table_bytes, 0)
        header = (fixed + self.metadata + b"".join(table)).ljust(self.header_bytes, b"\0")
        checksum = struct.pack("<I", zlib.crc32(header))
        end = HEADER_CRC_OFFSET + len(checksum)
        return header[:HEADER_CRC_OFFSET] + checksum + header[end:]

    def write(self, file):
        checksums = []
        for tensor, (offset, _) in zip(self.tensors, self.places):
            file.seek(offset)  # the gap, and the header until the end, read as zeros
            checksum = 0
            for piece in tensor.pieces():
                checksum = zlib.crc32(piece, checksum)
                file.write(piece)
            checksums.append(checksum)
        file.seek(0)
        file.write(self.header(checksums))


def write_file(path, metadata, tensors):
    """Writes a weights file at path, wholly or not at all; returns its length in bytes.

    metadata: pairs of key and list of values. tensors: a list of Tensor.
    """
    writer = Writer(metadata, tensors)
    temporary = os.path.join(os.path.dirname(path), ".convert-%s.tmp" % secrets.token_hex(6))
    with open(temporary, "xb") as file:
        try:
            writer.write(file)
            file.flush()
            os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    return writer.file_bytes
