#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every test program and sums up what they counted.

C programs are tests/test_*.c, built into BUILD/tests; Python programs are tests/test_*.py. Each
ends with a line "N passed, N failed"; one that does not, or that exits with another status than
that line asks for, counts as one failure more. Python programs find the command in the environment
variable TLEE (words, separated by blanks: a runner may come first) and the build folder in
TLEE_BUILD.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import time

CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")


def run(command, env, limit):
    """Output and exit status; a program that hangs is ended and counts as failed."""
    try:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=limit)
        return done.stdout.decode("utf-8", "replace"), done.returncode
    except subprocess.TimeoutExpired as error:
        text = (error.stdout or b"").decode("utf-8", "replace")
        return text + "\nno end after %d s" % limit, -1


def attempt(command, env, limit):
    """Runs one program; its output if something failed, and what it counted."""
    name, start = os.path.basename(command[-1]), time.monotonic()
    output, status = run(command, env, limit)
    output = output.rstrip("\n")
    closing = CLOSING.match(output.split("\n")[-1])
    counts = [int(n or 0) for n in closing.groups()] if closing else [0, 0, 0]
    good = closing and counts[0] > 0 and (status == 0) == (counts[1] == 0)
    if not good:
        counts[1] += 1
        output += "\n%s: ended with status %d and no fitting closing line" % (name, status)
    line = "%-28s %5d passed, %d failed%s  %.1f s" % (
        name, counts[0], counts[1], ", %d skipped" % counts[2] if counts[2] else "",
        time.monotonic() - start)
    return (output + "\n" if counts[1] else "") + line, counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="folder with tests/ and tlee")
    parser.add_argument("--runner", default="", help="runs programs for another machine")
    parser.add_argument("--limit", type=int, default=1500, help="seconds for each program")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)),
                        help="programs at a time (as many as there are cores)")
    parser.add_argument("only", nargs="*", help="run only programs with one of these in the name")
    args = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    build = os.path.abspath(args.build)
    runner = args.runner.split()
    env = dict(os.environ, TLEE=" ".join(runner + [os.path.join(build, "tlee")]), TLEE_BUILD=build,
               TLEE_TESTS=here, LC_ALL="C.UTF-8")
    # The Python programs take longest, so they begin.
    programs = [[sys.executable, s] for s in sorted(glob.glob(os.path.join(here, "test_*.py")))]
    sources = sorted(glob.glob(os.path.join(here, "test_*.c")))
    names = [os.path.basename(s)[:-2] for s in sources]
    programs += [runner + [os.path.join(build, "tests", name)] for name in names]
    programs = [command for command in programs if not args.only or
                any(part in os.path.basename(command[-1]) for part in args.only)]
    totals = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(max(args.jobs, 1)) as pool:
        waiting = [pool.submit(attempt, command, env, args.limit) for command in programs]
        for done in concurrent.futures.as_completed(waiting):
            text, counts = done.result()
            print(text, flush=True)
            totals = [total + count for total, count in zip(totals, counts)]
    if not programs:
        print("no test program fits")
        totals[1] += 1
    print("%d passed, %d failed%s" % (totals[0], totals[1],
                                      ", %d skipped" % totals[2] if totals[2] else ""))
    return 1 if totals[1] or not totals[0] else 0


if __name__ == "__main__":
    sys.exit(main())
