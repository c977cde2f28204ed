# SPDX-License-Identifier: MIT
"""tools/plot.py draws each kind of picture in each format, from the usual to the extreme, and the
same file from the same input; skipped where matplotlib is missing."""
import contextlib
import filecmp
import io
import os
import random
import shutil
import sys
import tempfile
import warnings

from parity_harness import ROOT, Failed, check, python, run_engine, skip

sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "tools")]
import plot  # noqa: E402: only found with the line above
import plot_files as files  # noqa: E402

PLOT = os.path.join(ROOT, "tools", "plot.py")
STARTS = {".svg": b"<?xml", ".pdf": b"%PDF", ".png": b"\x89PNG"}


def put(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def sweep(count, random_numbers):
    rows = ["top1,gmac,gmac_paper,ms"]
    for _ in range(count):
        cost = random_numbers.uniform(1, 18)
        rows.append("%.4f,%.6f,%.6f,%.4f" % (random_numbers.random() ** (2 / cost), cost, cost,
                                             9 * cost))
    return "\n".join(rows) + "\n"


def records(count, frames, exits, random_numbers):
    lines = []
    for index in range(count):
        seen = random_numbers.randint(1, frames)
        lines.append(files.record(index, [random_numbers.randrange(exits) for _ in range(seen)]))
    return "\n".join(lines) + "\n"


def layers(count):
    return files.bench(*(
        ("stage %d" % (4 * k // count), "backbone.baseModel.%d.conv1" % k, "conv2d",
         "method%d" % (k % 12), 0.1 + k % 7) for k in range(count)))


def write_clip(path, frames=24, width=80, height=60):
    """A bright ball before a wall that grows darker, as Y4M of 4:2:0."""
    with open(path, "wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F12:1 Ip A1:1 C420jpeg\n" % (width, height))
        for k in range(frames):
            x0, y0 = 10 + 60 * k // frames, 20 + k % 12
            luma = bytes(230 if (x - x0) ** 2 + (y - y0) ** 2 < 60 else 160 - x
                         for y in range(height) for x in range(width))
            file.write(b"FRAME\n" + luma + bytes([118]) * (width * height // 4)
                       + bytes([140]) * (width * height // 4))
    return path


def strips(tlee, folder):
    """Words of `strip` for videos that end at the first frame, in the middle and at the last."""
    clip = write_clip(os.path.join(folder, "clip.y4m"))
    model = "random:resnet18,dataset=demo,classes=3,input=64,frames=%d,branches=%d"
    for name, frames, branches, options in (
            ("one frame", 8, 1, ("--first-threshold", "0", "--exit-threshold", "0")),
            ("to the end", 16, 3, ("--gate-threshold", "1", "--first-threshold", "1")),
            ("without exits", 10, 0, ())):
        trace = run_engine(tlee, model % (frames, branches), clip, "--order", "sequential",
                           *options)
        path = put(folder, name + ".json", files.trace_of(trace["steps"]))
        yield name, (path, clip) + options[:2] * (branches > 0)


def pictures(tlee, folder):
    """(name, words of the command) of everything that is drawn."""
    numbers = random.Random(5)
    small, large = (put(folder, "%d.csv" % count, sweep(count, numbers)) for count in (1, 5000))
    full = put(folder, "full.json",
               '{"top1": 1, "gmac_mean": 20, "gmac_paper_mean": 20, "ms": {"mean": 99}}')
    fewer = put(folder, "fewer.csv", files.FEWER)
    yield "curve of one setting", ("curve", small)
    yield "curve and fewer frames", ("curve", fewer)
    yield "two with fewer frames", ("curve", "a$=" + fewer, fewer, "--front-only")
    yield "curve of thousands", ("curve", large, "--ms", "--reference", "whole=" + full)
    yield "curves", ("curve", "a=" + large, "b_$x{$=" + small, "--paper", "--front-only", "--title",
                     "Two $ of _them", "--width", "3.3")
    for count, frames, exits in ((1, 1, 1), (300, 10, 3), (200, 64, 4)):
        path = put(folder, "%d.jsonl" % count, records(count, frames, exits, numbers))
        yield "exits of %d frames" % frames, ("exits", path, "--frames", "5", "--exits", "2")
    for count in (1, 40, 400):
        path = put(folder, "%d.json" % count, layers(count))
        yield "%d layers" % count, ("layers", path, "--font", "DejaVu Serif")
    for name, words in strips(tlee, folder):
        yield "strip " + name, ("strip",) + words


def draw(words):
    """A picture drawn within this process, without a word; warnings are failures."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            status = plot.main(list(words))
        except (Warning, SystemExit) as stop:
            status = repr(stop)
    if status != 0 or said.getvalue():
        raise Failed("plot.py ended with %s: %s" % (status, said.getvalue()))


def check_picture(folder, name, words):
    """Drawn twice in each format, and once by the command itself."""
    wrong = []
    for suffix, start in STARTS.items():
        outputs = [os.path.join(folder, which + suffix) for which in "ab"]
        draw(words + ("-o", outputs[0]))
        if suffix == ".svg":
            python(PLOT, *words, "-o", outputs[1])
        else:
            draw(words + ("-o", outputs[1]))
        with open(outputs[0], "rb") as file:
            data = file.read()
        if not data.startswith(start) or len(data) < 2000:
            wrong.append("%s begins with %r" % (suffix, data[:10]))
        if not filecmp.cmp(*outputs, shallow=False):
            wrong.append("two %s differ" % suffix)
    check(not wrong, "picture: " + name, "; ".join(wrong[:3]))


def run(tlee):
    try:
        import matplotlib  # noqa: F401: plot.py's, asked for here only
    except ImportError:
        skip("pictures", "matplotlib is not installed")
        return
    folder = tempfile.mkdtemp(prefix="tlee-parity-")
    try:
        for name, words in pictures(tlee, folder):
            try:
                check_picture(folder, name, words)
            except Failed as failure:
                check(False, "picture: " + name, str(failure))
    finally:
        shutil.rmtree(folder)
