#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast this engine runs a backbone, against other engines on the same machine.

One picture of 1 x 3 x 224 x 224, the same weights everywhere, float32, from the prepared input to
the feature. The engines take turns within one run, and what counts is the ratio at the end:
our median to that of the fastest other engine; below 1 is faster. bench/README.md says more.
"""
import os
import sys
import tempfile

import numpy as np

import comparison_command
import comparison_report
import turns

PREPARE = "bench_networks.py"
OURS = "tlee"
PEERS = ("onnxruntime", "openvino", "pytorch", "ncnn")
NETWORKS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg16",
            "mobilenetv2", "efficientnetb3")
BOUND = 1e-3  # of a feature's difference from double precision, relative to its largest value


def parse():
    parser = comparison_command.parser(__doc__)
    parser.add_argument("--networks", metavar="A,B", default="resnet18,resnet50",
                        type=comparison_command.some_of(NETWORKS),
                        help="some of %s (%%(default)s)" % ", ".join(NETWORKS))
    parser.add_argument("--peers", metavar="A,B", default=",".join(PEERS),
                        type=comparison_command.some_of(PEERS), help="(%(default)s)")
    return parser.parse_args()


def checker(folder):
    """For turns.measure: every engine's feature against that of double precision."""
    expected = np.load(os.path.join(folder, "feature.npy")).ravel()

    def check(engines):
        faults, agreement = [], {}
        for engine in engines:
            found = np.array(engine.result(0))
            difference = float("inf")
            if found.shape == expected.shape:
                difference = np.abs(found - expected).max() / np.abs(expected).max()
            agreement[engine.name] = "%.1e" % difference
            if not difference < BOUND:
                faults.append("the feature of %s is off by %.1e of its largest value" % (
                    engine.name, difference))
        return faults, agreement

    return check


def compare(network, folder, args):
    """A report for each number of threads."""
    comparison_command.prepare(PREPARE, network, folder)
    for threads in args.threads:
        configs = {name: {"engine": "engine_" + name, "folder": folder, "threads": threads,
                          "library": args.library} for name in [OURS, *args.peers]}
        report = turns.measure(configs, OURS, checker(folder), args.rounds, args.runs)
        report["absent"].update((name, "not asked for") for name in PEERS if name not in args.peers)
        report.update(network=network, threads=threads)
        comparison_report.show("%s, threads: %d" % (network, threads), report, OURS)
        yield report


def main():
    args = parse()
    comparison_report.show_machine()
    reports = []
    for network in args.networks:
        with tempfile.TemporaryDirectory(prefix="tlee-compare-") as folder:
            reports += compare(network, folder, args)
    return comparison_report.finish(reports, args.json)


if __name__ == "__main__":
    sys.exit(main())
