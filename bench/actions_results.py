#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The results table of a model of the actions' data set, from scratch: writes OUT/results.md, the
same numbers as CSV, and pictures of the curve where matplotlib is there.

DATA is what tools/actions/make_clips.py made. On test: the whole network, TLEE with the model's
thresholds, one frame alone, and the whole network over fewer frames at TLEE's cost, each in the
model's order and sequentially. Thresholds are chosen on validation and looked at on test. Times
need a machine that does nothing else. An interrupted run goes on when it is started again; to take
new times, take a new OUT.
"""
import importlib.util
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, "tools"))

import results_numbers as numbers  # noqa: E402
import results_text as text  # noqa: E402
from arguments import Parser, whole  # noqa: E402
from fault import Fault, blaming, printable  # noqa: E402
from results_data import DataSet, every_frames  # noqa: E402
from results_runs import NETWORKS, ORDERS, Runs, as_decided_by  # noqa: E402
from table_output import write_csv  # noqa: E402

QUICK = {"limit": 56, "grid": 300}
CURVE = ("top1", "gmac", "ms", "frames")


class Results:
    """All that the report tells. rows[order][kind], records[order][kind], sweeps[order][list]."""

    def __init__(self, flags, data, every, facts):
        self.data, self.every, self.facts = data, every, facts
        self.model_name = os.path.basename(flags.model)
        self.threads = "`--threads %d`" % flags.threads if flags.threads else "all threads"
        self.rows, self.records, self.sweeps = {}, {}, {}
        self.other, self.other_name, self.pictures = {}, "", []


def say(line):
    print(line, file=sys.stderr, flush=True)


def run(flags, data, facts):
    every = flags.every or every_frames(data.frames()[0], facts["frames"])
    runs, results = Runs(flags, data, every), Results(flags, data, every, facts)
    for order in ORDERS:
        results.records[order], results.rows[order] = {}, {}
        for kind in NETWORKS:
            say("%s, order %s" % (text.NAMES[kind], order))
            records = runs.evaluate(kind, order, flags.model)
            results.records[order][kind] = records
            results.rows[order][kind] = numbers.row_of(records, data)
        say("sweep, order %s" % order)
        results.sweeps[order] = runs.sweep_all(order, flags.model)
        for cost in ("gmac", "ms"):
            results.rows[order]["fewer " + cost] = numbers.fewer_row(results.sweeps[order], cost)
    if flags.other:
        results.other_name = os.path.basename(flags.other)
        for kind in ("whole", "tlee"):
            say("%s of %s" % (text.NAMES[kind], results.other_name))
            results.other[kind] = runs.evaluate(kind, "sampled", flags.other, "other-",
                                                 as_decided_by(facts))
    return runs, results


def write_tables(runs, results):
    rows = []
    for order, kind, row in text.rows_of(results):
        values = [""] * 6 if row is None else [row.top1] + row.by_difficulty + [
            row.gmac, row.ms, row.frames]
        rows.append([order, kind] + ["" if value is None else value for value in values])
    write_csv(runs.path("results.csv"), ["order", "what", "top1", "easy", "hard", "gmac", "ms",
                                         "frames"], rows)
    write_csv(runs.path("classes.csv"),
              ["class", "clips"] + ["%s_%s" % (kind, order) for order, kind in text.CLASS_COLUMNS],
              [["" if value is None else value for value in row]
               for row in text.class_rows(results)])
    rows = []
    for order in ORDERS:
        table = numbers.left_at(results.records[order]["tlee"], results.facts["frames"],
                                results.facts["branches"] + 1)
        rows += [[order, t, b, count] for t, counts in enumerate(table)
                 for b, count in enumerate(counts)]
    write_csv(runs.path("exits.csv"), ["order", "frame", "exit", "clips"], rows)


def write_curve(runs, results, order):
    """Validation's front as it is on test, with fewer frames there: the form that plot.py reads."""
    sweep, path = results.sweeps[order]["validation"], runs.path("curve-%s.csv" % order)
    thresholds = ("first", "exit", "gate")
    rows = [[point[key] for key in thresholds] + [point["check"][key] for key in CURVE] + ["front"]
            for point in sweep["front_gmac"]]
    rows += [["", "", ""] + [point["check"][key] for key in CURVE] + [point["kind"]]
             for point in sweep["fewer_frames"]]
    write_csv(path, list(thresholds + CURVE) + ["kind"], rows)
    return path


