# SPDX-License-Identifier: MIT
"""The two layouts of torch.save's files, read storage by storage and without running anything.

zip (since 1.6): an archive of NAME/data.pkl, the pickled object, and NAME/data/KEY, a storage each.
legacy: pickles one after the other (a magic number, a version, the writer's machine, the object,
the storage keys), then the storages, each an 8-byte count of elements and its bytes, little-endian.
"""
import collections
import contextlib
import io
import struct
import zipfile
import zlib

from fault import Fault, printable
from torch_pickle import MAX_BYTES, Unpickler
from torch_tensor import DTYPES, STORAGE_DTYPES, Dtype, Storage, is_count, make_tensor, read_values

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_VERSION = 1001
# What zipfile and zlib raise at damaged archives.
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError,
          ArithmeticError, LookupError, RuntimeError)


def unneeded(*_):
    """Stands for objects of which only their being there matters."""


def rebuild_tensor(storage, offset, shape, strides, _grad=None, _hooks=None, metadata=None):
    if metadata:
        raise Fault("a tensor is a conjugate or negative view, which is not supported")
    return make_tensor(storage, offset, shape, strides)


def rebuild_tensor_v3(storage, offset, shape, strides, _grad, _hooks, dtype, metadata=None):
    if metadata:
        raise Fault("a tensor is a conjugate or negative view, which is not supported")
    return make_tensor(storage, offset, shape, strides, dtype)


KNOWN = {
    "collections.OrderedDict": lambda: {},
    "torch.Size": lambda sizes: sizes,
    "torch.device": unneeded,
    "torch._utils._rebuild_tensor": rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": rebuild_tensor_v3,
    "torch._utils._rebuild_parameter": lambda data, _grad, _hooks: data,
    "numpy.dtype": unneeded,
    "numpy.core.multiarray.scalar": unneeded,
    "numpy._core.multiarray.scalar": unneeded,
    "_codecs.encode": unneeded,  # how protocol 2 writes the bytes of a numpy scalar
}
KNOWN.update(("torch." + name, dtype) for name, dtype in DTYPES.items())
KNOWN.update((module + name, DTYPES[dtype]) for name, dtype in STORAGE_DTYPES.items()
             for module in ("torch.", "torch.storage.", "torch.cuda."))


class Layout:
    """A checkpoint file. content: the object that was saved, with Tensors for its tensors."""

    big_endian = False

    def __init__(self):
        self.storages = {}  # by key: the root storages that the pickle names

    def unpickle(self, stream):
        return Unpickler(stream, KNOWN, self.storage).load()

    def storage(self, identity):
        """A storage from its persistent id: "storage", type, key, device, count and, in the legacy
        layout, perhaps a view of it: another key, first element, count."""
        if not isinstance(identity, tuple) or len(identity) not in (5, 6):
            raise Fault("its pickle names something unknown outside of it")
        kind, dtype, key, _, count = identity[:5]
        if kind != "storage" or not isinstance(dtype, Dtype):
            raise Fault("it holds saved code or objects, not only tensors")
        if not isinstance(key, str) or not is_count(count):
            raise Fault("its pickle describes a storage that cannot be")
        root = Storage(key, dtype, 0, count)
        if self.storages.setdefault(key, root) != root:
            raise Fault("storage '%s' is described in two ways" % printable(key, 40))
        view = identity[5] if len(identity) == 6 else None
        if view is None:
            return root
        fits = isinstance(view, tuple) and len(view) == 3 and all(map(is_count, view[1:]))
        if not fits or view[1] + view[2] > count:
            raise Fault("a view of storage '%s' reaches beyond its end" % printable(key, 40))
        return Storage(key, dtype, view[1], view[2])

    def read(self, storage, start, length):
        """length bytes from byte start of the root storage on."""
        raise NotImplementedError

    def values(self, tensor):
        """The tensor's elements in row-major order, as arrays of float32."""
        return read_values(tensor, self.read, self.big_endian)


@contextlib.contextmanager
def damage_named():
    try:
        yield
    except DAMAGE as error:
        raise Fault("damaged or cut short: %s" % (error or type(error).__name__))


