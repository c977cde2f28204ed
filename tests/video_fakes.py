# SPDX-License-Identifier: MIT
"""Programs that call themselves ffmpeg and misbehave."""
import os
import sys
import time

from cli_tool import check
from video_tool import (FORMAT, UNSUPPORTED, VALGRIND, crc, dump, expect, folder_of, picture, ppm,
                        refused, sampled, write)

#: What each fake begins with: `count` tells the first pass from the second.
START = """#!%s
import os, signal, sys, time
sys.path.insert(0, %r)
from video_tool import ppm
count = "framecrc" in sys.argv
out, err = sys.stdout.buffer, sys.stderr.buffer
def line(k):
    out.write(b"0, %%d, %%d, 1, 60, 0x%%08x\\n" %% (k, k, k))
def frames(listed, pictures):
    if count:
        out.write(b"#tb 0: 1/25\\n")
    for k in range(listed if count else pictures):
        line(k) if count else out.write(ppm(k + 1))
    out.flush()
"""


class Fake:
    """A folder with such a program, alone in PATH, and a file to decode."""

    def __init__(self, temp, body, name="clip.mp4"):
        self.folder = os.path.join(temp, "path")
        os.makedirs(self.folder, exist_ok=True)
        self.program = os.path.join(self.folder, "ffmpeg")
        here = os.path.dirname(os.path.abspath(__file__))
        write(self.program, (START % (sys.executable, here) + body).encode())
        os.chmod(self.program, 0o755)
        self.environment = dict(os.environ, PATH=self.folder, PYTHONDONTWRITEBYTECODE="1")
        self.path = write(os.path.join(temp, name), b"not looked at")

    def dump(self, *options):
        return dump(self.path, *options, env=self.environment)

    def refused(self, status, part, *options):
        return refused(status, part, self.path, *options, env=self.environment)


def crcs(numbers, there=10 ** 9):
    return [crc(picture(k if k <= there else 1)) for k in numbers]


def test_missing(temp):
    """No program, one that may not be run, and one whose interpreter is missing."""
    fake = Fake(temp, "")
    os.chmod(fake.program, 0o644)
    for _ in range(2):
        for options in ((), ("sequential",), ("count=5",)):
            result = fake.refused(UNSUPPORTED, "install it, or convert", *options)
            check(".y4m" in result.error, result)
        if os.path.exists(fake.program):
            os.unlink(fake.program)
    for body in ("#!/nonexistent/interpreter\n", "#!/bin/sh\nexit 127\n")[VALGRIND:]:
        write(fake.program, body.encode())
        os.chmod(fake.program, 0o755)
        fake.refused(UNSUPPORTED, "install it")
    folder = folder_of(temp, "pictures", ["1.jpg", "2.jpg"])
    os.unlink(fake.program)
    refused(UNSUPPORTED, "install it", folder, env=fake.environment)
    # What needs no ffmpeg does without.
    expect(dump(folder_of(temp, "ppm", ["1.ppm"]), 2, env=fake.environment), 1, (1, 1),
           crcs((1, 1)))


def test_arguments(temp):
    """No shell in between, and the fixed arguments, whatever the file is called."""
    name = "-i $(touch x) `touch y` 'a\" %d;&|*.mkv"
    body = """
with open(os.path.join(%r, "seen"), "ab") as file:
    file.write(b"\\0".join(map(os.fsencode, sys.argv[1:])) + b"\\n")
check_input = sys.stdin.buffer.read()
frames(3, 3) if not check_input else None
""" % temp
    fake = Fake(temp, body, name)
    expect(fake.dump(4), 3, sampled(3, 4), crcs(sampled(3, 4)))
    with open(os.path.join(temp, "seen"), "rb") as file:
        calls = [line.split(b"\0") for line in file.read().splitlines()]
    check(len(calls) == 2, "two passes", calls)
    for call in calls:
        check(call[:5] == [b"-nostdin", b"-v", b"error", b"-protocol_whitelist", b"file,pipe"]
              and call[5:7] == [b"-i", b"file:" + os.fsencode(fake.path)]
              and b"-vsync\0passthrough" in b"\0".join(call), call)
    check(b"-sws_flags\0accurate_rnd+full_chroma_int" in b"\0".join(calls[1]), calls[1])
    expect(fake.dump(0, "sequential"), 0, (1, 2, 3), crcs((1, 2, 3)))
    with open(os.path.join(temp, "seen"), "rb") as file:
        check(len(file.read().splitlines()) == 3, "one pass in sequence")
    check(sorted(os.listdir(temp)) == sorted(["path", "seen", name]), os.listdir(temp))


