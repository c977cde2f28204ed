#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checkpoints that mean harm or are damaged: tools/convert.py refuses each in one line, runs
nothing of it and leaves nothing behind."""
import builtins
import collections
import io
import os
import pickle
import random
import sys
import zipfile

import convert_files as files
from convert_networks import network
from convert_case import check, flags, path, put, refused, run, run_tests, tiny, with_tensor


def test_views_out_of_bounds():
    name = "classifiers.0.weight"
    for make in (files.zip_bytes, files.legacy_bytes):
        for shape, strides, offset in [((3, 10), (10, 1), 1), ((3, 10), (10, 2), 0),
                                       ((3, 10), (2**62, 1), 0), ((3, 10), (10, 1), 2**70)]:
            tensor = files.Tensor(files.Storage([0.0] * 30), shape, strides, offset)
            refused(with_tensor(name, tensor, make), *flags(), saying="beyond the end")
        for shape, strides, offset in [((3, 10), (10, -1), 9), ((3, 10), (10, 1), -1),
                                       ((3, 10), (10,), 0), ((3, "x"), (10, 1), 0),
                                       ((3, True), (10, 1), 0), ([3, 10], (10, 1), 0)]:
            tensor = files.Tensor(files.Storage([0.0] * 30), (3, 10), (10, 1))
            tensor.shape, tensor.strides, tensor.offset = shape, strides, offset
            refused(with_tensor(name, tensor, make), *flags(), saying="cannot be")
    # As many elements as strides of 0 may feign.
    shapes = network()
    state = files.filled(shapes)
    for key, shape in shapes.items():
        if key.startswith("backbone.baseModel."):
            zero = files.Storage([0.0])
            wide = tuple(2**31 if axis < 2 and size in (4, 6, 8, 10) else size
                         for axis, size in enumerate(shape))
            state[key] = files.Tensor(zero, wide, (0,) * len(wide))
    refused(files.zip_bytes(files.checkpoint(state)), *flags(), saying="larger than")


def test_storages():
    name = "classifiers.0.weight"
    for count in (29, 31, 2**61, 10**30):
        storage = files.Storage([0.0] * 30)
        storage.count = count
        tensor = files.Tensor(storage, (2, 10))
        refused(with_tensor(name, tensor), *flags(),
                saying=["120 bytes", "must have %d" % (4 * count)])
        refused(with_tensor(name, tensor, files.legacy_bytes), *flags(),
                saying="begin with its count of %d" % count)
    for view in ((1, 2, 3), ("v", 20, 11), ("v", 0, 31), ("v", -1, 3), "view"):
        storage = files.Storage([0.0] * 30)
        storage.view = view
        refused(with_tensor(name, files.Tensor(storage, (2, 5)), files.legacy_bytes), *flags(),
                saying=("beyond its end" if view != (1, 2, 3) else "beyond the end"))


def harmful(marker):
    """Pairs: the global that must be refused, and an object that pickles as a call of it."""
    touch = "open(%r, 'w')" % marker
    calls = [("posix.system", files.Call(os.system, ("touch " + marker,))),
             ("eval", files.Call(builtins.eval, (touch,))),
             ("exec", files.Call(builtins.exec, (touch,))),
             ("getattr", files.Call(builtins.getattr, ("", "join"))),
             ("collections.Counter", collections.Counter("a"))]
    for module, name in (("torch._utils", "_rebuild_evil"), ("torch", "load"),
                         ("torch.hub", "load"), ("numpy.core.multiarray", "evil")):
        calls.append((module + "." + name, files.Call(files.stand_in(module, name), (marker,))))
    return calls


def test_harmful_globals():
    marker = path("harm")
    for name, call in harmful(marker):
        state = files.filled(network())
        places = [
            call, {"state_dict": call}, files.checkpoint(state, optimizer={"state": [call]}),
            files.checkpoint(collections.OrderedDict(state, extra=call)),
            files.checkpoint(state, x=files.Call(files.SIZE, ((call,),))),
            files.checkpoint(state, x=files.Call(files.NUMPY_DTYPE, ("f8",), call)),
            files.checkpoint(state, x={"a": (1, [call])}),
        ]
        for content in places:
            refused(files.zip_bytes(content), *flags(), saying=["refused", name + "'"])
            refused(files.legacy_bytes(content), *flags(), saying=["refused", name + "'"])
            refused(files.zip_bytes(content, protocol=4), *flags(), saying=["refused", name + "'"])
        head = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2)
        refused(head + pickle.dumps(call, 2), *flags(), saying=["refused", name + "'"])
        refused(pickle.dumps(call, 2), *flags(), saying=["refused", name + "'"])
    check(not os.path.exists(marker), "a pickle was run")


def zip_of(pickled, **more):
    """A zip layout around the bytes of a pickle."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        for name, data in more.items():
            archive.writestr("archive/" + name, data)
    return target.getvalue()


