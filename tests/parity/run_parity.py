#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds the engine and the converter against PyTorch; needs torch, torchvision and PyYAML.

The last line is "N passed, N failed"; the exit status is 0 when none failed and at least one ran.
"""
import argparse
import os
import sys

sys.dont_write_bytecode = True  # the tests leave nothing beside the sources

import parity_checkpoints  # noqa: E402
import parity_golden  # noqa: E402
import parity_matrix  # noqa: E402
import parity_oracle  # noqa: E402
import parity_real  # noqa: E402
from parity_harness import counts  # noqa: E402

PARTS = ("golden", "checkpoints", "matrix", "oracle", "real")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tlee", required=True, help="the command")
    parser.add_argument("--oracle", metavar="DIR", help="folder with golden.py and cases/")
    parser.add_argument("--real", metavar="DIR", help="folder with a trained checkpoint and clips")
    parser.add_argument("--only", choices=PARTS, action="append", help="run only this part")
    args = parser.parse_args()
    tlee = os.path.abspath(args.tlee)
    wanted = args.only or PARTS
    if "golden" in wanted:
        parity_golden.run()
    if "checkpoints" in wanted:
        parity_checkpoints.run(tlee)
    if "matrix" in wanted:
        parity_matrix.run(tlee)
    if "oracle" in wanted and args.oracle:
        parity_oracle.run(tlee, os.path.abspath(args.oracle))
    if "real" in wanted and args.real:
        parity_real.run(tlee, os.path.abspath(args.real))
    print("%d passed, %d failed%s" % (counts["passed"], counts["failed"], (
        ", %d skipped" % counts["skipped"] if counts["skipped"] else "")))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
