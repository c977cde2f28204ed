#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checkpoints through converter and command together: what the published ones have and lack."""
import zlib

import convert_case as case
import convert_files as files
from convert_networks import network
from cli_tool import check, good, refused, write_video
import cli_tool


def model(name, state, **settings):
    """Path of a model converted from a checkpoint of these tensors."""
    source = case.put(name + ".pth", files.zip_bytes(files.checkpoint(state)))
    target = case.path(name + ".tlee")
    status, _, errors = case.run(source, "-o", target, *case.flags(**settings))
    check(status == 0, name, "is not converted:", errors)
    return target


def calm(shapes):
    """Tensors whose scores stay finite: variances above 0."""
    state = files.filled(shapes)
    for name, tensor in state.items():
        if name.endswith("running_var"):
            state[name] = files.Tensor(files.Storage([1.0] * files.number_of(shapes[name])),
                                       shapes[name])
    return state


def test_without_gate(folder):
    """Saved before gate training: sound, and of use without a gate."""
    path = model("gateless", calm(network(gate=None)))
    check(good("verify", path).out.startswith("ok: "), "verify")
    info = good("info", "--json", path, warnings=1)
    check(info.json()["gate"] == "none" and "--gate none" in info.err, info)
    error = refused(1, "tlee: %s: " % path, "run", path, folder).err
    check("another checkpoint" in error and "--gate none" in error, error)
    check(good("run", "--json", "--gate", "none", path, folder).json()["label"] in range(3),
          "--gate none")


def test_temporal_mode(folder):
    """verify checks branches that the file's own mode never uses."""
    shapes = network()
    path = model("temporal", calm(shapes), mode="t")
    check(good("info", "--json", path).json()["mode"] == "t", "mode t")
    good("verify", path)
    with open(path, "rb") as file:
        data = bytearray(file.read())
    # One tensor is renamed, in the table and so that the header's checksum fits again.
    at = data.index(b"backbone.branches.0.fc1.weight")
    data[at:at + 30] = b"backbone.branches.0.fcX.weight"
    header_bytes = int.from_bytes(data[16:24], "little")
    data[12:16] = bytes(4)
    data[12:16] = zlib.crc32(data[:header_bytes]).to_bytes(4, "little")
    damaged = case.put("renamed.tlee", bytes(data))
    good("run", "--json", damaged, folder)
    error = refused(1, "tlee: %s: " % damaged, "verify", damaged).err
    check("backbone.branches.0.fc1.weight" in error, error)


def main():
    folder = write_video(case.path("video"), 12)
    test_without_gate(folder)
    test_temporal_mode(folder)
    case.shutil.rmtree(case.work)
    print("%d passed, %d failed" % (cli_tool.passed, cli_tool.failed))
    return 1 if cli_tool.failed or not cli_tool.passed else 0


if __name__ == "__main__":
    raise SystemExit(main())
