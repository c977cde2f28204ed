# SPDX-License-Identifier: MIT
"""What the parity checks share: counting, a call of the command, a comparison of two traces."""
import json
import os
import subprocess
import sys

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONVERT = os.path.join(ROOT, "tools", "convert.py")
BOUND = 1e-5  # of a logit, relative to the largest of its step

counts = {"passed": 0, "failed": 0, "skipped": 0}


def check(good, name, details=""):
    """Counts one comparison and prints it."""
    counts["passed" if good else "failed"] += 1
    print("%-4s %s%s" % ("ok" if good else "FAIL", name, ": " + details if details else ""),
          flush=True)
    return good


def skip(name, why):
    counts["skipped"] += 1
    print("skip %s: %s" % (name, why), flush=True)


class Failed(Exception):
    """A program that the checks call ended with an error."""


def call(*words):
    """Standard output of a program, as text."""
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run([str(word) for word in words], env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        text = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        raise Failed("%s ended with %d: %s" % (words[0], done.returncode, text[-600:]))
    return done.stdout.decode("utf-8")


def python(*words):
    return call(sys.executable, *words)


def run_engine(tlee, model, video, *options):
    """The object that `tlee run --json --trace` prints."""
    return json.loads(call(tlee, "run", "--json", "--trace", *options, model, video))


def logit_error(expected, found):
    """The worst difference relative to the largest magnitude expected."""
    expected, found = np.asarray(expected, np.float64), np.asarray(found, np.float64)
    if expected.shape != found.shape:
        return float("inf")
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def differences(expected, trace):
    """
    What is wrong with the engine's trace, and its worst logit error. expected: steps with frame,
    exit, confidence, gate, top1, logits and, where it is known, source_frame.
    """
    path = [(step["frame"], step["exit"]) for step in expected]
    found = [(step["frame"], step["exit"]) for step in trace["steps"]]
    if path != found:
        return ["goes through %s, expected %s" % (found, path)], float("inf")
    wrong, worst = [], 0.0
    for a, b in zip(expected, trace["steps"]):
        where = " at frame %d, exit %d" % (a["frame"], a["exit"])
        scale = np.abs(a["logits"]).max()
        worst = max(worst, logit_error(a["logits"], b["logits"]))
        if not abs(a["confidence"] - b["confidence"]) < BOUND * max(scale, 1):
            wrong.append("confidence %r, expected %r" % (b["confidence"], a["confidence"]) + where)
        if (a["gate"] is None) != (b["gate"] is None) or (
                a["gate"] is not None and not abs(a["gate"] - b["gate"]) < BOUND * max(scale, 1)):
            wrong.append("gate %r, expected %r" % (b["gate"], a["gate"]) + where)
        for key in ("top1", "source_frame"):
            if key in a and a[key] != b[key]:
                wrong.append("%s %r, expected %r" % (key, b[key], a[key]) + where)
    last = expected[-1]
    answer = (trace["label"], trace["frame"], trace["exit"], trace["frames_seen"])
    if answer != (last["top1"], last["frame"], last["exit"], last["frame"] + 1):
        wrong.append("answers label, frame, exit, frames_seen = %s" % (answer,))
    if not worst < BOUND:
        wrong.append("logits are off by %.2e of their scale" % worst)
    return wrong, worst


def check_trace(name, expected, trace):
    wrong, worst = differences(expected, trace)
    details = "; ".join(wrong[:4]) or "%d steps, logits off by %.1e" % (len(expected), worst)
    check(not wrong, name, details)