def test_hostile_opcodes():
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n"
    cases = [
        (b"r\xff\xff\xff\xff" + b".", "without its operand"),
        (b"Nr\xff\xff\xff\xff.", "state_dict"),
        (b"h\x05.", "stored under 5"), (b"j\xff\xff\xff\xff.", "stored under"),
        (b"\x8d" + b"\xff" * 8 + b".", "longer than"), (b"X\xff\xff\xff\x7f.", "longer than"),
        (b"\x8e" + b"\xff" * 8 + b".", "longer than"), (b"X\x10\0\0\0abc", "ends in the middle"),
        (b"\x8b\xff\xff\xff\x7f.", "opcode 0x8b"), (b"L" + b"9" * 99999 + b"L\n.", "opcode 0x4c"),
        (b"I1\n.", "opcode 0x49"), (b"ios\nsystem\n.", "opcode 0x69"),
        (b"\x82\x01.", "opcode 0x82"), (b"P1\n.", "opcode 0x50"), (b"2.", "opcode 0x32"),
        (b")\x81.", "opcode 0x81"), (b"(o.", "opcode 0x6f"), (b"\x97.", "opcode 0x97"),
        (b"\x80\x01.", "protocol 1"), (b"\x80\x06.", "protocol 6"), (b"", "ends in the middle"),
        (b".", "without its operand"), (b"(.", "without its operand"), (b"t.", "without its mark"),
        (b"N(\x85.", "without its operand"), (b"a.", "without its operand"),
        (b"NNa.", "no list"), (b"NNNs.", "no dict"), (b"}(Nu.", "no dict"), (b"N(Ne.", "no list"),
        (b"N)R.", "no function"), (b"NNR.", "no function"), (tensor + b"NR.", "no function"),
        (tensor + b")R.", "unexpected arguments"), (b"ctorch\nfloat32\n)R.", "no function"),
        (tensor + b"(NK\x01))K\x01NtR.", "cannot be"), (tensor + b"N\x93.", "not text"),
        (b"X\x02\0\0\0\xff\xfeN.", "UTF-8"), (b"c" + b"a" * 300 + b"\nb\n.", "without end"),
        (b"NQ.", "unknown outside"), (b"(NNNNNtQ.", "saved code or objects"),
        (b"(X\x06\0\0\0module" + b"NNNNtQ.", "saved code or objects"),
        (b"(X\x07\0\0\0storage" + b"ctorch\nFloatStorage\nNNNtQ.", "storage that cannot be"),
        (b"N" * (2**20 + 1) + b".", "opcodes"), (b"}" + b"(" * 2**20, "opcodes"),
        # Deeply nested containers, as a value and as a dict's key.
        (b"}X\x0a\0\0\0state_dict)" + b"\x85" * 500000 + b"s.", "state_dict"),
        (b"})" + b"\x85" * 500000 + b"Ns.", "state_dict"),
        (b"]q\0" + b"h\0a" * 300000 + b".", "state_dict"),
        (b"])" + b"\x85" * 500000 + b"b.", "state_dict"),
        (b"]K\x01K\x02\x86b.", "state_dict"),
        # A function as a value, and its state set: neither may change anything.
        (b"}X\x0a\0\0\0state_dict" + tensor + b"s.", "state_dict"),
        (tensor + b"N}X\x0c\0\0\0__defaults__)s\x86b.", "state_dict"),
    ]
    for pickled, saying in cases:
        refused(zip_of(pickled), *flags(), saying=saying)
        if pickled[:1] == b"\x80":
            refused(pickled, *flags(), saying=saying)
    legacy = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    refused(pickle.dumps(1, 2), *flags(), saying="magic")
    refused(legacy + pickle.dumps(1002, 2), *flags(), saying="version")
    good = legacy + pickle.dumps(1001, 2) + pickle.dumps({}, 2) + pickle.dumps({}, 2)
    for keys, saying in ((7, "list of storages"), (["0"], "'0' that is not described"),
                         ([["0"]], "list of storages"), ([], "state_dict")):
        refused(good + pickle.dumps(keys, 2), *flags(), saying=saying)


