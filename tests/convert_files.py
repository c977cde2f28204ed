# SPDX-License-Identifier: MIT
"""Makes files in torch.save's two layouts without PyTorch, and reads weights files: the two ends of
tools/convert.py, written apart from it.

Python's own pickler writes the pickles; stand-ins under torch's names make it write those names.
"""
import array
import collections
import io
import pickle
import random
import struct
import sys
import types
import zipfile
import zlib

TYPECODES = {"FloatStorage": "f", "DoubleStorage": "d", "LongStorage": "q", "CharStorage": "b",
             "IntStorage": "i", "BoolStorage": "b", "HalfStorage": "H", "BFloat16Storage": "H",
             "UntypedStorage": "B"}


def stand_in(module, name):
    """A class that pickles as the global module.name."""
    if module not in sys.modules:
        sys.modules[module] = types.ModuleType(module)
    made = type(name, (), {"__module__": module})
    setattr(sys.modules[module], name, made)
    return made


for package in ("torch", "torch._utils", "numpy", "numpy.core", "numpy.core.multiarray"):
    if package not in sys.modules:
        sys.modules[package] = types.ModuleType(package)
STORAGES = {name: stand_in("torch", name) for name in TYPECODES}
REBUILD = stand_in("torch._utils", "_rebuild_tensor_v2")
REBUILD_OLD = stand_in("torch._utils", "_rebuild_tensor")
REBUILD_PARAMETER = stand_in("torch._utils", "_rebuild_parameter")
NUMPY_SCALAR = stand_in("numpy.core.multiarray", "scalar")
NUMPY_DTYPE = stand_in("numpy", "dtype")
SIZE = stand_in("torch", "Size")
DEVICE = stand_in("torch", "device")


class Call:
    """Pickles as a call, and with `state` as one followed by a BUILD."""

    def __init__(self, function, arguments, state=None):
        self.how = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.how


class Storage:
    def __init__(self, values, kind="FloatStorage"):
        self.kind = kind
        self.values = array.array(TYPECODES[kind], values)
        self.view = None  # legacy layout: key, first and count of a view
        self.count = len(self.values)  # as the pickle declares it


class Tensor:
    def __init__(self, storage, shape, strides=None, offset=0, rebuild=REBUILD):
        self.storage, self.shape, self.offset, self.rebuild = storage, shape, offset, rebuild
        if strides is None:
            strides, step = [], 1
            for size in reversed(shape):
                strides.insert(0, step)
                step *= size
        self.strides = tuple(strides)

    def __reduce__(self):
        arguments = (self.storage, self.offset, self.shape, self.strides)
        if self.rebuild is REBUILD:
            arguments += (False, collections.OrderedDict())
        return self.rebuild, arguments


class Pickler(pickle.Pickler):
    def __init__(self, stream, protocol, legacy):
        super().__init__(stream, protocol)
        self.legacy = legacy
        self.keys = {}  # by id of the storage
        self.storages = []

    def persistent_id(self, item):
        if not isinstance(item, Storage):
            return None
        if id(item) not in self.keys:
            self.keys[id(item)] = str(len(self.storages))
            self.storages.append(item)
        identity = ("storage", STORAGES[item.kind], self.keys[id(item)], "cuda:0", item.count)
        return identity + (item.view,) if self.legacy else identity


def zip_bytes(content, folder="archive", protocol=2, compression=zipfile.ZIP_STORED, order=None):
    """The layout since 1.6."""
    stream, target = io.BytesIO(), io.BytesIO()
    pickler = Pickler(stream, protocol, False)
    pickler.dump(content)
    with zipfile.ZipFile(target, "w", compression) as archive:
        archive.writestr(folder + "/data.pkl", stream.getvalue())
        if order:
            archive.writestr(folder + "/byteorder", order)
        for key, storage in enumerate(pickler.storages):
            values = array.array(storage.values.typecode, storage.values)
            if (order or "little") != sys.byteorder:
                values.byteswap()
            archive.writestr("%s/data/%d" % (folder, key), values.tobytes())
        archive.writestr(folder + "/version", "3\n")
    return target.getvalue()


