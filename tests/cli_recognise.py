# SPDX-License-Identifier: MIT
"""tlee run: what it prints, and that its parts agree with each other and with tlee info."""
import fcntl
import math
import os
import pty
import re
import struct
import subprocess
import termios
import time

from cli_tool import LIMIT, SMALL, WORDS, check, good, refused, shown_on, tlee, write_y4m

REAL = (float,)
KEYS = {"label": (int,), "class": (str, type(None)), "confidence": REAL, "top": (list,),
        "frame": (int,), "exit": (int,), "frames_seen": (int,), "order": (str,), "gmac": REAL,
        "gmac_full": REAL, "gmac_paper": (float, type(None)), "ms": REAL, "ms_total": REAL}
TOP_KEYS = {"label": (int,), "class": (str, type(None)), "confidence": REAL}
STEP_KEYS = {"frame": (int,), "source_frame": (int,), "exit": (int,), "confidence": REAL,
             "gate": (float, type(None)), "top1": (int,), "logits": (list,)}
PUBLISHED_8 = (3, 6, 7, 0, 4, 5, 2, 1)
#: Thresholds with which frames of the test video leave at several exits.
MIXED = ("--first-threshold", "1", "--exit-threshold", "0.75", "--gate-threshold", "0.49")
LONG = ("--first-threshold", "1", "--exit-threshold", "0.79", "--gate-threshold", "0.6")


def check_types(what, found, keys):
    check(isinstance(found, dict) and list(found) == list(keys), what, "has keys",
          list(found), "instead of", list(keys))
    for key, kinds in keys.items():
        check(type(found.get(key)) in kinds, what, key, "is", repr(found.get(key))[:60])


def softmax(logits):
    largest = max(logits)
    powers = [math.exp(v - largest) for v in logits]
    return [p / sum(powers) for p in powers]


def near(a, b):
    return abs(a - b) <= 1e-5 * max(1, abs(b))


def check_answer(run, steps):
    """The answer follows from the last step, the list of classes from its logits."""
    last = steps[-1]
    check((last["frame"], last["exit"], last["top1"]) == (run["frame"], run["exit"], run["label"]),
          "the answer is not the last step's", run)
    check(last["confidence"] == run["confidence"] == run["top"][0]["confidence"], "confidence", run)
    check(run["frames_seen"] == run["frame"] + 1, "frames_seen", run)
    ranked = sorted(range(len(last["logits"])), key=lambda i: (-last["logits"][i], i))
    check([row["label"] for row in run["top"]] == ranked[:len(run["top"])], "order of top", run)
    for row in run["top"]:
        check(near(row["confidence"], softmax(last["logits"])[row["label"]]), "top", row)
    for step in steps:
        check(step["top1"] == step["logits"].index(max(step["logits"]))
              and near(step["confidence"], max(softmax(step["logits"]))), "step", step)


def check_path(steps, frames, branches, first, leave, gate):
    """The steps are those that spec section 6 takes with these thresholds."""
    t = b = 0
    for index, step in enumerate(steps):
        if not check((step["frame"], step["exit"]) == (t, b), "step", index, "is", step["frame"],
                     step["exit"], "instead of", t, b):
            return
        asked = 0 < t < frames - 1
        check((step["gate"] is not None) == asked, "gate asked at", t, b, step["gate"])
        if t == 0:
            finished = step["confidence"] > first
        else:
            finished = step["gate"] >= gate if asked else True
        check(finished == (index == len(steps) - 1), "ends at", t, b)
        if step["confidence"] > leave or b == branches:
            t, b = t + 1, 0
        else:
            b += 1


def test_objects(folder, source_frames):
    ends = set()
    for options in ((), MIXED, LONG, ("--first-threshold", "0"),
                    ("--first-threshold", "1", "--gate-threshold", "0"),
                    ("--first-threshold", "1", "--exit-threshold", "0", "--gate-threshold", "1")):
        run = good("run", "--json", "--trace", "--top", "3", *options, SMALL, folder).json()
        check_types("run", run, dict(KEYS, steps=(list,)))
        for row in run["top"]:
            check_types("top", row, TOP_KEYS)
        for step in run["steps"]:
            check_types("step", step, STEP_KEYS)
            check(step["source_frame"] == source_frames[PUBLISHED_8[step["frame"]]], "source", step)
            check(len(step["logits"]) == 5, "logits", step)
        limits = dict(zip(options[::2], map(float, options[1::2])))
        check_answer(run, run["steps"])
        check_path(run["steps"], 8, 2, limits.get("--first-threshold", 0.99),
                   limits.get("--exit-threshold", 0.8), limits.get("--gate-threshold", 0.5))
        check(run["order"] == "published" and run["class"] is None and run["gmac_paper"] is None
              and 0 < run["gmac"] <= run["gmac_full"] * 1.2, "run", run)
        check(0 < run["ms"] <= run["ms_total"], "times", run["ms"], run["ms_total"])
        ends.add((run["frame"], run["exit"]))
    check(len(ends) > 3, "the options make too little difference:", ends)
    plain = good("run", "--json", SMALL, folder).json()
    check_types("run", plain, KEYS)
    check(len(plain["top"]) == 5, "five classes by default", plain)
    check(len(good("run", "--json", "--top", "99", SMALL, folder).json()["top"]) == 5, "--top 99")


