#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""stress_train.py [N [SEED]]: N small trainings (5), each stopped again and again at random moments
by SIGINT, SIGTERM or SIGKILL, some twice at once; each must end in the bits and the log of one that
was left alone. Needs torch and torchvision."""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import train_clips  # noqa: E402
from parity_harness import call, check, counts  # noqa: E402
from parity_train import command, journal  # noqa: E402

STAGES = ("backbone", "branches", "gate")
MOST = 8  # stops of one training
TICKS = os.sysconf("SC_CLK_TCK")


def words(folder, out):
    """A cache of its own, so that reading clips is interrupted, too."""
    return command(folder, out) + ["--epochs", "backbone=2,branches=2,gate=1", "--save-every", "1",
                                   "--cache", os.path.join(out, "cache")]


def computed(process):
    """Seconds of a processor that it has had: how far it is, whatever else the machine does."""
    try:
        with open("/proc/%d/stat" % process.pid) as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / TICKS


def run_until(line, seconds, numbers):
    """Status and what was said of a run that gets the signals once it has computed so long."""
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    most = 0
    while process.poll() is None and most < seconds:
        most = max(most, computed(process))
        time.sleep(0.01)
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.05)
    said = process.communicate()[1].decode()
    return process.returncode, said, most


def result(out):
    found = [journal(out)]
    for stage in STAGES:
        with open(os.path.join(out, stage, "ckpt.best.pth.tar"), "rb") as file:
            found.append(file.read())
    return found


def check_training(folder, number, chance, whole, length):
    out, stops = os.path.join(folder, str(number)), []
    while len(stops) < MOST:
        numbers = [chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGKILL))]
        numbers *= chance.choice((1, 1, 2))
        status, said, _ = run_until(words(folder, out), chance.uniform(0.1, 1.1) * length, numbers)
        if not status:
            break
        stops.append(status)
        check(status in (130, -numbers[0]) and "Traceback" not in said,
              "training %d: stopped by signal %d" % (number, numbers[0]),
              "status %d, %s" % (status, said.strip().split("\n")[-1][-100:]))
    call(*words(folder, out))
    check(result(out) == whole, "training %d: the same bits" % number, "after %s" % stops)
    left = [name for _, _, names in os.walk(out) for name in names if name.endswith(".part")]
    check(not left, "training %d: nothing half written" % number, " ".join(left))


def main():
    trainings, seed = (int(word) for word in (sys.argv[1:] + ["5", "1"][len(sys.argv) - 1:]))
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="tlee-stress-") as folder:
        for split, each, first in (("train", 4, 0), ("validation", 2, 100)):
            train_clips.write_split(folder, split, each, first)
        out = os.path.join(folder, "whole")
        status, said, length = run_until(words(folder, out), 1e9, ())
        if check(status == 0, "a training that is left alone", said.strip().split("\n")[-1]):
            whole = result(out)
            for number in range(trainings):
                check_training(folder, number, chance, whole, length)
    print("%d passed, %d failed" % (counts["passed"], counts["failed"]))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
