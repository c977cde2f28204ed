# SPDX-License-Identifier: MIT
"""tlee --tune: methods of convolutions by measurement, and the file that keeps them."""
import os

from cli_tool import SMALL, check, good, refused

HEADING = ("tlee-tuning 1: isa channels height width outputs kernel stride padding residual "
           "threads method\n")
#: Of the shapes of FAST with a choice: input and output channels, side, and whether a residual is
#: added.
SHAPES = {(64 << k, 16 >> k, add) for k in range(4) for add in (0, 1)}
FAST = SMALL + ",branches=0"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path


def methods(model, *options):
    """Of all convolutions."""
    rows = good("bench", "--json", "--layers", "--runs", "1", *options, model).json()["layers"]
    return [row["method"] for row in rows if row["op"].startswith("conv2d")]


def tuned(isa, method):
    """A file that says the same method for all shapes."""
    return HEADING + "".join("%s %d %d %d %d 3 1 1 %d 1 %s\n" % (isa, c, side, side, c, add, method)
                             for c, side, add in sorted(SHAPES))


def test_cache(folder, temp):
    """Made, read back, and the same answers from then on; never made unasked."""
    cache = os.path.join(temp, "tuning")
    isa = good("info", "--json", SMALL).json()["isa"]
    before = sorted(os.listdir(temp))
    good("run", "--tune", FAST, folder)
    good("info", "--tune", FAST)
    for options in (("--exact",), ("--no-fold",), ("--cpu", "c")):
        good("info", "--tune-cache", cache, *options, FAST)
    check(sorted(os.listdir(temp)) == before, "made unasked:", os.listdir(temp))
    if isa == "c":
        return
    want = good("run", "--json", "--trace", "--tune-cache", cache, FAST, folder).without_times()
    text = read(cache)
    rows = [line.split() for line in text.splitlines()[1:]]
    found = {(int(row[1]), int(row[2]), int(row[8])) for row in rows}
    check(text.startswith(HEADING) and found == SHAPES and all(row[0] == isa for row in rows), text)
    for options in (("--threads", "1"), ("--threads", "2"), ("--threads", "3"), ("--tune",)):
        found = good("run", "--json", "--trace", "--tune-cache=" + cache, *options, FAST, folder)
        check(found.without_times() == want, options, "differs")
    check(read(cache) == text, "written though nothing was new")
    # Shapes that are not in it are added, those that are stay.
    write(cache, "".join(line for line in text.splitlines(True) if " 256 " not in line))
    good("info", "--tune-cache", cache, FAST)
    rows = {tuple(row[:9]) for row in rows}
    check({tuple(line.split()[:9]) for line in read(cache).splitlines()[1:]} == rows, read(cache))
    check(not [name for name in os.listdir(temp) if "part" in name], "left:", os.listdir(temp))


def test_methods(folder, temp):
    """What the file says is what computes, also from a prepared file."""
    cache, file = os.path.join(temp, "methods"), os.path.join(temp, "tuned.tlee")
    isa = good("info", "--json", SMALL).json()["isa"]
    if isa == "c":
        return
    for method in ("gemm", "winograd2", "winograd4", "winograd6"):
        write(cache, tuned(isa, method))
        options = ("--tune-cache", cache)
        found = methods(FAST, *options)
        check(found.count(method) == (20 if method == "gemm" else 13), method, found)
        want = good("run", "--json", "--trace", *options, FAST, folder).without_times()
        good("prepare", *options, FAST, "-o", file)
        good("verify", file)
        check(methods(file) == found, method, "is not prepared")
        for line in ((), ("--threads", "2"), options, ("--tune",)):
            check(good("run", "--json", "--trace", *line, file, folder).without_times() == want,
                  method, line, "prepared: differs")
        if method == "gemm":
            check(good("run", "--json", "--trace", "--exact", FAST, folder).without_times()
                  == want, "gemm everywhere is not --exact")
    exact = good("info", "--layers", "--exact", *options, FAST).out
    check("winograd" not in exact, "transforms with --exact:", exact)


def test_faults(folder, temp):
    """One line that names the file, the line and the reason; the file stays as it is."""
    cache = os.path.join(temp, "faulty")
    isa = good("info", "--json", SMALL).json()["isa"]
    good_text = tuned("avx2", "winograd4")
    for text, reason in (("", "line 1: "), ("x\n", "line 1: "), (good_text[:-1], "line 9: cut"),
                         (HEADING.replace("1:", "2:"), "line 1: is of version '2'"),
                         (good_text.replace("winograd4", "fft"), "line 2: method 'fft'"),
                         (good_text.replace("avx2", "sse9"), "line 2: 'sse9'"),
                         (good_text + good_text[len(HEADING):], "line 10: has the shape of line 2"),
                         (good_text.replace(" 3 1 1 ", " 5 1 1 "), "line 2: winograd4 is for"),
                         (good_text.replace(" 16 ", " -16 ", 1), "line 2: height '-16'"),
                         (HEADING + "\x1b[31m\0\n", "line 2: "), (HEADING * 9999, "larger than")):
        write(cache, text)
        for line in (("run", FAST, folder), ("info", FAST), ("bench", FAST),
                     ("prepare", FAST, "-o", cache + ".tlee")):
            error = refused(1, "tlee: %s: " % cache, *line, "--tune-cache", cache).err
            check(reason in error, "want", reason, error)
        check(read(cache) == text, "a faulty file was changed")
    refused(1, "tlee: %s: " % temp, "info", FAST, "--tune-cache", temp)
    refused(2, "tlee: option '--tune-cache': '' ", "info", FAST, "--tune-cache", "")
    refused(2, "tlee: option '--tune' takes no value", "info", FAST, "--tune=yes")
    refused(2, "tlee: option '--tune' means nothing to verify", "verify", "--tune", FAST)
    missing = os.path.join(temp, "missing", "file")
    if isa != "c":
        refused(1, "tlee: %s: " % missing, "info", FAST, "--tune-cache", missing)