class ZipLayout(Layout):
    def __init__(self, file):
        super().__init__()
        with damage_named():
            self.archive = zipfile.ZipFile(file)
            pickles = [name for name in self.archive.namelist() if name.endswith("/data.pkl")]
            if len(pickles) != 1:
                raise Fault("the zip archive has %d entries named data.pkl, must have one"
                            % len(pickles))
            self.folder = pickles[0][:-len("data.pkl")]
            content = self.archive.read(self.entry("data.pkl", 0, MAX_BYTES))
            self.big_endian = self.is_big_endian()
        self.content = self.unpickle(io.BytesIO(content))
        self.opened = (None, None)  # key and stream of the storage read last
        for storage in self.storages.values():
            length = storage.count * storage.dtype.size
            self.entry("data/" + storage.key, length, length)

    def entry(self, name, low, high):
        """The archive's record of a file that must have `low` to `high` bytes."""
        name = self.folder + name
        try:
            entry = self.archive.getinfo(name)
        except KeyError:
            raise Fault("the zip archive has no entry '%s'" % printable(name, 80))
        if not low <= entry.file_size <= high:
            raise Fault("the zip archive's entry '%s' has %d bytes, must have %s"
                        % (printable(name, 80), entry.file_size,
                           low if low == high else "at most %d" % high))
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Fault("the zip archive's entry '%s' is compressed in an unusual way"
                        % printable(name, 80))
        return entry

    def is_big_endian(self):
        if self.folder + "byteorder" not in self.archive.namelist():
            return False
        order = self.archive.read(self.entry("byteorder", 0, 64))
        if order not in (b"little", b"big"):
            raise Fault("the zip archive's byteorder is neither 'little' nor 'big'")
        return order == b"big"

    def read(self, storage, start, length):
        with damage_named():
            if self.opened[0] != storage.key:
                name = self.folder + "data/" + storage.key
                self.opened = (storage.key, self.archive.open(name))
            stream = self.opened[1]
            stream.seek(start)
            data = stream.read(length)
        if len(data) != length:
            raise Fault("cut short: storage '%s' has no byte %d"
                        % (printable(storage.key, 40), start + len(data)))
        return data


class LegacyLayout(Layout):
    def __init__(self, file, file_bytes):
        super().__init__()
        self.file = file
        if self.unpickle(file) != LEGACY_MAGIC:
            raise Fault("is no file of torch.save: it begins with a pickle, but not with its magic")
        version = self.unpickle(file)
        if version != LEGACY_VERSION:
            raise Fault("its layout has a version other than %d" % LEGACY_VERSION)
        self.unpickle(file)  # the writer's byte order and type sizes: nothing depends on them
        self.content = self.unpickle(file)
        self.places = self.find_storages(self.unpickle(file), file_bytes)

    def find_storages(self, keys, file_bytes):
        """Where in the file each storage's bytes begin."""
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise Fault("its list of storages is none")
        places = collections.OrderedDict()
        position = self.file.tell()
        for key in keys:
            storage = self.storages.get(key)
            if storage is None or key in places:
                raise Fault("it holds a storage '%s' that is not described" % printable(key, 40))
            self.file.seek(position)
            head = self.file.read(8)
            if len(head) != 8 or struct.unpack("<Q", head)[0] != storage.count:
                raise Fault("byte %d: storage '%s' does not begin with its count of %d"
                            % (position, printable(key, 40), storage.count))
            places[key] = position + 8
            position += 8 + storage.count * storage.dtype.size
            if position > file_bytes:
                raise Fault("cut short: storage '%s' would end at byte %d, the file has %d"
                            % (printable(key, 40), position, file_bytes))
        missing = [key for key in self.storages if key not in places]
        if missing:
            raise Fault("storage '%s' is described, but not there" % printable(missing[0], 40))
        return places

    def read(self, storage, start, length):
        self.file.seek(self.places[storage.key] + start)
        data = self.file.read(length)
        if len(data) != length:
            raise Fault("cut short while it was read")
        return data


def open_layout(file, file_bytes):
    """The checkpoint in an open file of either layout."""
    head = file.read(4)
    file.seek(0)
    if head == b"PK\x03\x04":
        return ZipLayout(file)
    if head[:1] == b"\x80":
        return LegacyLayout(file, file_bytes)
    raise Fault("is no file of torch.save: it begins neither as a zip archive nor as a pickle")
