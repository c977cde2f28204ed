# SPDX-License-Identifier: MIT
"""Folders of numbered images."""
import os
import subprocess

from cli_tool import check
from video_tool import (DUMP, FORMAT, IO, QUICK, crc, dump, expect, folder_of, picture, ppm,
                        refused, sampled, write)


def crcs(numbers):
    return [crc(picture(number)) for number in numbers]


def test_sampling():
    """The C function against the formula, for many pairs."""
    pairs = [(n, t) for n in range(1, 130) for t in (2, 3, 5, 7, 8, 9, 10, 11, 16, 25, 100)]
    pairs += [(n, t) for n in (299, 1000, 4096, 99999, 2 ** 31 - 2) for t in (2, 7, 10, 16, 31)]
    text = "".join("%d %d\n" % pair for pair in pairs)
    done = subprocess.run(DUMP + ["sample"], input=text.encode(), stdout=subprocess.PIPE,
                          timeout=60)
    lines = done.stdout.decode().splitlines()
    check(done.returncode == 0 and len(lines) == len(pairs), done.returncode, len(lines))
    for pair, line in zip(pairs, lines):
        check([int(word) for word in line.split()] == sampled(*pair), pair, line, sampled(*pair))


def test_counts(temp):
    """Every small N, with T below and above it."""
    for count in (1, 2, 3, 9, 10, 11, 23):
        folder = folder_of(temp, "n%d" % count, ["img_%05d.ppm" % k for k in range(1, count + 1)])
        for frames in (2, 8, 10, 16):
            numbers = sampled(count, frames)
            expect(dump(folder, frames), count, numbers, crcs(numbers))
    order = [5, 0, 9, 2, 7, 4, 6, 3, 8, 1]
    numbers = [sampled(23, 10)[k] for k in order]
    expect(dump(folder, 10, "order=" + ",".join(map(str, order))), 23, numbers, crcs(numbers))
    expect(dump(folder, 3, "take=1"), 23, [1], crcs([1]))
    expect(dump(folder + "/", 2), 23, [1, 22], crcs([1, 22]))


def test_sequential(temp):
    folder = folder_of(temp, "seq", ["%d.ppm" % k for k in range(1, 12)])
    expect(dump(folder, 0, "sequential"), 0, range(1, 12), crcs(range(1, 12)))
    expect(dump(folder, 0, "sequential", "every=4"), 0, (1, 5, 9), crcs((1, 5, 9)))
    expect(dump(folder, 2, "sequential", "every=4"), 0, (1, 5), crcs((1, 5)))
    expect(dump(folder, 1, "sequential"), 0, (1,), crcs((1,)))
    write(os.path.join(folder, "3.ppm"), b"P6 1 1 255")
    expect(dump(folder, 4, "sequential"), 0, range(1, 5), crcs((1, 2, 1, 4)), ["3.ppm"])
    expect(dump(folder, 0, "sequential", "every=%d" % (2 ** 32 - 1)), 0, (1,), crcs((1,)))


def test_names(temp):
    """Numbers decide, whatever else stands in the names."""
    cases = (
        ("plain", ["%d.ppm" % k for k in range(8, 13)], 0),
        ("from 0", ["0.ppm", "1.ppm", "02.PPM"], 0),
        ("last run", ["v9_frame1_x.ppm", "v8_frame2_x.ppm", "v7_frame003.Ppm"], 0),
        ("nines", ["8.ppm", "9.ppm", "10.ppm", "11.ppm"], 0),
        ("long", ["9" * 40 + ".ppm", "1" + "0" * 40 + ".ppm", "1" + "0" * 39 + "1.ppm"], 0),
        ("odd names", ["-i1.ppm", "%d2.ppm", "a b'\"$(x)`3.ppm", "\n4.ppm", "\xe9\x015.ppm"], 0),
        ("one gap", ["1.ppm", "3.ppm", "4.ppm"], 1),
        ("gaps", ["9.ppm", "11.ppm", "20.ppm", "100.ppm", "999.ppm", "10000.ppm"], 1),
        ("carry gap", ["19.ppm", "30.ppm"], 1),
        ("zeros gap", ["9.ppm", "20.ppm"], 1),
    )
    for title, names, warnings in cases:
        folder = folder_of(temp, "names %s %%03d" % title, names)
        wanted = list(range(1, len(names) + 1))
        expect(dump(folder, 0, "sequential"), 0, wanted, crcs(wanted), ["gap"] * warnings)


