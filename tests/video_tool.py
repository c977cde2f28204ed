# SPDX-License-Identifier: MIT
"""What the tests of video inputs share: calling `test_video dump`, and making small videos."""
import os
import random
import shutil
import subprocess
import zlib

from cli_tool import WORDS, check

#: The program that shows what the library makes of a video, run like the command; the runner's full
#: name, since PATH changes.
DUMP = [shutil.which(word) or word for word in WORDS[:-1]]
DUMP.append(os.path.join(os.environ.get("TLEE_BUILD", "build"), "tests", "test_video"))
#: It needs $TMPDIR for itself, and dies of an execve that fails.
VALGRIND = "valgrind" in DUMP[0]
QUICK = bool(os.environ.get("TLEE_QUICK"))
LIMIT = 120

#: enum tlee_status
IO, FORMAT, UNSUPPORTED = 3, 4, 7


class Dump:
    """One run: count, frames as (number, width, height, crc), pixels, warnings and the error."""

    def __init__(self, args, text):
        self.args, self.text = args, text
        self.count, self.frames, self.pixels, self.warnings = None, [], [], []
        self.status, self.error = 0, ""
        for line in text.splitlines():
            kind, rest = (line.split(" ", 1) + [""])[:2]
            if kind == "count":
                self.count = int(rest)
            elif kind == "frame":
                number, width, height, crc, levels = (rest + " ").split(" ")[:5]
                self.frames.append((int(number), int(width), int(height), int(crc, 16)))
                self.pixels.append(bytes.fromhex(levels))
            elif kind == "warning":
                self.warnings.append(rest)
            elif kind == "error":
                self.status, self.error = int(rest.split(" ", 1)[0]), rest.split(" ", 1)[1]
            else:
                check(False, "unexpected line", line, args)

    def __str__(self):
        return "dump %s:\n%s" % (" ".join(map(repr, self.args)), self.text[:2000])

    def numbers(self):
        return [frame[0] for frame in self.frames]

    def crcs(self):
        return [frame[3] for frame in self.frames]


def dump(path, frames, *options, **streams):
    """Shows a video; no leak of any kind, and no crash, is a check of its own."""
    args = [path, str(frames)] + list(options)
    streams.setdefault("stdin", subprocess.DEVNULL)
    if "input" in streams:
        del streams["stdin"]
    done = subprocess.run(DUMP + ["dump"] + args, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT, **streams)
    text = done.stdout.decode("utf-8", "replace")
    result = Dump(args, text)
    check(done.returncode == (1 if result.status else 0) and not done.stderr
          and "\nleak" not in text, "status", done.returncode, done.stderr[:500], result)
    return result


def refused(status, part, path, *options, **streams):
    """A video that cannot be used: the status, and part of a message without the path."""
    result = dump(path, 10, *options, **streams)
    check(result.status == status and part in result.error
          and (path == "-" or path not in result.error), "want", status, part, result)
    return result


def sampled(count, frames):
    """The formula of the specification."""
    values = [1 + k * (count / (frames - 1)) for k in range(frames - 1)] + [count + 1]
    return [int(min(max(value, 0), count - 1)) or 1 for value in values]


def noise(seed, length):
    return random.Random(seed).getrandbits(8 * length).to_bytes(length, "little")


def crc(data):
    return zlib.crc32(data) & 0xffffffff


def picture(number, width=5, height=4):
    return noise(number, 3 * width * height)


def ppm(number, width=5, height=4):
    return b"P6\n%d %d\n255\n" % (width, height) + picture(number, width, height)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def folder_of(parent, name, names, make=ppm):
    """A folder whose k-th file (from 1) holds the picture of number k."""
    folder = os.path.join(parent, name)
    os.mkdir(folder)
    for k, file_name in enumerate(names):
        write(os.path.join(folder, file_name), make(k + 1))
    return folder


def expect(result, count, numbers, crcs, warnings=()):
    """A video that was read: N, the frames in order, their pixels, and parts of the warnings."""
    check(not result.status and result.count == count and result.numbers() == list(numbers),
          "want N", count, "and frames", list(numbers), result)
    check(result.crcs() == list(crcs), "other pixels", result)
    check(len(result.warnings) == len(warnings)
          and all(part in text for part, text in zip(warnings, result.warnings)),
          "want warnings", list(warnings), result)
