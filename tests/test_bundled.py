#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The model and the clips that are bundled: they are whole, and the engine does with them what
PyTorch did (tests/data/bundled.json), with any instruction set and number of threads."""
import json
import os
import re
import sys

from cli_tool import check, good, run

HERE = os.path.dirname(os.path.abspath(__file__))
WEIGHTS = os.path.join(HERE, "..", "weights")
MODEL = os.path.join(WEIGHTS, "actions.tlee")
CLIPS = os.path.join(WEIGHTS, "clips")
MOST_BYTES = 8e6


def size(path):
    return os.path.getsize(path)


def clips():
    return sorted(os.listdir(CLIPS))


def class_of(name, classes):
    """Clips are named CLASS_what.y4m."""
    return max((word for word in classes if re.match(word + "_(easy|hard|all)", name)), key=len)


def test_files():
    good("verify", MODEL)
    check(size(MODEL) < 3e6, "model of %d bytes" % size(MODEL))
    total = size(MODEL) + sum(size(os.path.join(CLIPS, name)) for name in clips())
    check(total < MOST_BYTES, "%d bytes for all" % total)
    with open(os.path.join(WEIGHTS, "README.md"), encoding="utf-8") as file:
        told = file.read()
    check(all("/%s`" % name in told for name in clips()), "README names every clip", clips())


def near(found, wanted):
    """To rounding; a gate that was not asked is None."""
    return found == wanted if wanted is None else abs(found - wanted) < 1e-3


def check_steps(name, found, wanted):
    check([(s["frame"], s["exit"], s["source_frame"], s["top1"]) for s in found]
          == [(s["frame"], s["exit"], s["source_frame"], s["top1"]) for s in wanted],
          name, "goes", found)
    check(all(near(a[key], b[key]) for a, b in zip(found, wanted) for key in
              ("confidence", "gate")), name, "confidence or gate", found)


def test_answers():
    with open(os.path.join(HERE, "data", "bundled.json"), encoding="utf-8") as file:
        kept = json.load(file)
    if not check(sorted(kept) == clips() and len(kept) >= 3, "clips", clips(), sorted(kept)):
        return
    classes = json.loads(good("info", "--json", MODEL).out)["labels"]
    seen = set()
    for name, steps in kept.items():
        path = os.path.join(CLIPS, name)
        found = good("run", "--json", "--trace", "--threads", "1", MODEL, path)
        early = found.json()
        check_steps(name, early["steps"], steps)
        check(early["class"] == class_of(name, classes), name, "is", early["class"])
        whole = good("run", "--json", "--mode", "full", MODEL, path).json()
        check(whole["class"] == early["class"] and whole["gmac"] > early["gmac"], name, whole)
        check(good("run", "--json", "--trace", "--threads", "3", MODEL, path).without_times()
              == found.without_times(), name, "with three threads")
        check_steps(name + " in C", good("run", "--json", "--trace", "--cpu", "c", MODEL,
                                         path).json()["steps"], steps)
        seen.add(early["frames_seen"])
    check(1 in seen and 10 in seen and len(seen) > 2,
          "an easy clip, one that takes all frames, and others:", seen)


if __name__ == "__main__":
    sys.exit(run(((test_files,), (test_answers,))))
