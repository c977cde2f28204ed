# SPDX-License-Identifier: MIT
"""tlee prepare: files that hold a model as one instruction set computes with it."""
import os
import signal
import struct
import subprocess
import zlib

from cli_tool import LIMIT, SMALL, WORDS, check, good, refused, tlee
from cli_weights import weights_file

AGAIN = "make it anew: tlee prepare "
#: What opening must not have changed in the output of info.
SAME = ("backbone", "dataset", "classes", "labels", "mode", "branches", "frames", "order", "reuse",
        "gate", "thresholds", "resize", "input", "feature", "parameters", "weight_bytes",
        "arena_bytes", "isa", "fingerprint", "gmac_full", "gmac_paper_full", "exits")
#: CRC of all tensors of SMALL, prepared since version 3. When the engine comes to prepare weights
#: otherwise, TLEE_PREPARED_VERSION has to go up, or older files would give wrong answers.
CONTENTS = {"c": 0x80109A5A, "avx2": 0x698BCFBD, "avx512": 0xBD9EA007, "neon": 0xC28B82B6}
VERSION = 4


def sets():
    """The instruction sets that there are here."""
    return [name for name in ("c", "avx2", "avx512", "neon")
            if tlee("info", "--cpu", name, SMALL).status == 0]


def prepared(temp, name, model, *options):
    """A file made of the model; its path."""
    path = os.path.join(temp, name + ".tlee")
    check(good("prepare", *options, model, "-o", path).out.startswith("ok: "), path)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def table(data):
    """(name, layout, place of the row, offset, bytes) of each tensor."""
    header, tensors, metadata_bytes = struct.unpack_from("<16xQ8x4xIQ", data)
    at, rows = 64 + metadata_bytes, []
    for _ in range(tensors):
        name_bytes, _, ndim, layout, offset, size = struct.unpack_from("<HBBIQQ", data, at)
        name = data[at + 32 + 8 * ndim:at + 32 + 8 * ndim + name_bytes].decode()
        rows.append((name, layout, at, offset, size))
        at += 32 + 8 * ndim + name_bytes
    return rows


def seal(data):
    """The file with its header's checksum made right."""
    header = struct.unpack_from("<Q", data, 16)[0]
    crc = zlib.crc32(data[:12] + bytes(4) + data[16:header])
    return data[:12] + struct.pack("<I", crc) + data[16:]


def put(temp, data):
    path = os.path.join(temp, "changed.tlee")
    with open(path, "wb") as file:
        file.write(data)
    return path


def answer(model, folder, *options):
    return good("run", "--json", "--trace", *options, model, folder).without_times()


def test_same_answers(folder, temp):
    """The same bits as the model itself, for each instruction set, mode and gate."""
    choices = ((), ("--exact",), ("--mode", "t"), ("--mode", "full"), ("--gate", "none"),
               ("--gate", "random"))
    for isa in sets():
        for options in choices if isa == sets()[-1] else choices[:2]:
            path = prepared(temp, "same", SMALL, "--cpu", isa, *options)
            want = answer(SMALL, folder, "--cpu", isa, *options)
            for load in ((), ("--load", "read"), ("--load", "map"), ("--threads", "2")):
                check(answer(path, folder, *load) == want, isa, options, load, "differ")
            check(answer(path, folder, "--cpu", isa, *options) == want, "options said again differ")
            model, file = (good("info", "--json", *line).json()
                           for line in (("--cpu", isa, *options, SMALL), (path,)))
            for key in SAME:
                check(model[key] == file[key], isa, options, key, model[key], file[key])
            rows = table(read(path))
            check(good("verify", path).out == "ok: %d tensors, %d bytes\n"
                  % (len(rows), os.path.getsize(path)), tlee("verify", path))
            has = any(name.startswith("backbone.branches.") for name, *_ in rows)
            check(has == (model["mode"] == "ts"), options, "branches are there:", has)
            has = any(name.startswith("exit_selector.") for name, *_ in rows)
            check(has == (model["gate"] == "gm"), options, "the gate is there:", has)
            check(all(row[3] % 64 == 0 for row in rows), "a tensor is not aligned")