def test_other_files(temp):
    folder = folder_of(temp, "others", ["1.ppm", "2.ppm", "3.ppm"])
    for name in (".hidden9.png", ".4.ppm", "notes.txt", "list7", "5.ppm.bak", "6.json", ".ppm"):
        write(os.path.join(folder, name), b"x")
    os.mkdir(os.path.join(folder, "4.ppm"))
    os.mkdir(os.path.join(folder, "7.png"))
    expect(dump(folder, 2), 3, (1, 2), crcs((1, 2)))
    write(os.path.join(folder, "4.png"), b"x")
    result = refused(FORMAT, "4.png", folder)
    check(".ppm" in result.error, "both kinds are named", result)
    for names in (["1.ppm", "2.pgm"], ["1.jpg", "2.png"], ["a1.bmp", "a2.webp"]):
        folder = folder_of(temp, "mix " + names[0] + names[1], names)
        result = refused(FORMAT, names[0], folder)
        check(names[1] in result.error, "both names", result)


def test_refusals(temp):
    result = refused(FORMAT, "01.ppm", folder_of(temp, "twice", ["1.ppm", "2.ppm", "01.ppm"]))
    check(" 1.ppm" in result.error, "both names", result)
    refused(FORMAT, "cover.ppm", folder_of(temp, "numberless", ["1.ppm", "cover.ppm"]))
    refused(FORMAT, "no numbered images", folder_of(temp, "empty", []))
    refused(FORMAT, "no numbered images", folder_of(temp, "text", ["1.txt"]))
    refused(FORMAT, "no numbered images", folder_of(temp, "folder.y4m", []))
    refused(IO, "No such file", os.path.join(temp, "nothing"))
    refused(IO, "Not a directory", os.path.join(temp, "twice", "1.ppm", "x"))
    os.symlink("loop", os.path.join(temp, "loop"))
    refused(IO, "Too many levels", os.path.join(temp, "loop"))


def test_unreadable(temp):
    """What stands in for a frame that cannot be read, and what is said."""
    folder = folder_of(temp, "bad", ["f%d.ppm" % k for k in range(1, 11)])

    def path(number):
        return os.path.join(folder, "f%d.ppm" % number)
    write(path(3), ppm(3)[:-1])
    write(path(4), b"")
    write(path(5), b"P6 5 4 65535\n" + picture(5) * 2)
    for number in (6, 7, 8, 9):
        os.unlink(path(number))
    os.symlink("f7.ppm", path(7))
    os.symlink("nowhere", path(6))
    os.mkfifo(path(8))
    os.symlink(".", path(9))
    numbers = list(range(1, 10)) + [9]
    wanted = [crc(picture(k if k < 3 else 1)) for k in numbers]
    reasons = ["f3.ppm: the data end", "f4.ppm: the data end", "65535", "f6.ppm: No such file",
               "f7.ppm: Too many", "f8.ppm: not a regular file", "f9.ppm: not a regular file"]
    result = dump(folder, 11)
    expect(result, 10, sampled(10, 11), [wanted[k - 1] for k in sampled(10, 11)],
           reasons)  # frame 9 is sampled three times, and told once
    check(result.warnings[0].startswith("frame 3 is replaced by frame 1: "), result)
    expect(dump(folder, 11, "take=2"), 10, (1, 2), wanted[:2])
    write(path(1), b"P6 1 1 255 ab")
    result = refused(FORMAT, "frame 1: f1.ppm", folder)
    check(not result.frames, result)
    # Wherever the video would be decided: also when frame 1 is not the first to be looked at.
    result = refused(FORMAT, "frame 1: f1.ppm", folder, "order=4,1,0,2,3,5,6,7,8,9")
    check(not result.frames, "frame 1 is found out first", result)


def test_count(temp):
    """N of a published file list."""
    folder = folder_of(temp, "counted", ["%d.ppm" % k for k in range(1, 7)])
    numbers = sampled(12, 4)
    expect(dump(folder, 4, "count=12"), 12, numbers,
           crcs([k if k <= 6 else 1 for k in numbers]), ["no such frame"] * 2)
    expect(dump(folder, 4, "count=3"), 3, sampled(3, 4), crcs(sampled(3, 4)))
    result = dump(folder, 2, "count=%d" % (2 ** 32 - 1))
    expect(result, 2 ** 32 - 1, (1, 2 ** 32 - 2), crcs((1, 1)), ["no such frame"])


def test_pgm(temp):
    def gray(number):
        return b"P5 3 2 255\n" + bytes(range(number, number + 6))
    folder = folder_of(temp, "gray", ["1.pgm", "2.PGM"], gray)
    expect(dump(folder, 0, "sequential"), 0, (1, 2),
           [crc(b"".join(bytes([v] * 3) for v in range(k, k + 6))) for k in (1, 2)])


def test_many(temp):
    """A folder of 100000 entries."""
    count = 1000 if QUICK else 100000
    folder = folder_of(temp, "many", [])
    target = write(os.path.join(temp, "one.ppm"), ppm(1))
    for k in range(count):
        os.symlink(target, os.path.join(folder, "%d.ppm" % k))
    numbers = sampled(count, 10)
    expect(dump(folder, 10), count, numbers, crcs([1] * 10))
