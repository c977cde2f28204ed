#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How soon after its start the command has recognised a video, and how much memory it takes.

For each mode `tlee run` is started several times, after once that does not count and leaves the
files in the page cache. `process` is from just before the start until the process is gone; `ms` is
what it says of preprocessing and network itself. `steady` is the same ms when one process
recognises the video again and again, and `ratio` is process / steady, all of them medians. `peak`
is the most memory that was resident, also in relation to the size of the model's file.
"""
import argparse
import json
import os
import statistics
import sys
import time

from comparison_command import LIBRARY, at_least, some_of
from tlee_binding import MODES, Session

COMMAND = os.path.join(os.path.dirname(LIBRARY), "tlee")


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a weights file or random: description")
    parser.add_argument("input", help="a video, as tlee run takes it")
    parser.add_argument("--modes", metavar="A,B", default=list(MODES[1:]), type=some_of(MODES[1:]),
                        help="of ts, t, full (all)")
    parser.add_argument("--threads", metavar="N", type=at_least(1), default=os.cpu_count(),
                        help="(%(default)s)")
    parser.add_argument("--runs", metavar="N", type=at_least(1), default=15,
                        help="of each kind (%(default)s)")
    parser.add_argument("--command", metavar="PATH", default=COMMAND, help="(build/tlee)")
    parser.add_argument("--library", metavar="PATH", default=LIBRARY, help="(build/libtlee.so)")
    parser.add_argument("--json", metavar="FILE", help="write all figures to a file, too")
    return parser.parse_args()


def call(*words):
    """What a process prints, as JSON; its wall time in ms; its peak of resident bytes."""
    reading, writing = os.pipe()
    start = time.perf_counter()
    child = os.posix_spawn(words[0], words, os.environ,
                           file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)])
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    if status:
        sys.exit("%s failed" % " ".join(words))
    return json.loads(text), 1e3 * wall, 1024 * usage.ru_maxrss


def cold(args, mode):
    """Medians over processes, and the answer."""
    line = (args.command, "run", "--json", "--mode", mode, "--threads", str(args.threads),
            args.model, args.input)
    call(*line)
    runs = [call(*line) for _ in range(args.runs)]
    answer = runs[0][0]
    return {"mode": mode, "label": answer["label"], "frame": answer["frame"],
            "exit": answer["exit"], "peak_rss_bytes": max(run[2] for run in runs),
            "process_ms": statistics.median(run[1] for run in runs),
            "ms": statistics.median(run[0]["ms"] for run in runs),
            "ms_total": statistics.median(run[0]["ms_total"] for run in runs)}


def steady(args, row):
    """Adds the median within one process; False when that says something else."""
    order = call(args.command, "info", "--json", args.model)[0]["order"]
    session = Session(args.library, args.model, args.threads, row["mode"])
    pictures = session.pictures(args.input, order)
    result = session.recognise_pictures(pictures)
    row["steady_ms"] = statistics.median(
        session.recognise_pictures(pictures).ns / 1e6 for _ in range(args.runs))
    row["ratio"] = row["process_ms"] / row["steady_ms"]
    return (result.label, result.frame, result.exit) == (row["label"], row["frame"], row["exit"])


def show(rows, file_bytes):
    print("mode  frames  exit  process ms       ms  ms_total  steady ms  ratio  peak MiB  of file")
    for row in rows:
        share = "%.2f" % (row["peak_rss_bytes"] / file_bytes) if file_bytes else "-"
        print("%-4s  %6d  %4d  %10.1f  %7.1f  %8.1f  %9.1f  %5.2f  %8.1f  %7s" % (
            row["mode"], row["frame"] + 1, row["exit"], row["process_ms"], row["ms"],
            row["ms_total"], row["steady_ms"], row["ratio"], row["peak_rss_bytes"] / 2**20, share))


def main():
    args = parse()
    # All processes first: what is in memory here counts as theirs, too (getrusage).
    rows = [cold(args, mode) for mode in args.modes]
    agree = [steady(args, row) for row in rows]
    file_bytes = os.path.getsize(args.model) if os.path.exists(args.model) else None
    show(rows, file_bytes)
    if args.json:
        with open(args.json, "w") as file:
            json.dump({"model_bytes": file_bytes, "threads": args.threads, "rows": rows}, file)
    if not all(agree):
        print("the answers of one process and of many differ")
    return 0 if all(agree) else 1


if __name__ == "__main__":
    sys.exit(main())
