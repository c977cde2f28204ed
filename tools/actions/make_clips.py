#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a data set of human actions: short clips of drawn people, in three splits.

OUT gets train/, validation/ and test/ with a Y4M file (or, with --form ppm, a folder of PPM files)
a clip, a list of each split for `tlee eval --root OUT` (train.txt, ...), the classes' names
(labels.txt) and a description of every clip (data.json). The splits share no seed, no figure, no
background and no object. The same options give the same bytes on every machine. A run that was
interrupted goes on when it is started again. Needs numpy.
"""
import argparse
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

# What an import makes of Ctrl-C is no line for people.
INTERRUPT = signal.signal(signal.SIGINT, signal.SIG_DFL)

from arguments import Parser, whole  # noqa: E402
from fault import Fault, printable  # noqa: E402

try:
    from actions.dataset import PIXEL, Settings, make_data_set
    from actions.motions import ACTIONS, DEFAULT_ACTIONS
    from actions.sheet import write_sheet
    from actions.splits import SPLITS
except ImportError as missing:
    if missing.name != "numpy":
        raise
    sys.exit("make_clips.py: numpy is not installed (Debian: python3-numpy)")

#: Clips of each split.
COUNTS = {"train": 13000, "validation": 1300, "test": 1300}


def action_names(word):
    names = list(ACTIONS) if word == "all" else word.split(",")
    for name in names:
        if name not in ACTIONS:
            raise argparse.ArgumentTypeError("no action '%s'; there are %s" % (
                name, ", ".join(ACTIONS)))
    if len(set(names)) < len(names):
        raise argparse.ArgumentTypeError("an action is named twice in '%s'" % word)
    return names


def command_line():
    parser = Parser(prog="make_clips.py", description=__doc__)
    parser.add_argument("out", metavar="OUT", nargs="?", help="folder to make or to go on with")
    parser.add_argument("--seed", type=whole(0, 2 ** 63 - 1), default=1, help="default: 1")
    for split in SPLITS:
        parser.add_argument("--" + split, type=whole(0, 99999), default=COUNTS[split],
                            metavar="N", help="clips of this split, default: %d" % COUNTS[split])
    parser.add_argument("--actions", type=action_names, default=list(DEFAULT_ACTIONS),
                        metavar="A,B,...", help="classes in the order of their labels, or 'all'; "
                        "there are %s; default: the first %d" % (
                            ", ".join(ACTIONS), len(DEFAULT_ACTIONS)))
    parser.add_argument("--form", choices=sorted(PIXEL), default="444",
                        help="Y4M without or with halved colour, or folders of PPM; default: 444")
    parser.add_argument("--jobs", type=whole(1, 256), default=len(os.sched_getaffinity(0)),
                        metavar="N", help="processes, default: as many as there are cores")
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    sheet = parser.add_argument_group("to look at clips")
    sheet.add_argument("--sheet", metavar="FILE.png", help="make no data set but one picture: "
                       "a row of frames for each clip")
    sheet.add_argument("--split", choices=SPLITS, default="train", help="default: train")
    sheet.add_argument("--clips", type=whole(1, 20), default=1, metavar="N",
                       help="rows of each class, default: 1")
    sheet.add_argument("--frames", type=whole(1, 40), default=10, metavar="N",
                       help="frames of a row, default: 10")
    flags = parser.parse_args()
    if (flags.out is None) == (flags.sheet is None):
        parser.error("give OUT or --sheet FILE.png, %s" % (
            "not both" if flags.out else "one of the two"))
    return flags


def make(flags):
    if flags.sheet:
        write_sheet(flags.sheet, flags.seed, flags.split, flags.actions, flags.clips, flags.frames)
        return

    def say(line):
        if not flags.quiet:
            print(line, file=sys.stderr, flush=True)
    counts = {split: getattr(flags, split) for split in SPLITS}
    settings = Settings(flags.seed, flags.actions, counts, flags.form)
    interrupts = []
    signal.signal(signal.SIGINT, lambda *_: interrupts.append(True))
    made, seconds = make_data_set(settings, flags.out, flags.jobs, say, lambda: bool(interrupts))
    print("%d clips made, %d were there, %.0f s" % (made, sum(counts.values()) - made, seconds),
          flush=True)


def main():
    flags = command_line()
    signal.signal(signal.SIGINT, INTERRUPT)
    try:
        make(flags)
    except Fault as fault:
        where = printable(fault.file) + ": " if fault.file else ""
        sys.exit("make_clips.py: %s%s" % (where, printable(str(fault))))
    except OSError as error:
        sys.exit("make_clips.py: %s: %s" % (printable(
            str(error.filename or "standard output")), error.strerror))
    except KeyboardInterrupt:
        sys.exit("make_clips.py: interrupted; run again to go on")


if __name__ == "__main__":
    main()