def test_zip_archives():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a/data.pkl", b"N.")
        archive.writestr("b/data.pkl", b"N.")
    refused(target.getvalue(), *flags(), saying="2 entries named data.pkl")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("readme", b"")
    refused(target.getvalue(), *flags(), saying="0 entries")
    refused(zip_of(b"N.", byteorder="middle"), *flags(), saying="byteorder")
    data, _ = tiny()
    refused(data.replace(b"archive/data/7", b"archive/datx/7"), *flags(), saying="'archive/data/7'")
    packed = files.zip_bytes({}, compression=zipfile.ZIP_BZIP2)
    refused(packed, *flags(), saying="unusual way")
    # A pickle that grows without end when it is unpacked.
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", bytes(1 << 25))
    refused(target.getvalue(), *flags(), saying=["33554432 bytes", "at most"])


def test_cut_short():
    state = files.filled(network(widths=(4, 4, 4, 4, 4), crm=1))
    chance = random.Random(3)
    unneeded = files.Tensor(files.Storage([0.0] * 32), (32,))
    for make in (files.zip_bytes, files.legacy_bytes):
        data = make(files.checkpoint(state, optimizer=unneeded))
        cuts = set(range(0, 64)) | set(range(len(data) - 64, len(data)))
        cuts |= {chance.randrange(len(data)) for _ in range(200)}
        for cut in sorted(cuts):
            refused(data[:cut], *flags(crm="1"), saying="refused.pth: ")


def test_damaged():
    """Damage is either refused in one line or does not matter; it never ends in an exception."""
    state = files.filled(network(widths=(4, 4, 4, 4, 4), crm=1))
    chance = random.Random(4)
    for make in (files.zip_bytes, files.legacy_bytes):
        clean = make(files.checkpoint(state))
        where = clean.index(b"state_dict") + 4000, len(clean) - 8000, len(clean)
        for _ in range(150):
            data = bytearray(clean)
            low, high = chance.choice([(0, where[0]), (0, len(clean)), (where[1], where[2])])
            for _ in range(chance.choice((1, 1, 1, 4))):
                data[chance.randrange(low, high)] = chance.choice((0, 255, chance.randrange(256)))
            status, out, err = run(put("damaged.pth", bytes(data)), "-o", path("m.tlee"),
                                   *flags(crm="1"))
            lines = [line for line in err.split("\n") if line and ": ignored " not in line
                     and "warning: " not in line]
            check(status in (0, 1) and len(lines) == status, status, err)


def test_no_checkpoint():
    for data in (b"", b"\x80", b"PK\x03\x04", b"version https://git-lfs.github.com/spec/v1\n",
                 b"<html>", bytes(1000), b"\x80\x02}."):
        refused(data, *flags(), saying="refused.pth: ")
    for source, saying in ((path("absent"), "No such file"), (path("."), "no regular file"),
                           ("/dev/null", "no regular file")):
        status, out, err = run(source, "-o", path("m.tlee"), *flags())
        check(status == 1 and err == err.strip() + "\n" and saying in err and source in err, err)
    os.mkfifo(path("pipe"))
    status, _, err = run(path("pipe"), "-o", path("m.tlee"), *flags())
    check(status == 1 and "no regular file" in err, err)


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
