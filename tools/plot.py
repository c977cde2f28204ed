#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pictures for papers of what tlee writes: curves, exits, layers and film strips, as SVG, PDF or
PNG by the output's suffix.

Needs matplotlib. The same input gives the same file. Titles are left to the caption; --title sets
one.
"""
import argparse
import os
import sys

from arguments import Parser, number, whole
from fault import Fault, printable
from plotting import bench_times, figure, frame_input, points, records, trace


def curve(flags):
    """Accuracy against cost, with the Pareto front and fewer frames, from `tlee sweep --points`."""
    cost = "ms" if flags.ms else "gmac_paper" if flags.paper else "gmac"
    curves, references = [], []
    for word in flags.points:
        name, path = points.name_and_path(word)
        curves.append((name, points.read_points(path, cost)))
    for word in flags.reference:
        name, path = points.name_and_path(word)
        references += points.read_reference(name, path, cost)

    def draw(looks):
        from plotting import draw_curve
        return draw_curve.draw(looks, curves, references, cost, not flags.front_only)
    return draw


def exits(flags):
    """Where frames and videos ended, from `tlee eval --records`."""
    tally = records.read_records(flags.records)

    def draw(looks):
        from plotting import draw_exits
        return draw_exits.draw(looks, tally, flags.frames, flags.exits)
    return draw


def layers(flags):
    """Time in each layer, from `tlee bench --json --layers`."""
    bench = bench_times.read_bench(flags.bench)

    def draw(looks):
        from plotting import draw_layers
        return draw_layers.draw(looks, bench)
    return draw


def strip(flags):
    """The frames of one video that were looked at, from `tlee run --json --trace` and the video."""
    seen = trace.read_trace(flags.trace)
    pictures = frame_input.read_frames(flags.input, [frame.number for frame in seen.frames])

    def draw(looks):
        from plotting import draw_strip
        return draw_strip.draw(looks, seen, pictures, draw_strip.Thresholds(
            flags.first_threshold, flags.exit_threshold, flags.gate_threshold))
    return draw


def output(word):
    if os.path.splitext(word)[1].lower() not in figure.FORMATS:
        raise argparse.ArgumentTypeError("'%s' ends neither with %s" % (
            word, " nor with ".join(sorted(figure.FORMATS))))
    return word


def command_line():
    parser = Parser(prog="plot.py", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)

    def kind(run):
        made = kinds.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        made.add_argument("-o", "--output", required=True, type=output, metavar="FILE",
                          help="picture to write: .svg, .pdf or .png")
        made.add_argument("--title", help="text above the picture")
        made.add_argument("--width", type=number(1, 40), metavar="INCHES")
        made.add_argument("--font", metavar="NAME", help="default: DejaVu Sans")
        made.set_defaults(run=run)
        return made

    made = kind(curve)
    made.add_argument("points", nargs="+", metavar="[NAME=]POINTS.csv")
    made.add_argument("--reference", action="append", default=[], metavar="[NAME=]FILE.json",
                      help="what to compare with: `tlee eval --json` of the whole network, say, or "
                      "the references of `tlee sweep --json`")
    cost = made.add_mutually_exclusive_group()
    cost.add_argument("--ms", action="store_true", help="against measured time, not GMAC")
    cost.add_argument("--paper", action="store_true", help="against GMAC as the paper counts")
    made.add_argument("--front-only", action="store_true", help="without the settings behind it")
    made = kind(exits)
    made.add_argument("records", metavar="RECORDS.jsonl")
    made.add_argument("--frames", type=whole(1, 4096), default=0, metavar="T",
                      help="of the model, where no video comes to the last")
    made.add_argument("--exits", type=whole(1, 4), default=0, metavar="N",
                      help="of the model, where no frame comes to the last")
    made = kind(layers)
    made.add_argument("bench", metavar="BENCH.json")
    made = kind(strip)
    made.add_argument("trace", metavar="TRACE.json")
    made.add_argument("input", metavar="INPUT", help="the video of the trace, as tlee takes it")
    for name in ("first", "exit", "gate"):
        made.add_argument("--%s-threshold" % name, type=number(0, 1), metavar="P",
                          help="draw a line there")
    return parser


def main(words=None):
    """Exit status; `words`: the command line, where it is not this program's own."""
    flags = command_line().parse_args(words)
    try:
        draw = flags.run(flags)
        figure.set_up(flags.font)
        figure.save(draw(figure.Looks(flags.title, flags.width, flags.font)), flags.output)
    except Fault as fault:
        words = ("%s: " % fault.file if fault.file else "") + str(fault)
        print("plot.py: " + printable(words), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
