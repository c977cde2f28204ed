#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast this engine recognises whole videos, against a PyTorch program of the same method.

The videos of a case of an oracle, prepared beforehand: network and decisions alone, in float32.
The two take turns within one run, and what counts is the ratio at the end, of the sums over the
videos of the median times; below 1 is faster. bench/README.md says more.
"""
import os
import sys
import tempfile

import comparison_command
import comparison_report
import turns

PREPARE = "bench_videos.py"
OURS, OTHER = "tlee", "oracle"


def parse():
    parser = comparison_command.parser(__doc__)
    parser.set_defaults(rounds=5, runs=2)
    parser.add_argument("--oracle", metavar="DIR", required=True, type=os.path.abspath,
                        help="folder with golden.py, tlee_ref.py and cases/")
    parser.add_argument("--case", metavar="NAME", default="dev_resnet50_ucf101",
                        help="cases/NAME.json (%(default)s)")
    return parser.parse_args()


def check(engines):
    """For turns.measure: label and path of every video, all engines against the first."""
    faults, agreement, expected = [], {}, {}
    for engine in engines:
        same = 0
        for item in range(engine.items):
            found = engine.result(item)
            wanted = expected.setdefault(item, found)
            same += found == wanted
            if found != wanted:
                faults.append("video %d: %s says %s, %s %s" % (
                    item, engine.name, found, engines[0].name, wanted))
        agreement[engine.name] = "%d of %d" % (same, engine.items)
    return faults, agreement


def main():
    args = parse()
    comparison_report.show_machine()
    reports = []
    with tempfile.TemporaryDirectory(prefix="tlee-compare-") as folder:
        comparison_command.prepare(PREPARE, args.oracle, args.case, folder)
        for threads in args.threads:
            shared = {"folder": folder, "threads": threads}
            configs = {
                OTHER: dict(shared, engine="engine_oracle", oracle=args.oracle, case=args.case),
                OURS: dict(shared, engine="engine_tlee_video", library=args.library)}
            report = turns.measure(configs, OURS, check, args.rounds, args.runs)
            report.update(case=args.case, threads=threads)
            comparison_report.show("%s, threads: %d" % (args.case, threads), report, OURS)
            reports.append(report)
    return comparison_report.finish(reports, args.json)


if __name__ == "__main__":
    sys.exit(main())
