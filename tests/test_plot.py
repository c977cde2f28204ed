#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What tools/plot.py reads, and the one line that it says of what it cannot use; nothing is drawn
here, for that takes matplotlib (tests/parity/parity_plots.py)."""
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(os.path.dirname(HERE), "tools")
sys.dont_write_bytecode = True
sys.path.insert(0, TOOLS)
from plotting import bench_times, frame_input, points, records, trace  # noqa: E402
import plot_files as files  # noqa: E402

counts = {"passed": 0, "failed": 0}
work = tempfile.mkdtemp(prefix="tlee-plot-")


def check(good, *details):
    counts["passed" if good else "failed"] += 1
    if not good:
        print("FAILED:", *details)
        traceback.print_stack(limit=3)


def put(name, data):
    path = os.path.join(work, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)
    return path


def plot(*words):
    """Status and what was said, in a Python that has no matplotlib."""
    env = dict(os.environ, PYTHONPATH=os.path.join(work, "without"), PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run([sys.executable, os.path.join(TOOLS, "plot.py")] + list(words), env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stderr.decode("utf-8")


def refused(status, saying, *words):
    """One line that holds all of `saying`; no picture is left."""
    output = os.path.join(work, "out.svg")
    found, said = plot(*words, "-o", output)
    saying = (saying,) if isinstance(saying, str) else saying
    check(found == status and said.count("\n") == 1 and said.startswith("plot.py: ")
          and all(part in said for part in saying) and not os.path.exists(output),
          words, "gives", found, repr(said), "but not", saying)


def test_points():
    path = put("a.csv", files.POINTS)
    check(points.read_points(path, "gmac").settings == [(4.0, 0.75), (2.0, 0.5), (8.0, 0.5)])
    check(points.read_points(path, "ms").settings == [(40.0, 0.75), (50.0, 0.5), (10.0, 0.5)])
    check(points.read_points(path, "gmac").fewer == [], "fewer frames, which are not there")
    with_fewer = points.read_points(put("fewer.csv", files.FEWER), "gmac")
    check(with_fewer.settings == [(2.0, 0.5)] and with_fewer.fewer == [(1.0, 0.25), (3.0, 0.75)],
          vars(with_fewer))
    check(points.front([]) == [] and points.front([(2, 0.5)]) == [(2, 0.5)])
    check(points.front([(3, 0.5), (2, 0.5), (2, 0.4), (4, 0.6), (5, 0.55), (4, 0.3)])
          == [(2, 0.5), (4, 0.6)])
    check(points.name_and_path("whole network=" + path) == ("whole network", path))
    check(points.name_and_path("/x/validation.csv") == ("validation", "/x/validation.csv"))
    check(points.name_and_path("=x.csv") == ("=x", "=x.csv"))
    odd = put("first=0.9.csv", files.POINTS)
    check(points.name_and_path(odd)[1] == odd, "a file with = in its name")
    summary = put("full.json", '{"top1": 0.5, "gmac_mean": 18, "gmac_paper_mean": null, '
                               '"ms": {"mean": 120.5}}')
    check(points.read_reference("a", summary, "gmac") == [("a", [(18, 0.5)])])
    check(points.read_reference("a", summary, "ms") == [("a", [(120.5, 0.5)])])
    references = put("sweep.json", """{"references": [
        {"kind": "full", "top1": 1, "gmac": 9, "ms": 90}, {"kind": "x", "top1": 0.5, "gmac": 3,
        "ms": 30}, {"kind": "x", "top1": 0.75, "gmac": 4, "ms": 40}]}""")
    check(points.read_reference("a", references, "gmac")
          == [("whole network", [(9, 1)]), ("x", [(3, 0.5), (4, 0.75)])])
    refused(1, (references, "references[0]: gmac_paper is missing"), "curve",
            put("p.csv", files.PAPER), "--paper", "--reference", references)
    refused(1, (summary, "gmac_paper_mean is None"), "curve", put("p.csv", files.PAPER), "--paper",
            "--reference", summary)
    refused(1, (path, "line 2: has no gmac_paper"), "curve", "--paper", path)


def test_bad_points():
    for text, saying in (
            ("", "is empty"), ("first,exit,gate,top1,gmac\n", "no settings"),
            ("top1,gmac,kind\n0.5,1,fewer frames\n", "no settings"),
            ("first,exit\n1,1\n", ("line 1", "no column gmac", "'first', 'exit'")),
            ("top1,gmac\n0.5\n", ("line 2: has 1 columns, the first line has 2")),
            ("top1,gmac\n0.5,1\n1.5,1\n", "line 3: top1 is '1.5', not a number from 0 to 1"),
            ("top1,gmac\n0.5,inf\n", "line 2: gmac is 'inf'"),
            ("top1,gmac\n0.5,-1\n", "line 2: gmac is '-1'"),
            ("top1,gmac\nnan,1\n", "line 2: top1 is 'nan'"),
            ("top1,gmac\n0.5,\x1b[2J\n", "line 2: gmac is '?[2J'"),
            ('top1,gmac\n"0.5,1\n', "line 2: "), (b"top1,gmac\n\xff\xfe", "byte 10: is not UTF-8")):
        path = put("bad.csv", text)
        refused(1, (path + ": ",) + ((saying,) if isinstance(saying, str) else saying), "curve",
                path)


def test_records():
    lines = [files.record(0, [0]), files.record(2, [2, 1, 0]), files.failed(1),
             files.record(3, [2, 1])]
    tally = records.read_records(put("r.jsonl", "\n".join(lines) + "\n\n"))
    check((tally.videos, tally.failed, tally.frames, tally.exits) == (3, 1, 3, 3), vars(tally))
    check(tally.answered == {(0, 0): 1, (2, 0): 1, (1, 1): 1}, tally.answered)
    check(tally.passed == {(0, 2): 2, (1, 1): 1}, tally.passed)
    good = files.record(0, [0]) + "\n"
    for text, saying in (
            ("", "is empty"), (files.failed(0), "no video that ran"), ("{}\n", "line 1: index is"),
            (good + '{"index": 1, "fr', "line 2: is not JSON"),
            (good + "[]\n", "line 2: is a list"),
            (good + good, "line 2: index is 0, as on line 1"),
            (good + files.record(1, [0], model="b"), ("line 2: belongs to another eval than line 1",
                                                      "model 'a' and 'b'")),
            (good + files.record(1, [0]).replace('"exit": 0', '"exit": 1'), "line 2: frame_exits"),
            (good + files.record(1, []), "line 2: frame is -1"),
            (good + files.record(1, [7]), "line 2: exit is 7"),
            (good + files.record(1, [0]).replace("[0]", '["0"]'), "line 2: frame_exits"),
            ("[" * 100000, "line 1: ")):
        path = put("bad.jsonl", text)
        refused(1, (path + ": ",) + ((saying,) if isinstance(saying, str) else saying), "exits",
                path)


def test_bench():
    bench = bench_times.read_bench(put("b.json", files.bench(
        ("stage 0", "backbone.baseModel.0", "conv2d+relu", "gemm", 2.0),
        ("stage 0", "backbone.baseModel.3", "max_pool", None, 0.5),
        ("branch 0", "backbone.branches.0.crm.conv0", "conv2d", "gemm", 0.25),
        ("branch 0", "backbone.branches.0.fc1", "linear", None, 0.5),
        ("stage 1", "backbone.baseModel.7.0.conv1", "conv2d", None, 1.0),
        ("gate", "exit_selector.0.fc1", "linear", None, 0.125))))
    check([(bar.name, bar.kind, bar.ms, bar.share) for bar in bench.bars] == [
        ("baseModel.0"[10:], "conv, gemm", 2.0, 0.5), ("3", "max pool", 0.5, None),
        ("branch 0", "branches and heads", 0.75, None), ("7.0.conv1", "conv", 1.0, 0.5),
        ("gate", "branches and heads", 0.125, None)], [vars(bar) for bar in bench.bars])
    check(bench.title == "resnet18, 64 x 64, c, 1 thread", bench.title)
    for text, saying in (("", "is empty"), ("{", "is not JSON"), ("3", "is 3, not an object"),
                         ('{"exits": []}', "needs --layers"), ('{"layers": []}', "an empty list"),
                         ('{"layers": [1]}', "layers[0] is 1, not an object"),
                         ('{"layers": [{"part": "stage 0", "name": 5}]}',
                          "layers[0]: name is 5, not text"),
                         (files.bench(("stage 0", "x", "conv2d", None, -1)),
                          "layers[0]: ms: median is -1, not a number from 0"),
                         (files.bench(("stage 0", "x", "conv2d", None, 10**400)),
                          "layers[0]: ms: median is a huge number, not")):
        path = put("bad.json", text)
        refused(1, (path + ": ", saying), "layers", path)


def test_trace():
    seen = trace.read_trace(put("t.json", files.TRACE))
    check([frame.number for frame in seen.frames] == [3, 1] and seen.exits == 3)
    check([(step.exit, step.gate) for step in seen.frames[1].steps] == [(0, 0.25), (1, 0.75)])
    video = put("v/a1.ppm", files.ppm(2, 2))
    for text, saying in (('{"label": 1}', "needs --trace"), ('{"steps": []}', "empty list"),
                         (files.TRACE.replace('"frame": 1', '"frame": 2'),
                          "steps[2]: frame 2, exit 0 cannot follow frame 0, exit 2"),
                         (files.TRACE.replace('"source_frame": 3', '"source_frame": 0'),
                          "steps[0]: source_frame is 0"),
                         (files.TRACE.replace("0.25", "1.25"), "steps[2]: gate is 1.25")):
        path = put("bad.json", text)
        refused(1, (path + ": ", saying), "strip", path, os.path.dirname(video))


def planes(path, *numbers):
    return {number: picture.planes for number, picture in
            frame_input.read_frames(path, numbers).items()}


def test_folders():
    for number in (1, 2, 9, 10, 11):
        folder = os.path.dirname(put("many/x5_%d.ppm" % number, files.ppm(2, 1, number)))
    put("many/notes.txt", "no image")
    put("many/.x_3.ppm", "hidden")
    check(planes(folder, 1, 4) == {1: [bytes([1] * 6)], 4: [bytes([10] * 6)]}, "the fourth is 10")
    grey = os.path.dirname(put("grey/1.PGM", b"P5 # a comment\n2 1\n#\n255\n\1\2"))
    check(planes(grey, 1) == {1: [b"\1\2"]})
    for data, saying in ((b"", "is empty"), (b"P3\n1 1\n255\n", "no binary PPM"),
                         (b"P6\n2 2\n255\n12345", "ends in the middle"),
                         (b"P6\n2 2\n65535\n", "65535"), (b"P6\n0 2\n255\n", "0 x 2"),
                         (b"P6\n2 -2\n255\n", "header"), (b"P6\n2", "ends in the middle")):
        folder = os.path.dirname(put("bad/1.ppm", data))
        refused(1, ("1.ppm: ", saying), "strip", put("one.json", files.ONE_STEP), folder)
    refused(1, "has no frame 3, which the trace names", "strip", put("t.json", files.TRACE), grey)
    os.makedirs(os.path.join(work, "empty"))
    refused(1, "no numbered images", "strip", put("t.json", files.TRACE),
            os.path.join(work, "empty"))


def test_y4m():
    path = put("v.y4m", files.y4m("C420jpeg", 3, 3, 4))
    check(planes(path, 2, 4) == {2: [b"\2" * 9, b"\2" * 4, b"\2" * 4],
                                 4: [b"\4" * 9, b"\4" * 4, b"\4" * 4]})
    for colour, sizes in (("C422", (9, 6, 6)), ("C444", (9, 9, 9)), ("Cmono", (9,)),
                          ("", (9, 4, 4))):
        path = put("w.y4m", files.y4m(colour, 3, 3, 1, sizes))
        check([len(plane) for plane in planes(path, 1)[1]] == list(sizes), colour)
    trace_path = put("t.json", files.TRACE)
    whole = files.y4m("C420jpeg", 3, 3, 4)
    for data, saying in ((b"", "header line"), (b"RIFF\n", "is no Y4M"),
                         (b"YUV4MPEG2 W3\n", "no width or height"),
                         (b"YUV4MPEG2 W3 H-3\n", "3 x -3"),
                         (b"YUV4MPEG2 W3 H3 C420p10\n", "420p10"),
                         (whole.replace(b"FRAME", b"frame"), "frame 1 does not begin with FRAME"),
                         (whole[:50], "ends in the middle of a picture"),
                         (files.y4m("C420jpeg", 3, 3, 2), "has no frame 3")):
        refused(1, ("bad.y4m: ", saying), "strip", trace_path, put("bad.y4m", data))


#: A decoder that has more to say than a pipe holds.
TALKING = """#!%s
import sys
sys.stderr.write("a doubt\\n" * 100000)
sys.stderr.flush()
sys.stdout.buffer.write(b"P6\\n1 1\\n255\\nabc" * int(%d))
"""


def test_decoder():
    path = put("video.avi", "not looked at")
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.path.join(work, "decoder") + os.pathsep + before
    try:
        for pictures in (2, 0):
            os.chmod(put("decoder/ffmpeg", TALKING % (sys.executable, pictures)), 0o755)
            if pictures:
                check(planes(path, 1, 2) == {1: [b"abc"], 2: [b"abc"]})
            else:
                refused(1, "video.avi: cannot be decoded: a doubt", "strip",
                        put("t.json", files.TRACE), path)
    finally:
        os.environ["PATH"] = before


def test_command_line():
    path = put("a.csv", files.POINTS)
    out = os.path.join(work, "x.svg")
    for words, saying in (((), "KIND"), (("pie", path, "-o", out), "pie"),
                          (("curve", path), "-o"), (("curve", "-o", out), "POINTS"),
                          (("curve", path, "-o", os.path.join(work, "x.gif")), "x.gif"),
                          (("curve", path, "-o", "svg"), "'svg' ends neither"),
                          (("curve", path, "-o", out, "--ms", "--paper"), "--paper"),
                          (("curve", path, "-o", out, "--width", "wide"), "'wide' is no number"),
                          (("exits", path, "-o", out, "--exits", "5"), "'5' is no whole number"),
                          (("layers", path, path, "-o", out), "unrecognized"),
                          (("strip", path, path, "-o", out, "--gate-threshold", "2"), "'2'")):
        status, said = plot(*words)
        check(status == 2 and said.count("\n") == 1 and said.startswith("plot.py: ")
              and saying in said, words, status, repr(said))
    check(plot("--help")[0] == 0 and plot("strip", "--help")[0] == 0)
    refused(1, "/nonexistent/a.csv: No such file", "curve", "/nonexistent/a.csv")
    refused(1, "Is a directory", "curve", work)
    refused(1, "needs matplotlib", "curve", path)


def main():
    put("without/matplotlib/__init__.py", "raise ImportError('made to be missing')\n")
    try:
        for name, test in sorted(globals().items()):
            if name.startswith("test_"):
                test()
    finally:
        shutil.rmtree(work)
    print("%d passed, %d failed" % (counts["passed"], counts["failed"]))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