def test_text(folder):
    for options in ((), ("--trace",), ("--top", "1")):
        run = good("run", "--json", *MIXED, SMALL, folder).json()
        text = good("run", *MIXED, *options, SMALL, folder).out
        check(text.startswith("answer      class %d\n" % run["label"]), "answer:", text)
        check("frame %d of 8, exit %d of 2 " % (run["frame"] + 1, run["exit"]) in text, text)
        check("%.2f %%" % (run["confidence"] * 100) in text, "confidence:", text)
        check(re.search(r"cost +[0-9.]+ of [0-9.]+ GMAC \([0-9]+ %\)", text), "cost:", text)
        check(all(len(line) <= 80 for line in text.splitlines()), "too wide:", text)
        check(("\nframe  source  exit" in text) == ("--trace" in options), "steps:", text)


def test_repeatable(folder):
    for line in (("--json", "--trace", SMALL), ("--trace", SMALL),
                 ("--json", "--trace", "--gate", "random", "--seed", "5", SMALL)):
        first = good("run", *line, folder).without_times()
        for threads in ("1", "2", "3", "8"):
            check(good("run", "--threads", threads, *line, folder).without_times() == first,
                  "--threads", threads, "changes", line)
        check(good("run", "--threads", "2", "--no-spin", *line, folder).without_times() == first,
              "--no-spin changes", line)
    never = ("--first-threshold", "1", "--exit-threshold", "0", "--gate", "random")
    ends = [good("run", "--json", *never, "--seed", str(seed), SMALL, folder).json()["frame"]
            for seed in range(8)]
    check(len(set(ends)) > 1, "seeds make no difference:", ends)
    check(good("run", "--json", *never[:4], "--gate", "none", SMALL, folder).json()["frame"] == 7,
          "--gate none finishes before the last frame")


def test_cost(folder):
    """What a run costs is the sum of what its exits cost according to tlee info."""
    def costs(*line):
        return [row["gmac"] for row in good("info", "--json", *line).json()["exits"]]

    plain = SMALL + ",branches=0"
    run = good("run", "--json", plain, folder).json()
    check(near(run["gmac"], 8 * costs(plain)[0]) and run["gmac"] == run["gmac_full"], "B=0", run)
    check((run["frame"], run["exit"]) == (7, 0), "B=0 ends at", run)
    with_gate, without = costs(SMALL), costs("--gate", "none", SMALL)
    check(len(with_gate) == 3 and all(a > b for a, b in zip(with_gate, without)), "gate's cost")
    for options in (MIXED, LONG, ("--mode", "t", "--gate-threshold", "1")):
        run = good("run", "--json", "--trace", *options, SMALL, folder).json()
        left = {step["frame"]: step["exit"] for step in run["steps"]}
        if "t" in options:
            gated, bare = costs("--mode", "t", SMALL), costs("--mode", "t", "--gate", "none", SMALL)
            want = sum((gated if 0 < t < 7 else bare)[0] for t in left)
            check(set(left.values()) == {2} and len(gated) == 1, "mode t leaves at", left)
        else:
            want = sum((with_gate if 0 < t < 7 else without)[b] for t, b in left.items())
        check(near(run["gmac"], want), "run costs", run["gmac"], "its exits", want)
    full = good("run", "--json", "--mode", "full", SMALL, folder).json()
    check(full["gmac"] == full["gmac_full"] == run["gmac_full"] and full["frame"] == 7, full)


def test_each_exit(folder):
    """One number for all exits is as many of it, and each exit goes by its own."""
    lists = ("--first-threshold", "1,1,1", "--exit-threshold", "0.75,0.75,0.75",
             "--gate-threshold=0.49,0.49,0.49", "--temperature=1,1,1")
    want = good("run", "--json", "--trace", *MIXED, SMALL, folder)
    check(good("run", "--json", "--trace", *lists, SMALL, folder).without_times()
          == want.without_times(), "lists of one number differ from it")
    never = ("--first-threshold", "1", "--gate-threshold", "1")
    for b in range(3):
        limits = ["1", "1", "1"]
        limits[b] = "0"
        run = good("run", "--json", "--trace", *never, "--exit-threshold", ",".join(limits), SMALL,
                   folder).json()
        left = [s["exit"] for s, n in zip(run["steps"], run["steps"][1:]) if n["exit"] == 0]
        check(left == [b] * 7, "frames left at", left, "and not", b)
    warm = good("run", "--json", "--trace", "--temperature", "3", SMALL, folder).json()["steps"][0]
    cold = good("run", "--json", "--trace", SMALL, folder).json()["steps"][0]
    exps = [math.exp((y - max(cold["logits"])) / 3) for y in cold["logits"]]
    check(warm["logits"] == cold["logits"] and abs(warm["confidence"] - 1 / sum(exps)) < 1e-6
          and cold["confidence"] > warm["confidence"], warm, cold)