def test_kinds(folder, temp):
    """Networks with every kind of part, and one from a file."""
    fast = "random:resnet18,input=64,classes=5,frames=8"
    for keys in (",gate=eg,reuse=ema,branches=3", ",branches=0,dataset=hmdb51", ",mode=t,first=0",
                 ",gate=random,reuse=ap", ",seed=18446744073709551615,exit=0.123456789"):
        path = prepared(temp, "kind", fast + keys)
        check(answer(path, folder) == answer(fast + keys, folder), keys, "differs")
        good("verify", path)
    labels, order = ["a b", "caf\u00e9", "\u4e2d\u6587"], [2, 0, 1]
    model = os.path.join(temp, "narrow_source.tlee")
    with open(model, "wb") as file:
        file.write(weights_file(labels, order)[0])
    path = prepared(temp, "narrow", model)
    check(answer(path, folder) == answer(model, folder), "a file's model differs")
    file, info = (good("info", "--json", name).json() for name in (path, model))
    check(file == info, "info differs:", file, info)
    # Over itself, over another file, and what does not get written.
    check(prepared(temp, "narrow", model) == path, "not written again")
    before = read(model)
    refused(2, "tlee: option '--output' would overwrite what is read, %s" % model, "prepare", model,
            "-o", model)
    check(read(model) == before, "the model was overwritten")
    refused(1, "tlee: %s: the model is a prepared one" % path, "prepare", path, "-o",
            path + "2")
    refused(1, "tlee: %s: " % temp, "prepare", model, "-o", temp)
    refused(1, "tlee: %s" % os.path.join(temp, "missing"), "prepare", model, "-o",
            os.path.join(temp, "missing", "x"))
    refused(2, "tlee: prepare needs -o FILE", "prepare", model)
    refused(2, "tlee: option '--output': '' ", "prepare", model, "-o", "")
    check(not [name for name in os.listdir(temp) if "part" in name], "left:", os.listdir(temp))


def test_elsewhere(folder, temp):
    """Another instruction set, version or mode: refused with the command that makes it anew."""
    there = sets()
    path = prepared(temp, "elsewhere", SMALL, "--mode", "t", "--cpu", there[-1])

    def expect(reason, command, model, *options):
        for line in (("run", *options, model, folder), ("info", *options, model)):
            error = refused(1, "tlee: %s: " % model, *line).err
            check(reason in error and (not command or AGAIN + command in error),
                  "want", reason, command, error)

    expect("mode ts is asked for", "--mode ts MODEL -o FILE", path, "--mode", "ts")
    expect("exact is asked for", "--exact MODEL -o FILE", path, "--exact")
    expect("without folding", None, path, "--no-fold")
    for isa in there[:-1]:
        expect("prepared for %s, %s is asked for" % (there[-1], isa),
               "--cpu %s MODEL" % isa, path, "--cpu", isa)
        other = prepared(temp, "other", SMALL, "--cpu", isa)
        check(good("info", "--json", other).json()["isa"] == isa, "does not use", isa)
    for mode in ("t", "full"):
        good("run", "--mode", mode, path, folder)
    data = read(path)
    name = there[-1].encode()
    at = data.index(b"prepared.isa") + len(b"prepared.isa") + 4
    unknown = b"z" * len(name)
    changed = put(temp, seal(data[:at] + unknown + data[at + len(name):]))
    expect("prepared for %s, this build and machine have" % unknown.decode(), "MODEL -o FILE",
           changed)
    key = b"prepared.version"
    at = data.index(key) + len(key)
    for version in (VERSION - 1, VERSION + 1):
        changed = put(temp, seal(data[:at] + struct.pack("<q", version) + data[at + 8:]))
        expect("version %d, this build uses %d" % (version, VERSION), "MODEL -o FILE", changed)
    for key in (b"prepared.mode", b"prepared.gate"):
        at = data.index(key) + len(key) + 4
        changed = put(temp, seal(data[:at] + b"q" + data[at + 1:]))
        check("key '%s'" % key.decode() in refused(1, "tlee: ", "info", changed).err, key)


