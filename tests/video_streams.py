# SPDX-License-Identifier: MIT
"""Y4M files and streams, with a colour conversion of their own to compare with."""
import math
import os
import resource
import signal
import subprocess
import threading

from cli_tool import check
from video_tool import (DUMP, FORMAT, IO, UNSUPPORTED, VALGRIND, crc, dump, expect, noise,
                        refused, sampled, write)

#: Chroma tag: columns and rows halved, and how far right of and below the first luma sample of its
#: pair a chroma sample sits.
SITINGS = {"420jpeg": (2, 2, 0.5, 0.5), "420": (2, 2, 0.5, 0.5), "420mpeg2": (2, 2, 0, 0.5),
           "420paldv": (2, 2, 0, 0), "422": (2, 1, 0, 0), "444": (1, 1, 0, 0), "mono": None}


def chroma(plane, columns, rows, column, row):
    """A plane at fractional coordinates."""
    column, row = min(max(column, 0), columns - 1), min(max(row, 0), rows - 1)
    left, top = int(column), int(row)
    total = 0.0
    for y, part_y in ((top, top + 1 - row), (min(top + 1, rows - 1), row - top)):
        for x, part_x in ((left, left + 1 - column), (min(left + 1, columns - 1), column - left)):
            total += plane[y * columns + x] * part_x * part_y
    return total