def test_modes(folder):
    plain = SMALL + ",branches=0"
    want = good("run", "--json", plain, folder)
    for mode in ("ts", "t"):
        warned = good("run", "--json", "--mode", mode, plain, folder, warnings=1)
        check(warned.err.startswith("tlee: warning: %s: " % plain), warned)
        check(warned.without_times() == want.without_times(), "--mode", mode, "changes", want)
    check(good("run", "--json", "--mode", "full", plain, folder).without_times()
          == want.without_times(), "--mode full changes", want)
    label = good("run", "--json", SMALL, folder).json()["label"]
    for options in (("--exact",), ("--no-fold",), ("--no-verify",), ("--load", "map")):
        check(good("run", "--json", *options, SMALL, folder).json()["label"] == label, options,
              "changes the answer")


def test_exact(folder):
    """Without transforms the decisions stay, and logits move by rounding alone; plain C has none
    to leave out, nor merged layers."""
    plain = good("run", "--json", "--trace", SMALL, folder).json()
    exact = good("run", "--json", "--trace", "--exact", SMALL, folder).json()
    path = [[(step["frame"], step["exit"], step["top1"]) for step in run["steps"]]
            for run in (plain, exact)]
    check(path[0] == path[1] and plain["label"] == exact["label"], "--exact decides", path)
    for a, b in zip(plain["steps"], exact["steps"]):
        scale = max(abs(v) for v in b["logits"])
        off = max(abs(v - w) for v, w in zip(a["logits"], b["logits"])) / scale
        check(off < 5e-5, "--exact moves logits by", off, "of their scale")
    line = ("run", "--json", "--trace", "--cpu", "c")
    check(good(*line, "--exact", SMALL, folder).without_times()
          == good(*line, SMALL, folder).without_times(), "--cpu c --exact")


def test_streams(folder, temp):
    """Sequential order, short streams, standard input."""
    never = ("--json", "--trace", "--first-threshold", "1", "--gate", "none", "--exit-threshold",
             "0")
    run = good("run", *never, "--order", "sequential", SMALL, folder).json()
    check([s["source_frame"] for s in run["steps"]] == list(range(1, 9)), "sequential", run)
    check(run["order"] == "sequential", run["order"])
    short = good("run", *never, "--order", "sequential", "--every", "5", SMALL, folder, warnings=1)
    check(short.err.startswith("tlee: warning: %s: " % folder) and " 3 of 8 " in short.err, short)
    check([s["source_frame"] for s in short.json()["steps"]] == [1, 6, 11], "every fifth", short)
    check(short.json()["frame"] == 2, "ends at", short)
    check(near(short.json()["gmac_full"] / 3, run["gmac_full"] / 8), "whole cost", short)

    grey = write_y4m(os.path.join(temp, "grey.y4m"), 11)
    for options in ((), ("--order", "sequential"), ("--matrix", "bt709")):
        want = good("run", *never, *options, SMALL, grey)
        with open(grey, "rb") as file:
            piped = good("run", *never, *options, SMALL, "-", stdin=file)
        check(piped.without_times() == want.without_times(), options, "from standard input")
    nothing = write_y4m(os.path.join(temp, "nothing.y4m"), 0)
    for options in ((), ("--order", "sequential")):
        refused(1, "tlee: -: ", "run", SMALL, *options, "-")
        refused(1, "tlee: %s: " % nothing, "run", SMALL, *options, nothing)
    check(tlee("run", "--every", "2", SMALL, grey).status == 2, "--every without sequential")


def waiting_bytes(pipe):
    """How much the other end has not read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"1234"))[0]


def test_progress(temp):
    """On a terminal long work shows how far it is, and that is gone before the answer comes."""
    with open(write_y4m(os.path.join(temp, "slow.y4m"), 8), "rb") as file:
        data = file.read()
    master, terminal = pty.openpty()
    line = ["run", "--order", "sequential", "--first-threshold", "1", "--gate", "none", SMALL, "-"]
    child = subprocess.Popen(WORDS + line, stdin=subprocess.PIPE, stdout=terminal, stderr=terminal)
    os.close(terminal)
    half = len(data) // 2
    child.stdin.write(data[:half])
    child.stdin.flush()
    # Once it reads, its clock runs; what it shows, it shows from half a second on.
    while child.poll() is None and waiting_bytes(child.stdin):
        time.sleep(0.02)
    time.sleep(0.7)
    child.stdin.write(data[half:])
    child.stdin.close()
    check(child.wait(LIMIT) == 0, line, "fails")
    shown = shown_on(master)
    before, cleared, after = shown.rpartition(b"\r\x1b[K")
    check(cleared and b"\rframe 8 of 8" in before and b"answer" not in before, "progress:", shown)
    check(after.startswith(b"answer "), "after the progress:", shown)
