#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What tools/convert.py writes: every field and byte of the file against weights/FORMAT.md."""
import array
import collections
import os
import struct
import subprocess
import sys
import zipfile

import convert_files as files
from convert_networks import network
from convert_case import TOOLS, YAML, check, flags, path, put, run, run_tests, skip, tiny

def convert(data, *words, name="ckpt.best.pth.tar"):
    """Metadata and tensors that the command makes of a checkpoint's bytes; None if it fails."""
    target = path("model.tlee")
    status, out, err = run(put(name, data), "-o", target, *words)
    if not check(status == 0, "status", status, err):
        return {}, {}
    with open(target, "rb") as file:
        written = file.read()
    check(out.count("\n") == 1 and str(len(written)) in out, out)
    return files.read_weights(written)


def as_bytes(values):
    return struct.pack("<%df" % len(values), *values)


def same(tensors, state, left_out=("num_batches_tracked",)):
    """Checks that the file holds the state's tensors as float32, and no others."""
    wanted = [name for name in state if not name.endswith(tuple(left_out))]
    check(sorted(tensors) == sorted(wanted), set(tensors) ^ set(wanted))
    for name in wanted:
        dtype, dims, data = tensors.get(name, (0, (), b""))
        check(dtype == 1 and dims == state[name].shape
              and data == as_bytes(state[name].storage.values), name, dtype, dims)


#: Widths of narrow networks, beside ResNets.
NARROW = {"vgg16": (2, 3, 4, 5, 6), "mobilenetv2": (2, 3, 2, 3, 4, 5, 4, 3, 7),
          "efficientnetb3": (3, 2, 3, 4, 5, 6, 4, 3, 7)}


def test_metadata():
    data, state = tiny()
    labels = put("labels.txt", "one-hand wave\r\nSprünge\n跳\n\n")
    order = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    metadata, tensors = convert(data, "--labels", labels, "--order", ",".join(map(str, order)),
                                "--paper-gmac", "1 2 3 4e0", *flags())
    wanted = {
        "backbone": (3, ["resnet18"]), "dataset": (3, ["hmdb51"]), "classes": (1, [3]),
        "labels": (3, ["one-hand wave", "Sprünge", "跳"]), "branches": (1, [2]),
        "branch_scale": (1, [0]), "crm": (1, [2]), "mode": (3, ["ts"]), "frames": (1, [10]),
        "order": (1, order), "first_threshold": (2, [0.99]), "exit_threshold": (2, [0.8]),
        "reuse": (3, ["mp"]), "gate": (3, ["gm"]), "resize": (1, [80]), "crop": (1, [64]),
        "mean": (2, [0.4, 0.5, 0.6]), "std": (2, [0.2, 0.25, 0.3]),
        "paper_gmac": (2, [1.0, 2.0, 3.0, 4.0]), "source": (3, ["ckpt.best.pth.tar"])}
    for key in sorted(set(wanted) | set(metadata)):
        kind, required, values = metadata.get(key, (0, 0, None))
        check(required == 0 and (kind, values) == wanted.get(key), key, kind, values)
    same(tensors, state)
    metadata, _ = convert(data, *flags())
    check(not {"order", "labels", "ema_beta", "paper_gmac"} & set(metadata), sorted(metadata))


def test_layouts():
    state = files.filled(network())
    prefixed = collections.OrderedDict(("module." + name, state[name]) for name in state)
    state._metadata = collections.OrderedDict(version=1)  # a BUILD, as Module.state_dict leaves it
    dtype = files.Call(files.NUMPY_DTYPE, ("f8", False, True),
                       (3, "<", None, None, None, -1, -1, 0))
    scalar = files.Call(files.NUMPY_SCALAR, (dtype, b"\x01\xff"))
    extra = {"best_prec1": scalar, "size": files.Call(files.SIZE, ((1, 2),)),
             "where": files.Call(files.DEVICE, ("cuda", 0)), "arch": "resnet18",
             "optimizer": {"state": {0: {"momentum_buffer": state["classifiers.0.bias"]}},
                           "param_groups": [{"lr": 1e-3, "params": [0, 2**40]}]}}
    for content in (files.checkpoint(state, **extra), files.checkpoint(prefixed)):
        for protocol in (2, 3, 4):
            same(convert(files.zip_bytes(content, "any name", protocol), *flags())[1], state)
            same(convert(files.legacy_bytes(content, protocol), *flags())[1], state)
        deflated = files.zip_bytes(content, compression=zipfile.ZIP_DEFLATED)
        same(convert(deflated, *flags())[1], state)
        for order in ("little", "big"):
            same(convert(files.zip_bytes(content, order=order), *flags())[1], state)