def exact(planes, width, height, tag, full, bt709):
    """The levels of a frame before rounding."""
    step_x, step_y, right, below = SITINGS[tag] or (1, 1, 0, 0)
    columns, rows = -(-width // step_x), -(-height // step_y)
    blue_plane = planes[width * height:][:columns * rows]
    red_plane = planes[width * height + columns * rows:]
    red, blue = (0.2126, 0.0722) if bt709 else (0.299, 0.114)
    for y in range(height):
        for x in range(width):
            luma = planes[y * width + x]
            u = v = 128.0
            if SITINGS[tag]:
                place = columns, rows, (x - right) / step_x, (y - below) / step_y
                u, v = chroma(blue_plane, *place), chroma(red_plane, *place)
            if full:
                luma, u, v = luma / 255, (u - 128) / 255, (v - 128) / 255
            else:
                luma, u, v = (luma - 16) / 219, (u - 128) / 224, (v - 128) / 224
            r, b = luma + v * (2 - 2 * red), luma + u * (2 - 2 * blue)
            for level in (r, (luma - red * r - blue * b) / (1 - red - blue), b):
                yield min(max(255 * level, 0), 255)


def frame_bytes(width, height, tag):
    step_x, step_y = (SITINGS[tag] or (1, 1))[:2]
    return width * height + (2 * -(-width // step_x) * -(-height // step_y) if SITINGS[tag] else 0)


def y4m(frames, width=7, height=5, tag="mono", extra="", lines=("FRAME\n",)):
    text = "YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C%s%s\n" % (width, height, tag, extra)
    size = frame_bytes(width, height, tag)
    return text.encode() + b"".join(
        lines[k % len(lines)].encode() + noise(k + 1, size) for k in range(frames))


def gray_crcs(numbers, size=35):
    """The pictures of y4m's default frames with XCOLORRANGE=FULL."""
    return [crc(bytes(v for level in noise(k, size) for v in (level,) * 3)) for k in numbers]


def test_colours(temp):
    """Every format, both ranges, both matrices, odd and even sizes."""
    for tag in SITINGS:
        for width, height in ((8, 6), (7, 5), (1, 1)):
            for full in (False, True):
                for bt709 in (False, True):
                    data = y4m(2, width, height, tag, " XCOLORRANGE=FULL" if full else "")
                    options = ["pixels"] + (["matrix=709"] if bt709 else [])
                    result = dump(write(os.path.join(temp, "c.y4m"), data), 2, *options)
                    planes = noise(1, frame_bytes(width, height, tag))
                    wanted = list(exact(planes, width, height, tag, full, bt709))
                    check(result.count == 2 and len(result.pixels[0]) == len(wanted)
                          and all(math.fabs(a - b) < 0.502
                                  for a, b in zip(result.pixels[0], wanted)),
                          tag, width, height, full, bt709, wanted, result)
    bare = y4m(2, tag="420jpeg").replace(b" C420jpeg", b"")
    check(dump(write(os.path.join(temp, "b.y4m"), bare), 2).crcs()
          == dump(write(os.path.join(temp, "d.Y4M"), y4m(2, tag="420jpeg")), 2).crcs(), "no C tag")


def test_ways(temp):
    """The same frames from a file, from pipes and from a FIFO, sampled and in sequence."""
    for count in (1, 2, 11, 40):
        lines = ("FRAME\n", "FRAME Ip\n")[:count % 2 + 1]
        data = y4m(count, extra=" XCOLORRANGE=FULL", lines=lines)
        path = write(os.path.join(temp, "w%d.y4m" % count), data)
        numbers = sampled(count, 10)
        order = [5, 0, 9, 2, 7, 4, 6, 3, 8, 1]
        shuffled = [numbers[k] for k in order]
        text = "order=" + ",".join(map(str, order))
        expect(dump(path, 10), count, numbers, gray_crcs(numbers))
        expect(dump(path, 10, text), count, shuffled, gray_crcs(shuffled))
        expect(dump("-", 10, text, input=data), count, shuffled, gray_crcs(shuffled))
        expect(dump("-", 10, text, "count=%d" % count, input=data), count, shuffled,
               gray_crcs(shuffled))
        with open(path, "rb") as file:
            expect(dump("-", 10, stdin=file), count, numbers, gray_crcs(numbers))
        every = list(range(1, count + 1))
        expect(dump("-", 0, "sequential", input=data), 0, every, gray_crcs(every))
        expect(dump(path, 3, "sequential", "every=4"), 0, every[::4][:3],
               gray_crcs(every[::4][:3]))
        fifo = os.path.join(temp, "f%d.y4m" % count)
        os.mkfifo(fifo)
        for options, wanted in ((["10"], numbers), (["0", "sequential"], every)):
            writer = threading.Thread(target=write, args=(fifo, data))
            writer.start()
            expect(dump(fifo, *options), 0 if len(options) > 1 else count, wanted,
                   gray_crcs(wanted))
            writer.join()
        wanted = [k if k <= count else 1 for k in sampled(50, 10)]
        for result in (dump(path, 10, "count=50"), dump("-", 10, "count=50", input=data)):
            expect(result, 50, sampled(50, 10), gray_crcs(wanted),
                   ["no such frame"] * sum(k > count for k in sampled(50, 10)))


def test_ends(temp):
    """Videos that are cut short, and those that are none."""
    data = y4m(5, extra=" XCOLORRANGE=FULL")
    path = os.path.join(temp, "cut.y4m")
    for cut in (1, 34, 35, 36, 40):
        write(path, data[:-cut])
        for result in (dump(path, 4), dump("-", 4, input=data[:-cut])):
            expect(result, 4, sampled(4, 4), gray_crcs(sampled(4, 4)), ["frame 5 is cut short"])
        expect(dump("-", 0, "sequential", input=data[:-cut]), 0, range(1, 5),
               gray_crcs(range(1, 5)), ["frame 5 is cut short"])
    cases = ((b"", FORMAT, "YUV4MPEG2"), (noise(0, 5000), FORMAT, "YUV4MPEG2"),
             (y4m(0), FORMAT, "no frame"), (y4m(1)[:-1], FORMAT, "no frame"),
             (y4m(2) + b"\n" + y4m(1), FORMAT, "frame 3"),
             (b"YUV4MPEG2 W4 H4 C420p10\n", UNSUPPORTED, "C420p10"),
             (b"YUV4MPEG2 W4 H4 C411\n", UNSUPPORTED, "C411"),
             (b"YUV4MPEG2 W4 H4 C444alpha\n", UNSUPPORTED, "C444alpha"),
             (b"YUV4MPEG2 W999999999999 H4\n", FORMAT, "width"),
             (b"YUV4MPEG2 W16384 H16384 C444\nFRAME\nx", FORMAT, "no frame"))
    for data, status, part in cases:
        refused(status, part, write(path, data))
        refused(status, part, "-", input=data)
        refused(status, part, "-", "sequential", input=data)
        result = dump("-", 10, "count=5", input=data)
        check(result.status == status and part in result.error or data == cases[4][0], result)
    result = dump(write(path, y4m(3, extra=" It XCOLORRANGE=FULL")), 2)
    expect(result, 3, (1, 2), gray_crcs((1, 2)), ["interlaced"])


def test_no_standard_input():
    """Standard input may be closed altogether."""
    result = dump("-", 10, stdin=None, preexec_fn=lambda: os.close(0))
    check(result.status == IO and "standard input" in result.error, result)


def check_nothing_left(folder):
    left = [name for name in os.listdir(folder) if not name.startswith("vgdb-")]
    check(not left, "left behind:", left)


def limit_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))


def test_spool(temp):
    """The temporary file: in TMPDIR, gone afterwards, and no place for it."""
    folder = os.path.join(temp, "spool")
    os.mkdir(folder)
    environment = dict(os.environ, TMPDIR=folder)
    data = y4m(300, 40, 30, extra=" XCOLORRANGE=FULL")
    numbers = sampled(300, 10)
    wanted = gray_crcs(numbers, 1200)
    expect(dump("-", 10, input=data, env=environment), 300, numbers, wanted)
    expect(dump("-", 10, "take=1", input=data, env=environment), 300, [1], wanted[:1])
    refused(FORMAT, "no FRAME line", "-", input=data + b"x\n", env=environment)
    check_nothing_left(folder)
    refused(IO, "temporary file", "-", input=data, env=environment, preexec_fn=limit_files,
            restore_signals=False)
    if VALGRIND:
        return
    os.rmdir(folder)
    refused(IO, "No such file", "-", input=data, env=environment)
    # Neither counted nor spooled: no temporary file is asked for.
    expect(dump("-", 3, "sequential", input=data, env=environment), 0, (1, 2, 3),
           gray_crcs((1, 2, 3), 1200))
    expect(dump("-", 10, "count=300", input=data, env=environment), 300, numbers, wanted)


def test_endless():
    """A stream that never ends is read as it comes."""
    ends = os.pipe()
    frame = b"FRAME\n" + noise(1, 35)

    def pour():
        try:
            with open(ends[1], "wb", buffering=0) as file:
                file.write(y4m(0, extra=" XCOLORRANGE=FULL"))
                while True:
                    file.write(frame * 20)
        except BrokenPipeError:
            pass
    writer = threading.Thread(target=pour)
    writer.start()
    with open(ends[0], "rb") as file:
        result = dump("-", 5, "sequential", "every=100", stdin=file)
    expect(result, 0, (1, 101, 201, 301, 401), gray_crcs([1] * 5))
    writer.join(20)
    check(not writer.is_alive(), "the stream's writer")


def test_killed_while_spooling(temp):
    """Even a kill leaves no file."""
    folder = os.path.join(temp, "killed")
    os.mkdir(folder)
    with subprocess.Popen(DUMP + ["dump", "-", "10"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, env=dict(os.environ, TMPDIR=folder)) as child:
        child.stdin.write(y4m(200, 40, 30))
        child.stdin.flush()
        child.kill()
    check_nothing_left(folder)