def test_damage(folder, temp):
    """Damage to data is for verify to find; every tensor has one size, layout and type."""
    path = prepared(temp, "whole", SMALL)
    data = read(path)
    rows = table(data)
    middle = rows[len(rows) // 2]
    at = middle[3] + middle[4] // 2
    changed = put(temp, data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
    check("'%s'" % middle[0] in refused(1, "tlee: %s: " % changed, "verify", changed).err,
          "verify does not name the tensor")
    good("run", changed, folder)
    for cut in (1, middle[3], len(data) - 64):
        refused(1, "tlee: %s: cut short" % changed, "run", put(temp, data[:-cut]), folder)

    def named(change, text):
        """A change of one tensor's row is refused by name."""
        for name, layout, row, _, _ in (rows[0], middle, rows[-1], rows[-2]):
            entry = bytearray(data)
            change(entry, row, layout)
            error = refused(1, "tlee: %s: " % changed, "run", put(temp, seal(bytes(entry))),
                            folder).err
            check(text in error and "'" in error, "want", text, name, error)

    def rename(entry, row, _):
        ndim = entry[row + 3]
        entry[row + 32 + 8 * ndim] = ord("~")

    def widen(entry, row, _):
        dim = struct.unpack_from("<Q", entry, row + 32)[0]
        struct.pack_into("<Q", entry, row + 32, dim + 1)

    def halve(entry, row, _):
        entry[row + 2] = 2

    def relay(entry, row, layout):
        struct.pack_into("<I", entry, row + 4, layout + 1)

    named(rename, "is missing")
    named(widen, ", must ")
    named(halve, "must ")  # f32; a linear layer may hold halves, but not so many bytes
    named(relay, "layout")
    # The last tensor loses its last number, and the file with it.
    data = read(prepared(temp, "whole", SMALL, "--gate", "none"))
    rows = table(data)
    entry = bytearray(data[:-4])
    name, _, row, _, size = rows[-1]
    struct.pack_into("<Q", entry, row + 16, size - 4)
    struct.pack_into("<Q", entry, 24, len(entry))
    error = refused(1, "tlee: %s: " % changed, "run", put(temp, seal(bytes(entry))), folder).err
    check("'%s'" % name in error and "%d bytes" % (size - 4) in error, error)


def test_contents(temp):
    """Prepared bytes change only together with the version."""
    for isa in sets():
        data = read(prepared(temp, "contents", SMALL, "--cpu", isa))
        found = zlib.crc32(b"".join(data[at:at + size] for _, _, _, at, size in table(data)))
        key = b"prepared.version"
        version = struct.unpack_from("<q", data, data.index(key) + len(key))[0]
        check(version == VERSION and found == CONTENTS[isa], isa, "is prepared otherwise: version",
              version, "CRC 0x%08X" % found)


def is_writing(process, folder):
    """True once the process has a file of the folder open."""
    links = "/proc/%d/fd" % process.pid
    while process.poll() is None:
        for link in os.listdir(links):
            try:
                if os.readlink(os.path.join(links, link)).startswith(folder + os.sep):
                    return True
            except OSError:
                pass  # closed since it was listed
    return False


def test_killed(temp):
    """However it is ended, nothing is left of a file that is not whole."""
    folder = os.path.join(os.path.realpath(temp), "killed")
    os.mkdir(folder)
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY))
    except OSError:
        print("skipped: this file system has no files without a name")
        return
    path = os.path.join(folder, "x.tlee")
    for number in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(20):  # on a busy machine it may be done before it is seen at work
            process = subprocess.Popen(WORDS + ["prepare", "random:resnet50", "-o", path],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if is_writing(process, folder):
                process.send_signal(number)
            status = process.wait(timeout=LIMIT)
            if status:
                break
            os.remove(path)
        check(status == -number, "not caught at work:", status)
        check(not os.listdir(folder), "left after", number, os.listdir(folder))