def test_backbones_and_heads():
    no_exits = dict(branches="0", gate=None, crm=None, branch_scale=None, exit_threshold=None,
                    first_threshold=None)
    cases = [
        (dict(gate="eg"), dict(gate="eg")),
        (dict(mlp=12), dict(dataset="ucf101")),
        (dict(branches=0, gate=None), no_exits),
        (dict(branches=3, crm=1, widths=(4, 4, 8, 16, 8)), dict(branches="3", crm="1")),
        (dict(branches=1, scale=1, side=96), dict(branches="1", branch_scale="1", crop="96",
                                                  resize="96")),
        (dict(gate=None), dict(gate="random")),
    ]
    for name in ("resnet34", "resnet50", "resnet101", "resnet152"):
        cases.append((dict(backbone=name, widths=(2, 2, 3, 4, 5), branches=1),
                      dict(backbone=name, branches="1")))
    for backbone, widths in NARROW.items():
        cases.append((dict(backbone=backbone, widths=widths, branches=3),
                      dict(backbone=backbone, branches="3")))
    for shape, changes in cases:
        data, state = tiny(**shape)
        unused = ["num_batches_tracked"] + ["exit_selector.0.%s.%s" % (norm, part) for norm in
                                            ("bn1", "bn2") for part in
                                            ("weight", "bias", "running_mean", "running_var")]
        metadata, tensors = convert(data, *flags(**changes))
        same(tensors, state, unused)
        if shape.get("branches") == 0:
            check(not {"gate", "crm", "branch_scale", "first_threshold", "exit_threshold"}
                  & set(metadata), sorted(metadata))


def test_reuse_and_beta():
    data, state = tiny()
    for reuse in ("mp", "ap", "none", "frm", "na"):
        metadata, _ = convert(data, *flags(reuse=reuse))
        check(metadata["reuse"][2] == [reuse] and "ema_beta" not in metadata, reuse)
    check(convert(data, *flags(reuse="ema"))[0]["ema_beta"] == (2, 0, [0.999]), "default beta")
    for shape in ((), (1,)):
        state["feature_func.beta"] = files.Tensor(files.Storage([0.75]), shape)
        metadata, tensors = convert(files.zip_bytes(files.checkpoint(state)), *flags(reuse="ema"))
        check(metadata["ema_beta"] == (2, 0, [0.75]), metadata["ema_beta"])
        check("feature_func.beta" not in tensors, "beta as a tensor")


def put_tensor(state, name, values, kind, **view):
    state = collections.OrderedDict(state)
    state[name] = files.Tensor(files.Storage(values, kind), state[name].shape, **view)
    return files.zip_bytes(files.checkpoint(state))


def test_number_types():
    _, state = tiny()
    name = "classifiers.0.bias"
    halves = array.array("H", [0x3C00, 0x0001, 0xFBFF])
    brains = array.array("H", [0x3F80, 0x0001, 0xFF7F])
    cases = [("DoubleStorage", [0.1, -1e-50, 3e38], as_bytes([0.1, -0.0, 3e38])),
             ("LongStorage", [2**53, -7, 0], as_bytes([2.0**53, -7, 0])),
             ("IntStorage", [1, -2**31, 16777217], as_bytes([1, -2.0**31, 16777216])),
             ("CharStorage", [-128, 0, 127], as_bytes([-128, 0, 127])),
             ("HalfStorage", halves, as_bytes([1, 2.0**-24, -65504])),
             ("BFloat16Storage", brains, struct.pack("<III", 0x3F800000, 0x10000, 0xFF7F0000))]
    for kind, values, wanted in cases:
        _, tensors = convert(put_tensor(state, name, values, kind), *flags())
        check(tensors[name][2] == wanted, kind, tensors[name][2], wanted)
    # A double that lies between two float32 is rounded to the nearer one.
    _, tensors = convert(put_tensor(state, name, [1 + 2.0**-24 + 2.0**-40, 1, 1], "DoubleStorage"),
                         *flags())
    check(tensors[name][2][:4] == struct.pack("<I", 0x3F800001), tensors[name][2])


