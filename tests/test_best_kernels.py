# SPDX-License-Identifier: MIT
"""The command picks the instruction set that this machine can run, and runs with it.

TLEE_BEST, where it is set, names the set that must be picked: emulated processors are of a known
kind, and one without a set must not meet its instructions.
"""
import os
import re
import subprocess
import sys
import tempfile

from cli_tool import write_y4m

WORDS = os.environ["TLEE"].split()
MODEL = "random:resnet18,dataset=demo,classes=10,input=112,first=0.95,exit=0.6,seed=1"
SETS = ("avx512", "avx2", "neon")
#: Emulators complain of features of the processor that they lack.
NOISE = re.compile(r"^qemu-\S+: warning: .*\n", re.M)


def tlee(*line):
    done = subprocess.run(WORDS + list(line), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, timeout=300)
    return done.returncode, done.stdout, NOISE.sub("", done.stderr)


def check(clip):
    passed, failed = 0, 0
    answers = [tlee("run", "--cpu", name, MODEL, clip) for name in ("neon", "avx2")]
    named = [re.search(r"the best is (\w+)", errors) for status, _, errors in answers if status]
    best = named[0].group(1) if named and named[0] else None
    status, text, errors = tlee("run", MODEL, clip)
    wanted = os.environ.get("TLEE_BEST") or best
    for right, details in (
            (best in SETS + ("c",), ("no set is refused", answers)),
            (best == wanted, ("the best set is", best, "instead of", wanted)),
            (status == 0 and text.startswith("answer "), ("run:", status, text, errors))):
        passed, failed = passed + bool(right), failed + (not right)
        if not right:
            print("FAILED:", *details)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


def main():
    with tempfile.TemporaryDirectory() as temp:
        return check(write_y4m(os.path.join(temp, "clip.y4m"), 12))


if __name__ == "__main__":
    sys.exit(main())