def test_good(temp):
    fake = Fake(temp, "frames(25, 25)")
    order = [5, 0, 9, 2, 7, 4, 6, 3, 8, 1]
    numbers = [sampled(25, 10)[k] for k in order]
    expect(fake.dump(10, "order=" + ",".join(map(str, order))), 25, numbers, crcs(numbers))
    expect(fake.dump(0, "sequential", "every=10"), 0, (1, 11, 21), crcs((1, 11, 21)))
    expect(fake.dump(4, "count=12"), 12, sampled(12, 4), crcs(sampled(12, 4)))
    numbers = sampled(60, 4)
    expect(fake.dump(4, "count=60"), 60, numbers, crcs(numbers, 25), ["no such frame"] * 2)
    varied = Fake(temp, "for k in range(4): line(k) if count else out.write(ppm(k, k + 1, 9 - k))")
    result = varied.dump(0, "sequential")
    check([frame[1:3] for frame in result.frames] == [(k + 1, 9 - k) for k in range(4)],
          "each frame has its own size", result)


def test_failing(temp):
    """Ends after some frames: a warning. Before the first: an error with the reason."""
    last = ('err.write(b"first\\nfile:%s: [mp4 @ 0x1] [x] the reason\\n\\n"); out.flush(); '
            % os.path.join(temp, "clip.mp4"))
    for end, words in (("sys.exit(1)", "status 1"),
                       ("err.flush(); os.kill(os.getpid(), signal.SIGSEGV)", "status 139")):
        fake = Fake(temp, "frames(3, 3); " + last + end)
        result = fake.dump(5)
        expect(result, 3, sampled(3, 5), crcs(sampled(3, 5)), ["fails after frame 3"])
        check(result.warnings[0].endswith(": the reason") and words in result.warnings[0], result)
        expect(fake.dump(0, "sequential"), 0, (1, 2, 3), crcs((1, 2, 3)), ["fails after frame 3"])
        fake = Fake(temp, last + end)
        for options in ((), ("sequential",), ("count=4",)):
            result = fake.refused(FORMAT, words, *options)
            check(result.error.endswith(": the reason"), result)
    fake = Fake(temp, "frames(3, 3); " + last)
    expect(fake.dump(5), 3, sampled(3, 5), crcs(sampled(3, 5)), ["reports: the reason"])
    Fake(temp, "").refused(FORMAT, "no picture")
    Fake(temp, "frames(0, 0)").refused(FORMAT, "no picture")
    Fake(temp, "out.write(b'#only a comment')").refused(FORMAT, "no picture")
    for garbage in ("os.urandom(200000)", "b'\\0' * 70000", "b'P6 2 2 65535 abc'", "b'\\n'"):
        fake = Fake(temp, "out.write(%s)" % garbage)
        result = fake.dump(5, "sequential")
        check(result.status == FORMAT and not result.frames, garbage, result)
        if "urandom" not in garbage:
            fake.refused(FORMAT, "something else than a list of frames")
    Fake(temp, "out.write(b'P6 99999 99999 255\\n')").refused(FORMAT, "sides", "sequential")


def test_second_pass(temp):
    """The second pass gives less than the first has counted, or something else."""
    numbers = sampled(9, 6)
    missing = sum(k > 5 for k in set(numbers))
    fake = Fake(temp, "frames(9, 5)")
    expect(fake.dump(6), 9, numbers, crcs(numbers, 5), ["no such frame"] * missing)
    fake = Fake(temp, "frames(9, 5)\nif not count: out.write(ppm(6)[:-1])")
    expect(fake.dump(6), 9, numbers, crcs(numbers, 5), ["no such frame"] * missing)
    fake = Fake(temp, "frames(9, 5)\nif not count: out.write(b'x' * 99999)")
    expect(fake.dump(6), 9, numbers, crcs(numbers, 5), ["no binary PPM"] * missing)
    Fake(temp, "frames(9, 0)").refused(FORMAT, "frame 1: ffmpeg decodes no picture")
    expect(Fake(temp, "frames(9, 20)").dump(6), 9, numbers, crcs(numbers))