def test_views():
    _, state = tiny()
    name = "classifiers.0.weight"  # 3 x 10
    values = [float(i) for i in range(100)]
    cases = [  # strides, offset, value at (row, column)
        ((10, 1), 7, lambda r, c: 7 + 10 * r + c),
        ((1, 3), 2, lambda r, c: 2 + r + 3 * c),
        ((20, 2), 0, lambda r, c: 20 * r + 2 * c),
        ((0, 1), 5, lambda r, c: 5 + c),
        ((33, 0), 1, lambda r, c: 1 + 33 * r),
        ((0, 0), 99, lambda r, c: 99),
    ]
    for strides, offset, value in cases:
        for make in (files.zip_bytes, files.legacy_bytes):
            state[name] = files.Tensor(files.Storage(values), (3, 10), strides, offset)
            _, tensors = convert(make(files.checkpoint(state)), *flags())
            wanted = as_bytes([value(r, c) for r in range(3) for c in range(10)])
            check(tensors[name][1:] == ((3, 10), wanted), strides, offset)
    # The legacy layout's views of a storage: first and count within it.
    storage = files.Storage(values)
    storage.view = ("view", 60, 35)
    state[name] = files.Tensor(storage, (3, 10), None, 5, files.REBUILD_OLD)
    _, tensors = convert(files.legacy_bytes(files.checkpoint(state)), *flags())
    check(tensors[name][2] == as_bytes(values[65:95]), "view of a storage")
    # All tensors in one storage, one wrapped as a parameter.
    ramps = {key: range(files.number_of(tensor.shape)) for key, tensor in state.items()}
    flat = files.Storage([value for ramp in ramps.values() for value in ramp])
    offset = 0
    shared = collections.OrderedDict()
    for key, tensor in state.items():
        shared[key] = files.Tensor(flat, tensor.shape, offset=offset)
        offset += len(ramps[key])
    shared[name] = files.Call(files.REBUILD_PARAMETER, (shared[name], True, {}))
    _, tensors = convert(files.zip_bytes(files.checkpoint(shared)), *flags())
    check(all(tensors[key][2] == as_bytes(ramps[key]) for key in tensors), "one storage for all")


def test_long_tensors():
    """Tensors of more numbers than are in memory at a time."""
    data, state = tiny(mlp=30000)
    same(convert(data, *flags(dataset="ucf101"))[1], state)
    name = "classifiers.0.weight"
    values = state[name].storage.values
    _, tensors = convert(data, "--half", *flags(dataset="ucf101"))
    check(tensors[name][2] == struct.pack("<90000e", *values), "half")
    state[name] = files.Tensor(files.Storage(values), (3, 30000), (1, 3))
    _, tensors = convert(files.zip_bytes(files.checkpoint(state)), *flags(dataset="ucf101"))
    wanted = [value for row in range(3) for value in values[row::3]]
    check(tensors[name][2] == as_bytes(wanted), "transposed")


def test_half():
    data, state = tiny()
    _, tensors = convert(data, "--half", *flags())
    for name, (dtype, dims, stored) in tensors.items():
        values = state[name].storage.values
        wanted = as_bytes(values) if len(dims) == 1 else struct.pack("<%de" % len(values), *values)
        check(dtype == (1 if len(dims) == 1 else 2) and stored == wanted, name)
    # Ties to even at 1 + 2^-11 and 1 + 3 * 2^-11; below half the smallest half number; the limits.
    name = "classifiers.0.weight"
    hard = [1 + 2.0**-11, 1 + 3 * 2.0**-11, 2.0**-25, 2.0**-25 + 2.0**-40, -0.0, 65519.0, -65504.0,
            2.0**-14 - 2.0**-26, 3.0, 0.1] + [0.0] * 20
    _, tensors = convert(put_tensor(state, name, hard, "FloatStorage"), "--half", *flags())
    bits = struct.unpack("<10H", tensors[name][2][:20])
    check(bits == (0x3C00, 0x3C02, 0, 1, 0x8000, 0x7BFF, 0xFBFF, 0x0400, 0x4200, 0x2E66),
          [hex(b) for b in bits])


