#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long a list of generated clips takes with one worker and with two, of one thread each, on
this machine: through GNU parallel, and through a Slurm of the script's own. From the start of the
command to the joined records; each round adds a line to FILE, and what FILE comes to is printed."""
import argparse
import json
import os
import statistics
import tempfile
import time

import cluster_slurm
from cluster_case import Case, finish, installed, stop_cleanly

WORKERS = (1, 2)
SHARDS = 2


def by_parallel(case, temp, workers):
    start = time.monotonic()
    finish(case.start("eval_parallel.sh", os.path.join(temp, "parallel%d" % workers), "-n",
                      str(SHARDS), "-j", str(workers)), "eval_parallel.sh")
    return time.monotonic() - start


def by_slurm(case, temp, workers):
    """A node with as many CPUs as there are to be workers; its start is not counted."""
    place = os.path.join(temp, "slurm%d" % workers)
    os.mkdir(place)
    slurm = cluster_slurm.Slurm(place, workers)
    try:
        start = time.monotonic()
        out, _ = finish(case.start("eval_slurm.sh", os.path.join(place, "run"), "-n", str(SHARDS),
                                   **slurm.env), "eval_slurm.sh")
        state = slurm.wait(out.replace(";", " ").split()[3])
        if state != "COMPLETED":
            raise OSError("merge ended as " + state)
        return time.monotonic() - start
    finally:
        slurm.stop()


def report(times):
    for engine in sorted({line["engine"] for line in times}):
        rows = {workers: [line["videos"] / line["seconds"] for line in times
                          if line["engine"] == engine and line["workers"] == workers]
                for workers in WORKERS}
        for workers, rates in rows.items():
            median = statistics.median(rates)
            print("%-8s %d workers: %5.2f videos/s at best, median %5.2f of %d runs, %.2f x one"
                  % (engine, workers, max(rates), median, len(rates),
                     median / statistics.median(rows[1])))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tlee", required=True, help="the command")
    parser.add_argument("--videos", type=int, default=192)
    parser.add_argument("--engine", choices=("parallel", "slurm"), help="this one alone")
    parser.add_argument("file", help="where times are kept")
    args = parser.parse_args()
    stop_cleanly()
    engines = (("parallel", by_parallel, {"parallel": "parallel"}),
               ("slurm", by_slurm, cluster_slurm.PROGRAMS))
    with tempfile.TemporaryDirectory() as temp, open(args.file, "a+", encoding="ascii") as file:
        case = Case(temp, args.tlee, args.videos)
        for name, run, programs in engines:
            wanted = args.engine in (None, name) and installed(name, programs)
            for workers in WORKERS if wanted else ():
                line = {"engine": name, "workers": workers, "videos": args.videos,
                        "seconds": run(case, temp, workers)}
                file.write(json.dumps(line) + "\n")
        file.seek(0)
        report([json.loads(line) for line in file])


if __name__ == "__main__":
    main()
