#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One engine of a comparison in a process of its own; engine_process.py is the other end.

    engine_worker.py '{"engine": "engine_ncnn", "threads": 1, ...}'

Requests, a line of JSON each, come on standard input; what answers them goes to standard output:
"about" at the start (a dict, or {"absent": why}), then to ["result", item] what the engine makes
of an item, and to ["burst", item, count] the times of so many runs one after the other.

An engine is a module with a class Engine(config) that has `about`, a dict of text to show, `items`,
how many inputs there are, `run(item)`, which is timed, and `result(output)`, which is not. One
that cannot take part raises ImportError.
"""
import importlib
import json
import os
import sys
import time


def burst(engine, item, count):
    """Nanoseconds of each run."""
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        engine.run(item)
        times.append(time.perf_counter_ns() - start)
    return times


def serve(engine, requests, answer):
    resting = time.process_time()  # of all threads of the process
    for line in requests:
        kind, item, *rest = json.loads(line)
        idle = time.process_time() - resting
        if kind == "result":
            answer(engine.result(engine.run(item)))
        else:
            answer({"ns": burst(engine, item, *rest), "idle_cpu_s": idle})
        resting = time.process_time()


def main():
    config = json.loads(sys.argv[1])
    # What libraries print must not get between the answers.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        channel.write(json.dumps(value) + "\n")
        channel.flush()

    try:
        engine = importlib.import_module(config["engine"]).Engine(config)
    except ImportError as error:
        answer({"absent": str(error)})
        return
    answer({"about": engine.about, "items": engine.items})
    serve(engine, sys.stdin, answer)


if __name__ == "__main__":
    main()
