#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds the engine and the converter against PyTorch; needs torch, torchvision and PyYAML.

The last line is "N passed, N failed"; the exit status is 0 when none failed and at least one ran.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # the tests leave nothing beside the sources
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import parity_actions  # noqa: E402
import parity_audit  # noqa: E402
import parity_bundled  # noqa: E402
import parity_checkpoints  # noqa: E402
import parity_eval  # noqa: E402
import parity_golden  # noqa: E402
import parity_matrix  # noqa: E402
import parity_oracle  # noqa: E402
import parity_plots  # noqa: E402
import parity_poses  # noqa: E402
import parity_real  # noqa: E402
import parity_train  # noqa: E402
import parity_train_networks  # noqa: E402
import parity_train_parts  # noqa: E402
import parity_train_refusals  # noqa: E402
from parity_harness import counts  # noqa: E402

# The longest first, since they run side by side. Each takes the arguments of the command.
PARTS = {
    "oracle": lambda args: args.oracle and parity_oracle.run(args.tlee, args.oracle),
    "matrix": lambda args: parity_matrix.run(args.tlee),
    "audit": lambda args: parity_audit.run(args.tlee, args.real),
    "eval": lambda args: parity_eval.run(args.tlee, args.real),
    "training": lambda args: parity_train.run(args.tlee),
    "refusals": lambda args: parity_train_refusals.run(),
    "trainer": lambda args: parity_train_parts.run(args.tlee),
    "networks": lambda args: parity_train_networks.run(args.tlee),
    "actions": lambda args: parity_actions.run(args.tlee, args.actions, args.actions_model,
                                               args.actions_float),
    "poses": lambda args: parity_poses.run(),
    "bundled": lambda args: parity_bundled.run(),
    "golden": lambda args: parity_golden.run(),
    "checkpoints": lambda args: parity_checkpoints.run(args.tlee),
    "real": lambda args: args.real and parity_real.run(args.tlee, args.real),
    "plots": lambda args: parity_plots.run(args.tlee),
}


def run_apart(part):
    """One part in a process of its own, with one of PyTorch's threads; its output as it ends."""
    done = subprocess.run([sys.executable] + sys.argv + ["--only", part],
                          env=dict(os.environ, OMP_NUM_THREADS="1"), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    *lines, closing = done.stdout.decode("utf-8", "replace").rstrip("\n").split("\n")
    found = re.fullmatch(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", closing)
    if found:
        for name, number in zip(("passed", "failed", "skipped"), found.groups("0")):
            counts[name] += int(number)
    else:
        counts["failed"] += 1
        lines += [closing, "FAIL %s: ended with status %d" % (part, done.returncode)]
    print("\n".join(lines), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tlee", required=True, type=os.path.abspath, help="the command")
    parser.add_argument("--oracle", metavar="DIR", type=os.path.abspath,
                        help="folder with golden.py and cases/")
    parser.add_argument("--real", metavar="DIR", type=os.path.abspath,
                        help="folder with a trained checkpoint and clips")
    parser.add_argument("--actions", metavar="DIR", type=os.path.abspath,
                        help="data set of tools/actions: its whole test split in place of a few "
                        "clips")
    parser.add_argument("--actions-model", metavar="FILE", type=os.path.abspath,
                        help="in place of weights/actions.tlee")
    parser.add_argument("--actions-float", metavar="FILE", type=os.path.abspath,
                        help="the same model without --half: top-1 must be the same")
    parser.add_argument("--only", choices=PARTS, help="run only this part")
    args = parser.parse_args()
    if args.only:
        PARTS[args.only](args)
    else:
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            list(pool.map(run_apart, PARTS))
    print("%d passed, %d failed%s" % (counts["passed"], counts["failed"], (
        ", %d skipped" % counts["skipped"] if counts["skipped"] else "")))
    return 1 if counts["failed"] or (not counts["passed"] and not args.only) else 0


if __name__ == "__main__":
    sys.exit(main())