def draw(runs, results):
    """curve-ORDER.svg and curve-ORDER-ms.svg."""
    drawn = importlib.util.find_spec("matplotlib") is not None
    for order in ORDERS:
        path = write_curve(runs, results, order)
        for words, suffix in (((), ""), (("--ms",), "-ms")) if drawn else ():
            name = "curve-%s%s.svg" % (order, suffix)
            done = subprocess.run(
                [sys.executable, os.path.join(ROOT, "tools", "plot.py"), "curve", path, "-o",
                 runs.path(name), *words]
                + ["--reference=%s=%s" % (label, runs.path("summaries", "%s-%s.json" % (
                    kind, order))) for label, kind in (("whole network", "whole"),
                                                       ("thresholds of the model", "tlee"))],
                stderr=subprocess.PIPE)
            if done.returncode:
                raise Fault(done.stderr.decode("utf-8", "replace").strip())
            results.pictures.append(name)
    if not drawn:
        say("no pictures: matplotlib is not installed (Debian: python3-matplotlib)")


def command_line():
    parser = Parser(prog="actions_results.py", description=__doc__)
    parser.add_argument("data", metavar="DATA", help="folder of the data set")
    parser.add_argument("model", metavar="MODEL", help="as tlee takes it")
    parser.add_argument("--other", metavar="MODEL", help="the same in other storage, to compare "
                        "with these thresholds")
    parser.add_argument("--out", default="bench/out/actions", metavar="OUT", help="%(default)s")
    parser.add_argument("--tlee", default="build/tlee", help="the command; words split at blanks")
    parser.add_argument("--threads", type=whole(1), default=0, metavar="N", help="of tlee; all")
    parser.add_argument("--every", type=whole(1), default=0, metavar="K", help="of the sequential "
                        "order; the largest at which no clip ends too soon")
    parser.add_argument("--grid", type=whole(1), metavar="N", help="settings to sweep; 4096")
    parser.add_argument("--limit", type=whole(1), metavar="N", help="so many clips of each list")
    parser.add_argument("--quick", action="store_true",
                        help="--limit %(limit)d --grid %(grid)d, unless they are given" % QUICK)
    flags = parser.parse_args()
    usual = QUICK if flags.quick else {"limit": 0, "grid": 4096}
    flags.limit = flags.limit or usual["limit"]
    flags.grid = flags.grid or usual["grid"]
    return flags


def main():
    flags = command_line()
    try:
        data = DataSet(flags.data, flags.limit)
        with blaming(flags.out):
            os.makedirs(flags.out, exist_ok=True)
        facts = Runs(flags, data, 1).call("info", "--json", flags.model)
        if len(data.classes) != facts["classes"]:
            raise Fault("has %d classes, the model has %d" % (len(data.classes), facts["classes"]),
                        os.path.join(flags.data, "labels.txt"))
        runs, results = run(flags, data, facts)
        write_tables(runs, results)
        draw(runs, results)
        page = text.markdown(results)
        with open(runs.path("results.md"), "w", encoding="utf-8") as file:
            file.write(page)
    except Fault as fault:
        where = printable(fault.file) + ": " if fault.file else ""
        sys.exit("actions_results.py: %s%s" % (where, printable(str(fault))))
    except OSError as error:
        sys.exit("actions_results.py: %s: %s" % (printable(str(error.filename)), error.strerror))
    except KeyboardInterrupt:
        sys.exit("actions_results.py: interrupted; run again to go on")
    print(page, end="")
    say("written to %s" % flags.out)


if __name__ == "__main__":
    main()