def legacy_bytes(content, protocol=2):
    """The layout before 1.6."""
    stream = io.BytesIO()
    for head in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}):
        pickle.dump(head, stream, protocol)
    pickler = Pickler(stream, protocol, True)
    pickler.dump(content)
    pickle.dump([str(key) for key in range(len(pickler.storages))], stream, protocol)
    for storage in pickler.storages:
        values = array.array(storage.values.typecode, storage.values)
        if sys.byteorder == "big":
            values.byteswap()
        stream.write(struct.pack("<q", len(values)) + values.tobytes())
    return stream.getvalue()


def number_of(shape):
    count = 1
    for size in shape:
        count *= size
    return count


def filled(shapes, seed=1):
    """Name -> Tensor of random values."""
    source = random.Random(seed)
    state = collections.OrderedDict()
    for name, shape in shapes.items():
        if name.endswith("num_batches_tracked"):
            state[name] = Tensor(Storage([7], "LongStorage"), shape)
        else:
            values = [source.uniform(-2, 2) for _ in range(number_of(shape))]
            state[name] = Tensor(Storage(values), shape)
    return state


def checkpoint(state, **more):
    return dict({"epoch": 1, "state_dict": state, "best_prec1": 50.0, "b": "0.005"}, **more)


class BadFile(Exception):
    pass


def read_weights(data):
    """(metadata, tensors) of a weights file: key -> (type, flags, values) and name -> (dtype, dims,
    bytes); everything that FORMAT.md promises of the layout is checked."""
    def must(condition, what):
        if not condition:
            raise BadFile(what)

    must(len(data) >= 64 and data[:8] == b"\x89TLEE\r\n\x1a", "magic")
    version, crc = struct.unpack_from("<II", data, 8)
    (header_bytes, file_bytes, keys, count, metadata_bytes, table_bytes,
     reserved) = struct.unpack_from("<QQIIQQQ", data, 16)
    must(version == 1 and reserved == 0 and file_bytes == len(data), "header")
    must(crc == zlib.crc32(data[:12] + bytes(4) + data[16:header_bytes]), "header_crc")
    end = 64 + metadata_bytes + table_bytes
    must(header_bytes == (end + 63) // 64 * 64 and not any(data[end:header_bytes]), "header_bytes")
    place, metadata = 64, {}
    for _ in range(keys):
        kind, flags, key_bytes, values = struct.unpack_from("<BBHI", data, place)
        key = data[place + 8:place + 8 + key_bytes].decode("ascii")
        place += 8 + key_bytes
        must(key not in metadata and kind in (1, 2, 3), "key " + key)
        if kind == 3:
            found = []
            for _ in range(values):
                size, = struct.unpack_from("<I", data, place)
                found.append(data[place + 4:place + 4 + size].decode("utf-8"))
                place += 4 + size
        else:
            found = list(struct.unpack_from("<%d%s" % (values, " qd"[kind]), data, place))
            place += 8 * values
        metadata[key] = (kind, flags, found)
    must(place == 64 + metadata_bytes, "metadata_bytes")
    tensors, end = collections.OrderedDict(), header_bytes
    for _ in range(count):
        size, dtype, ndim, layout, offset, length, crc, zero = struct.unpack_from("<HBBIQQII", data,
                                                                                  place)
        dims = struct.unpack_from("<%dQ" % ndim, data, place + 32)
        place += 32 + 8 * ndim
        name = data[place:place + size].decode("utf-8")
        place += size
        must(offset == (end + 63) // 64 * 64 and not any(data[end:offset]), "offset of " + name)
        must(length == number_of(dims) * {1: 4, 2: 2}[dtype] and layout == zero == 0, "row " + name)
        end = offset + length
        must(crc == zlib.crc32(data[offset:end]), "crc of " + name)
        must(name not in tensors and 0 not in dims, "name " + name)
        tensors[name] = (dtype, dims, data[offset:end])
    must(place == 64 + metadata_bytes + table_bytes and end == len(data), "table_bytes")
    return metadata, tensors
