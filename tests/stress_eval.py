#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 of `tlee eval --records` at random times, from its first millisecond on, until it comes
through: nothing that was recorded may be lost, and the numbers must be those of an unbroken run.

Beside `make test`, for as many rounds as wanted.  usage: [TLEE=build/tlee] stress_eval.py [ROUNDS
[SEED]]; the last line is "N passed, N failed".
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

import cli_tool
from cli_tool import LIMIT, SMALL, WORDS, check
from eval_data import MIXED, evaluate, make_data, without_times, write_list

VIDEOS = 60
LOST = (0, 17, 59)  # of the list, that cannot be opened: they are tried again each time


def make_list(temp):
    """Words of the command line that name the data set."""
    root = os.path.join(temp, "videos")
    data = make_data(root, VIDEOS)
    lines = ["%s - %d" % pair for pair in zip(data.names, data.labels)]
    for index in LOST:
        lines[index] = "missing %d - 1" % index
    return ("--root", root, SMALL, write_list(os.path.join(temp, "list.txt"), lines))


def known(file):
    """Record of each index; the last line may be torn."""
    if not os.path.exists(file):
        return {}
    with open(file, "rb") as stream:
        lines = stream.read().split(b"\n")[:-1]
    records = [json.loads(line) for line in lines]
    found = {record["index"]: record for record in records}
    check(len(found) == len(records), "an index twice:", sorted(r["index"] for r in records))
    return found


def run_until(line, seconds):
    """Whether the command came to its end before it was killed."""
    child = subprocess.Popen(WORDS + line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
    return child.wait(LIMIT) == 0


def one_round(rng, temp, line, whole_time):
    """Kills, until a run comes through; how many kills there were."""
    file = os.path.join(temp, "records.jsonl")
    line = ["eval", "--records", file, "--jobs", str(rng.randint(1, 4)), "--threads",
            str(rng.randint(1, 2)), *MIXED, *line]
    kills, before = 0, {}
    while not run_until(line, whole_time * rng.random() ** 3):
        kills += 1
        after = known(file)
        gone = [index for index, record in before.items()
                if "error" not in record and after.get(index) != record]
        check(not gone, "records are lost or changed:", gone)
        before = after
        if kills > 200:
            check(False, "never comes to its end")
            break
    return kills


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else None)
    temp = tempfile.mkdtemp(prefix="tlee-stress-")
    try:
        line = make_list(temp)
        file = os.path.join(temp, "records.jsonl")
        start = time.monotonic()
        want = without_times(evaluate("--records", file, *MIXED, *line))
        whole_time = time.monotonic() - start
        records = without_times(list(known(file).values()))
        check(len(records) == VIDEOS and len(want["failed"]) == len(LOST), want)
        kills = 0
        for _ in range(rounds):
            os.remove(file)
            kills += one_round(rng, temp, line, whole_time)
            found = evaluate("--records", file, *MIXED, *line)
            check(without_times(found) == want, "resumed:", found, "instead of", want)
            again = without_times(list(known(file).values()))
            check(sorted(map(str, again)) == sorted(map(str, records)), "records differ")
            check(sorted(os.listdir(temp)) == ["list.txt", "records.jsonl", "videos"],
                  "something is left over:", os.listdir(temp))
        print("%d rounds, %d kills" % (rounds, kills))
    finally:
        shutil.rmtree(temp)
    print("%d passed, %d failed" % (cli_tool.passed, cli_tool.failed))
    return 1 if cli_tool.failed or not kills else 0


if __name__ == "__main__":
    sys.exit(main())
