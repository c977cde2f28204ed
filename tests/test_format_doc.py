#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Weights files against the documents: the worked example of weights/FORMAT.md byte by byte, and
tests/data/version_1.tlee, a file of the first released version, which must load for ever."""
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
DUMP_LINE = re.compile(r"    ([0-9a-f]{4})  (00 \* \d+|[0-9a-f]{2}(?: [0-9a-f]{2})*)  +(\S.*)")
EXAMPLE_SHOWN = """\
key frames: 10
key mode (required): "ts"
tensor fc.weight f32 layout 0 at 256, 8 bytes, crc 033d4afb (1, 2)
3f800000 bf000000
tensor fc.bias f16 layout 0 at 320, 2 bytes, crc 80b80f54 (1)
3fc00000
"""

counts = {True: 0, False: 0}


def check(condition, *details):
    counts[bool(condition)] += 1
    if not condition:
        print(*details)


def test_weights(*arguments):
    """What the C program prints; its messages count too."""
    program = os.path.join(os.environ["TLEE_BUILD"], "tests", "test_weights")
    command = os.environ["TLEE"].split()[:-1] + [program] + list(arguments)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode("utf-8", "replace")


def read_example():
    """The bytes of the worked example, and [(offset, bytes, meaning)]."""
    with open(os.path.join(HERE, "..", "weights", "FORMAT.md"), encoding="utf-8") as file:
        text = file.read()
    section = text[text.index("\n## A worked example\n") + 1:].split("\n## ")[0]
    example, fields = b"", []
    for line in section.split("\n"):
        match = DUMP_LINE.match(line)
        if not match:
            continue
        offset, digits, meaning = match.groups()
        check(int(offset, 16) == len(example), "offset", offset, "must be %04x" % len(example))
        field = bytes(int(digits[5:])) if "*" in digits else bytes.fromhex(digits)
        example += field
        fields.append((field, meaning))
    return example, fields


def check_meanings(fields):
    """What stands beside the bytes says what they say."""
    for field, meaning in fields:
        stated = meaning.split(": ", 1)[-1]
        if stated.startswith('"'):
            check(field.decode() == stated.strip('"'), "text", meaning, field)
        elif stated.split()[0].isdigit() and ":" in meaning and "." not in stated.split()[0]:
            check(int.from_bytes(field, "little") == int(stated.split()[0]), "number", meaning)


def test_example():
    example, fields = read_example()
    check(len(fields) > 40, "only", len(fields), "lines of the example found")
    check_meanings(fields)
    check(example.hex() == test_weights("example").strip(), "a writer makes other bytes")
    header_bytes, file_bytes = struct.unpack_from("<QQ", example, 16)
    check(file_bytes == len(example), "file_bytes", file_bytes, "but", len(example), "bytes")
    header = example[:12] + bytes(4) + example[16:header_bytes]
    check(zlib.crc32(header) == struct.unpack_from("<I", example, 12)[0], "header_crc is wrong")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "example.tlee")
        with open(path, "wb") as file:
            file.write(example)
        shown = test_weights("show", path)
        check(shown == EXAMPLE_SHOWN, "the example is read as\n" + shown)


def test_version_1():
    with open(os.path.join(HERE, "data", "version_1.txt"), encoding="utf-8") as file:
        expected = file.read()
    shown = test_weights("show", os.path.join(HERE, "data", "version_1.tlee"))
    check(shown == expected, "version_1.tlee is read as\n" + shown)


if __name__ == "__main__":
    test_example()
    test_version_1()
    print("%d passed, %d failed" % (counts[True], counts[False]))
    sys.exit(1 if counts[False] or not counts[True] else 0)
