# SPDX-License-Identifier: MIT
"""Tensors as torch.save describes them: a typed storage, an offset, a shape and strides."""
import array
import collections
import itertools
import struct
import sys

from fault import Fault

MAX_ELEMENTS = 1 << 28  # of one tensor; the largest published one (VGG16's) has less than 2^27
CHUNK = 1 << 16  # elements that are in memory at a time

Dtype = collections.namedtuple("Dtype", "name size")
DTYPES = {name: Dtype(name, size) for name, size in [
    ("float32", 4), ("float64", 8), ("float16", 2), ("bfloat16", 2), ("int64", 8), ("int32", 4),
    ("int16", 2), ("int8", 1), ("uint8", 1), ("bool", 1), ("complex64", 8), ("complex128", 16)]}
STORAGE_DTYPES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64", "ComplexDoubleStorage": "complex128",
    "UntypedStorage": "uint8", "_UntypedStorage": "uint8", "TypedStorage": "uint8",
    "_TypedStorage": "uint8"}
# Typecodes of Python's array for what it can hold itself.
TYPECODES = {"float32": "f", "float64": "d", "int64": "q", "int32": "i", "int16": "h", "int8": "b",
             "uint8": "B"}
CONVERTIBLE = set(TYPECODES) | {"float16", "bfloat16"}

# first: where it begins in the root storage named by key; first and count in elements of dtype.
Storage = collections.namedtuple("Storage", "key dtype first count")


class Tensor(collections.namedtuple("Tensor", "storage dtype offset shape strides")):
    """A view of a storage; offset and strides in elements of dtype."""

    __slots__ = ()

    def count(self):
        return product(self.shape)

    def is_contiguous(self):
        expected = 1
        for size, stride in zip(reversed(self.shape), reversed(self.strides)):
            if size != 1 and stride != expected:
                return False
            expected *= size
        return True

    def span(self):
        """Elements from the first to the last that the tensor touches."""
        if 0 in self.shape:
            return 0
        return 1 + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides))


def product(sizes):
    result = 1
    for size in sizes:
        result *= size
    return result


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def make_tensor(storage, offset, shape, strides, dtype=None):
    """A Tensor from what stands in a pickle; it lies inside its storage."""
    dtype = dtype or getattr(storage, "dtype", None)
    fits = (isinstance(storage, Storage) and isinstance(dtype, Dtype) and is_count(offset)
            and isinstance(shape, tuple) and isinstance(strides, tuple)
            and len(shape) == len(strides) and all(map(is_count, shape + strides)))
    if not fits:
        raise Fault("its pickle describes a tensor that cannot be")
    tensor = Tensor(storage, dtype, offset, shape, strides)
    if (offset + tensor.span()) * dtype.size > storage.count * storage.dtype.size:
        raise Fault("a tensor reaches beyond the end of its storage '%s'" % storage.key[:40])
    return tensor


def check_convertible(tensor):
    """Refuses what read_values could not read as float32."""
    if tensor.dtype.name not in CONVERTIBLE:
        raise Fault("holds %s, which is not converted" % tensor.dtype.name)
    if tensor.count() > MAX_ELEMENTS or tensor.span() > MAX_ELEMENTS:
        raise Fault("is larger than %d elements" % MAX_ELEMENTS)


def to_float32(raw, dtype, big_endian):
    """The numbers in bytes of a storage, rounded once to float32."""
    count = len(raw) // dtype.size
    if big_endian and dtype.size > 1:
        swapped = array.array({2: "H", 4: "I", 8: "Q"}[dtype.size], raw)
        swapped.byteswap()
        raw = swapped.tobytes()
    if dtype.name == "float16":
        return array.array("f", struct.unpack("<%de" % count, raw))
    if dtype.name == "bfloat16":  # the upper half of a float32
        wide = bytearray(4 * count)
        wide[2::4] = raw[0::2]
        wide[3::4] = raw[1::2]
        raw, dtype = bytes(wide), DTYPES["float32"]
    values = array.array(TYPECODES[dtype.name], raw)
    if sys.byteorder == "big":
        values.byteswap()
    return values if values.typecode == "f" else array.array("f", values)


def read_values(tensor, read, big_endian):
    """The tensor's elements in row-major order, as arrays of float32 of at most CHUNK elements.

    read(storage, start, length) gives bytes of a storage.
    """
    size = tensor.dtype.size
    start = tensor.storage.first * tensor.storage.dtype.size + tensor.offset * size

    def load(first, count):
        raw = read(tensor.storage, start + first * size, count * size)
        return to_float32(raw, tensor.dtype, big_endian)

    count = tensor.count()
    if tensor.is_contiguous():
        for first in range(0, count, CHUNK):
            yield load(first, min(CHUNK, count - first))
        return
    span = tensor.span()
    source = array.array("f")
    for first in range(0, span, CHUNK):
        source.extend(load(first, min(CHUNK, span - first)))
    values = gather(source, tensor.shape, tensor.strides)
    for first in range(0, count, CHUNK):
        yield values[first:first + CHUNK]


def gather(source, shape, strides):
    """The elements of a strided view of source, in row-major order."""
    steps = [product(shape[axis + 1:]) for axis in range(len(shape))]
    values = array.array("f", bytes(4 * product(shape)))
    # The longest axis is copied by slices, the others are counted through.
    long_axis = max(range(len(shape)), key=lambda axis: shape[axis])
    length, stride, step = shape[long_axis], strides[long_axis], steps[long_axis]
    counters = [range(1) if axis == long_axis else range(shape[axis])
                for axis in range(len(shape))]
    for index in itertools.product(*counters):
        begin = sum(i * s for i, s in zip(index, strides))
        place = sum(i * s for i, s in zip(index, steps))
        line = (source[begin:begin + (length - 1) * stride + 1:stride] if stride
                else array.array("f", [source[begin]]) * length)
        values[place:place + (length - 1) * step + 1:step] = line
    return values
