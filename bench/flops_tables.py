#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The cost tables: prints them as Markdown and writes them to FOLDER/tables.md, with the exact
numbers beside it as CSV. Needs neither weights nor network; counts come from the list of ops that
the engine executes (op_list.py). See bench/README.md."""
import argparse
import os

import exit_tables
import video_tables
from exit_times import measure
from op_list import BACKBONES, CLASSES, EXITS, call, describe, read_model

HEAD = """# What TLEE's networks cost

From the list of ops that the engine executes, at 224 x 224. GMAC are 10^9 multiply-accumulates of
convolutions and linear layers (the plain convention). A branch sits on each of the three cuts:
exits 0 to 2; exit 3 is the backbone's end.
"""


class Backbone:
    """All that the tables say about one backbone: its models, by data set, and times."""

    def __init__(self, command, name, runs):
        self.name = name
        #: Without feature layer, and with as many classes as torchvision's networks have.
        self.plain = read_model(command, describe(name, "hmdb51", 1000))
        self.models = {dataset: read_model(command, describe(name, dataset))
                       for dataset in CLASSES}
        self.engine = {dataset: call(command, "info", "--json", describe(name, dataset))
                       for dataset in CLASSES}
        self.fewer = [call(command, "info", "--json", "--no-fold",
                           describe(name, "hmdb51", branches=branches))
                      for branches in range(EXITS - 1)]
        self.times = {dataset: measure(command, describe(name, dataset), runs)
                      for dataset in CLASSES} if runs != 0 else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tlee", default="build/tlee", help="the command; words split at blanks")
    parser.add_argument("--out", default="bench/out", metavar="FOLDER")
    parser.add_argument("--backbones", nargs="+", choices=BACKBONES, default=BACKBONES,
                        metavar="NAME", help=" ".join(BACKBONES))
    parser.add_argument("--runs", type=int, metavar="N",
                        help="measure each exit N times; 0: do not measure. The default is what "
                        "takes about two seconds for each backbone and data set")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    backbones = [Backbone(args.tlee.split(), name, args.runs) for name in args.backbones]
    text = "\n".join([HEAD] + exit_tables.markdown(backbones) + video_tables.markdown(backbones))
    with open(os.path.join(args.out, "tables.md"), "w", encoding="utf-8") as file:
        file.write(text)
    exit_tables.write(backbones, args.out)
    video_tables.write(backbones, args.out)
    print(text, end="")
    print("\nwritten to %s: tables.md, exits.csv, costs.csv, videos.csv" % args.out)


if __name__ == "__main__":
    main()