def test_yaml():
    try:
        import yaml  # noqa: F401
    except ImportError:
        return skip("no PyYAML: configurations as files")
    data, state = tiny()
    config = put("config.yml", YAML)
    by_flags, _ = convert(data, "--order", "5,0,9,2,7,4,6,3,8,1", *flags())
    by_file, tensors = convert(data, "--config", config)
    check(by_file == by_flags, by_file, by_flags)
    same(tensors, state)
    # data_val goes before data, a flag before both; what is unknown is named.
    own = YAML.replace("*data", "\n  name: other\n  num_frames: '8'\n  blur: 1\n  preprocessing:\n"
                       "    resize: 72\n    crop_center: 64\n    normalize:\n"
                       "      mean: [1e-1, .2, .3]\n      std: [1, 1, 1]")
    metadata, _ = convert(data, "--config", put("own.yml", own), "--first-threshold", "0.5")
    found = [metadata[key][2] for key in ("dataset", "frames", "resize", "mean", "first_threshold",
                                          "order")]
    check(found == [["other"], [8], [72], [0.1, 0.2, 0.3], [0.5], [3, 6, 7, 0, 4, 5, 2, 1]], found)
    _, _, err = run(put("c.pth", data), "--config", path("own.yml"), "-o", path("m.tlee"))
    check(err.strip().endswith("ignored keys: data_val.blur, model.colour, seed, train_mode"), err)
    return None


def test_what_is_said():
    data, state = tiny(gate=None)
    source = put("quiet.pth", data)
    status, out, err = run(source, "-o", path("m.tlee"), *flags())
    check(status == 0 and err.count("\n") == 1 and "has no gate" in err and "--gate none" in err
          and "another checkpoint" in err, err)
    _, tensors = convert(data, *flags())
    check(not any(name.startswith("exit_selector") for name in tensors), sorted(tensors))
    state["lost.weight"] = state["classifiers.0.bias"]
    put("quiet.pth", files.zip_bytes(files.checkpoint(state, arch=1)))
    status, out, err = run(source, "-o", path("m.tlee"), *flags(gate="random"))
    check("ignored entries: arch\n" in err and "ignored tensors: lost.weight\n" in err, err)
    # Another backbone's published cost figures are left out.
    foreign = "--paper-gmac=0.79,1.83,3.29,4.1"
    status, out, err = run(source, "-o", path("m.tlee"), foreign, *flags(gate="random"))
    check(status == 0 and "command line: --paper-gmac holds the figures of resnet50, not of "
          "resnet18" in err, err)
    metadata, _ = convert(data, foreign, *flags(gate="random"))
    check("paper_gmac" not in metadata, metadata.get("paper_gmac"))


def test_replacing():
    data, _ = tiny()
    source, target = put("c.pth", data), put("old.tlee", "old")
    os.chmod(target, 0o600)
    check(run(source, "-o", target, *flags())[0] == 0, "over an old file")
    with open(target, "rb") as file:
        files.read_weights(file.read())
    os.symlink(target, path("link.tlee"))
    check(run(source, "-o", path("link.tlee"), *flags())[0] == 0 and os.path.islink(
        path("link.tlee")), "through a link")


def test_as_program():
    data, _ = tiny()
    words = [sys.executable, os.path.join(TOOLS, "convert.py"), put("c.pth", data), "-o",
             path("program.tlee")] + flags()
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check(done.returncode == 0 and done.stdout.startswith(path("program.tlee").encode()),
          done.stdout, done.stderr)
    words[2] = put("bad.pth", "not a checkpoint")
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check(done.returncode == 1 and done.stderr.count(b"\n") == 1
          and done.stderr.startswith(b"convert.py: %s: " % path("bad.pth").encode()), done.stderr)


def test_engine():
    """The engine takes what is written, if there is one that can verify."""
    tlee = os.environ.get("TLEE", "").split()
    cases = [(dict(), dict(), []), (dict(), dict(), ["--half"]),
             (dict(gate="eg", mlp=12), dict(gate="eg", dataset="ucf101"), []),
             (dict(backbone="resnet50", widths=(2, 2, 3, 4, 5), branches=1),
              dict(backbone="resnet50", branches="1"), [])]
    for backbone, widths in NARROW.items():
        cases.append((dict(backbone=backbone, widths=widths, branches=3),
                      dict(backbone=backbone, branches="3"), []))
    for shape, changes, words in cases:
        data, _ = tiny(**shape)
        convert(data, *(words + flags(**changes)))
        try:
            done = subprocess.run(tlee + ["verify", path("model.tlee")], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, universal_newlines=True)
        except (OSError, IndexError):
            return skip("no engine: tlee verify")
        if done.returncode == 2:
            return skip("tlee verify: " + done.stdout.strip())
        check(done.returncode == 0 and done.stdout.startswith("ok: "), shape, done.stdout)
    return None


def main():
    return run_tests(globals())


if __name__ == "__main__":
    sys.exit(main())