def test_loud(temp):
    """Megabytes on standard error, before, between and after the frames."""
    fake = Fake(temp, """
err.write(b"x" * 3000000)
for k in range(3):
    frames(1, 1)
    err.write(b"noise\\n" * 200000)
err.write(b"\\n the last word \\r\\n\\n")
""")
    result = fake.dump(2)
    expect(result, 3, (1, 2), crcs((1, 1)), ["reports:  the last word "])
    fake = Fake(temp, "err.write(b'y' * 3000000); sys.exit(1)")
    result = fake.refused(FORMAT, "yyyy")
    check(len(result.error) < 320, "a bounded message", result)


def test_endless(temp):
    """Closed while the child would go on for ever."""
    fake = Fake(temp, "while True: frames(1, 1)")
    expect(fake.dump(3, "sequential"), 0, (1, 2, 3), crcs((1, 1, 1)))
    expect(fake.dump(4, "count=4"), 4, sampled(4, 4), crcs([1] * 4))
    fake = Fake(temp, "frames(2, 2); time.sleep(1000)")
    started = time.monotonic()
    expect(fake.dump(2, "sequential"), 0, (1, 2), crcs((1, 2)))
    check(time.monotonic() - started < 5, "a sleeping child holds up the close")


def test_hanging(temp):
    """Output closed, but no end: not waited for."""
    fake = Fake(temp, "frames(2, 2); os.close(1); os.close(2); time.sleep(1000)")
    started = time.monotonic()
    expect(fake.dump(0, "sequential"), 0, (1, 2), crcs((1, 2)), ["status 137"])
    check(time.monotonic() - started < 20, "the wait")


def test_sync_option(temp):
    """ffmpeg 9 has another name for -vsync."""
    fake = Fake(temp, """
if "-vsync" in sys.argv:
    err.write(b"Unrecognized option 'vsync'.\\n"
              b"Error splitting the argument list: Option not found\\n")
    sys.exit(8)
frames(4, 4) if "-fps_mode" in sys.argv else sys.exit(1)
""")
    expect(fake.dump(3), 4, sampled(4, 3), crcs(sampled(4, 3)))
    expect(fake.dump(2, "sequential"), 0, (1, 2), crcs((1, 2)))
    fake = Fake(temp, "err.write(b'Option not found'); sys.exit(8)")
    fake.refused(FORMAT, "Option not found")


def test_pictures(temp):
    """Images of a folder, one call for each that is needed."""
    fake = Fake(temp, """
name = sys.argv[sys.argv.index("-i") + 1]
assert name.startswith("file:")
with open(os.path.join(%r, "seen"), "a") as file:
    file.write(name[-5:] + "\\n")
number = int(name[-5])
if number == 3:
    sys.exit("it is damaged")
if number == 4:
    print("a doubt", file=sys.stderr)
out.write(ppm(number) + (ppm(9) if number == 2 else b""))
""" % temp)
    folder = folder_of(temp, "jpg", ["%d.jpg" % k for k in range(1, 9)])
    result = dump(folder, 4, "sequential", env=fake.environment)
    expect(result, 0, (1, 2, 3, 4), crcs((1, 2, 1, 4)),
           ["frame 3 is replaced by frame 1: 3.jpg: ffmpeg decodes no picture of it (status 1): "
            "it is damaged", "4.jpg: ffmpeg decodes it, but reports: a doubt"])
    with open(os.path.join(temp, "seen")) as file:
        check(file.read().split() == ["1.jpg", "2.jpg", "3.jpg", "1.jpg", "4.jpg"], "the calls")
    # Frame 4 is sampled twice.
    expect(dump(folder, 4, "count=5", "order=3,2,1,0", env=fake.environment), 5, (4, 4, 2, 1),
           crcs((4, 4, 2, 1)), ["4.jpg: ffmpeg decodes it, but reports: a doubt"])
    os.unlink(os.path.join(folder, "2.jpg"))
    os.mkfifo(os.path.join(folder, "2.jpg"))
    expect(dump(folder, 2, "sequential", env=fake.environment), 0, (1, 2), crcs((1, 1)),
           ["2.jpg: not a regular file"])
