# SPDX-License-Identifier: MIT
"""A small weights file (weights/FORMAT.md): a narrow ResNet-18 without branches."""
import random
import struct
import zlib

MAGIC = b"\x89TLEE\r\n\x1a"
WIDTHS = (4, 4, 6, 8, 8)


def tensors(classes, seed):
    """Pairs of name and shape, with values, of the whole network."""
    rng = random.Random(seed)
    rows = []

    def add(name, *shape, low=-0.3, high=0.3):
        count = 1
        for size in shape:
            count *= size
        rows.append((name, shape, [rng.uniform(low, high) for _ in range(count)]))

    def norm(name, channels):
        add(name + ".weight", channels, low=0.5, high=1)
        add(name + ".bias", channels)
        add(name + ".running_mean", channels)
        add(name + ".running_var", channels, low=0.5, high=1)

    base = "backbone.baseModel."
    add(base + "0.weight", WIDTHS[0], 3, 7, 7)
    norm(base + "1", WIDTHS[0])
    for layer in range(1, 5):
        before, width = WIDTHS[layer - 1], WIDTHS[layer]
        for block in range(2):
            name = "%s%d.%d." % (base, layer + 3, block)
            add(name + "conv1.weight", width, before if block == 0 else width, 3, 3)
            norm(name + "bn1", width)
            add(name + "conv2.weight", width, width, 3, 3)
            norm(name + "bn2", width)
            if layer > 1 and block == 0:
                add(name + "downsample.0.weight", width, before, 1, 1)
                norm(name + "downsample.1", width)
    add("classifiers.0.weight", classes, WIDTHS[4])
    add("classifiers.0.bias", classes)
    return rows


def metadata(key, values):
    if isinstance(values[0], str):
        kind, data = 3, b"".join(struct.pack("<I", len(v.encode())) + v.encode() for v in values)
    elif isinstance(values[0], float):
        kind, data = 2, struct.pack("<%dd" % len(values), *values)
    else:
        kind, data = 1, struct.pack("<%dq" % len(values), *values)
    return struct.pack("<BBHI", kind, 0, len(key), len(values)) + key.encode() + data


def padded(data):
    return data + bytes(-len(data) % 64)


def file_of(rows, settings):
    """The bytes of a weights file with those tensors (name, shape, values) and that metadata, pairs
    of key and values."""
    meta = [metadata(key, values) for key, values in settings]
    table_bytes = sum(32 + 8 * len(shape) + len(name) for name, shape, _ in rows)
    header_bytes = len(padded(bytes(64 + sum(map(len, meta)) + table_bytes)))
    table, data = b"", b""
    for name, shape, values in rows:
        data = padded(data)
        blob = struct.pack("<%df" % len(values), *values)
        table += struct.pack("<HBBIQQII", len(name), 1, len(shape), 0, header_bytes + len(data),
                             len(blob), zlib.crc32(blob), 0)
        table += struct.pack("<%dQ" % len(shape), *shape) + name.encode()
        data += blob
    fields = (header_bytes, header_bytes + len(data), len(meta), len(rows), sum(map(len, meta)),
              len(table), 0)
    body = struct.pack("<QQIIQQQ", *fields) + b"".join(meta) + table
    header = padded(MAGIC + struct.pack("<II", 1, 0) + body)
    crc = struct.pack("<I", zlib.crc32(header))
    return header[:12] + crc + header[16:] + data


def weights_file(labels, order, seed=1, classifier_bias=None):
    """The bytes of a model with those class names and that processing order, and the number of its
    tensors. classifier_bias replaces the first bias, for models that compute nonsense."""
    rows = tensors(len(labels), seed)
    if classifier_bias is not None:
        rows[-1][2][0] = classifier_bias
    settings = (
        ("backbone", ["resnet18"]), ("dataset", ["hmdb51"]), ("classes", [len(labels)]),
        ("labels", labels), ("branches", [0]), ("mode", ["ts"]), ("frames", [len(order)]),
        ("order", order), ("reuse", ["mp"]), ("resize", [64]), ("crop", [64]),
        ("mean", [0.5, 0.5, 0.5]), ("std", [0.25, 0.25, 0.25]), ("source", ["tests"]))
    return file_of(rows, settings), len(rows)
