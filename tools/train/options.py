# SPDX-License-Identifier: MIT
"""The command line: what is trained, on what, and how."""
import argparse
import os

import model_settings
from arguments import Parser, number, whole
from fault import Fault, blaming, printable
from torch_tlee.settings import MEAN, ORDER, STD, Settings

from .augment import Augmentation

# Where neither --config nor a flag says otherwise: the published values.
DEFAULTS = {"backbone": "resnet18", "dataset": "actions", "frames": 10, "resize": 224, "crop": 224,
            "mean": list(MEAN), "std": list(STD), "mode": "ts", "branches": 2, "branch_scale": 3,
            "crm": 3, "exit_threshold": 0.8, "first_threshold": 0.99, "reuse": "mp", "gate": "gm"}
# A ResNet-18 for small boards. At a quarter of the width the published branch_scale of 3 would
# leave branches of one channel or none.
NARROW = {"backbone": "resnet18", "resize": 112, "crop": 112, "branch_scale": 0, "crm": 2}
NARROW_WIDTH = 0.25
USUAL_EPOCHS = {"backbone": 30, "branches": 15, "joint": 40, "gate": 8}
USUAL_RATES = {"backbone": 0.05, "branches": 0.002, "joint": 0.05, "gate": 0.002}
# Branches and gates have no batch-norm, and features of any size.
USUAL_OPTIMIZERS = {"backbone": "sgd", "branches": "adam", "joint": "sgd", "gate": "adam"}


class Misused(Fault):
    """The command line asks for what cannot be."""


# --- Flags ---

def optimizer(text):
    if text not in ("sgd", "adam"):
        raise argparse.ArgumentTypeError("'%s' is neither sgd nor adam" % text)
    return text


def fractions(text):
    values = [number(0, 1)(word) for word in text.split(",") if word]
    if values != sorted(values):
        raise argparse.ArgumentTypeError("'%s' does not rise" % text)
    return values


def by_stage(usual, kind):
    """'20' for every stage, or 'backbone=20,gate=5' for those named."""
    def read(text):
        values = dict(usual)
        for word in text.split(","):
            name, equals, value = word.partition("=")
            if not equals:
                values = {stage: kind(name) for stage in usual}
            elif name not in usual:
                raise argparse.ArgumentTypeError("no stage '%s'" % name)
            else:
                values[name] = kind(value)
        return values
    return read


def add_data(parser):
    group = parser.add_argument_group("data")
    group.add_argument("--train", metavar="LIST", required=True,
                       help="clips to learn from: 'path frames label' a line")
    group.add_argument("--validation", metavar="LIST", required=True, help="clips to check on")
    group.add_argument("--root", metavar="DIR", help="where paths begin (each list's own folder)")
    group.add_argument("--labels", metavar="FILE", help="class names, one a line: their number is "
                       "--classes, where that is not given")
    group.add_argument("--cache", metavar="DIR", help="for sampled frames (OUT/cache)")


def add_course(parser):
    group = parser.add_argument_group("course")
    group.add_argument("--joint", action="store_true", help="backbone and branches at once")
    group.add_argument("--stages", metavar="LIST", help="only these, after one another: backbone, "
                       "branches, joint, gate")
    group.add_argument("--epochs", type=by_stage(USUAL_EPOCHS, whole(1, 100000)),
                       default=dict(USUAL_EPOCHS), metavar="N", help="20 or backbone=20,gate=5")
    group.add_argument("--lr", type=by_stage(USUAL_RATES, number(1e-9, 100)),
                       default=dict(USUAL_RATES), metavar="X", help="0.01 or backbone=0.01,...")
    group.add_argument("--schedule", choices=("steps", "cosine"), default="steps")
    group.add_argument("--lr-steps", type=fractions, default=[0.6, 0.85], metavar="A,B",
                       help="after these parts of a stage (0.6,0.85) the rate is multiplied by")
    group.add_argument("--lr-factor", type=number(0, 1), default=0.1, metavar="X",
                       help="this (0.1)")
    group.add_argument("--warmup", type=number(0, 1), default=0.0, metavar="X",
                       help="the part of a stage in which the rate rises (0)")
    group.add_argument("--optimizer", type=by_stage(USUAL_OPTIMIZERS, optimizer), metavar="NAME",
                       default=dict(USUAL_OPTIMIZERS), help="sgd, adam, or branches=sgd,...")
    group.add_argument("--weight-decay", type=number(0, 1), default=5e-4, metavar="X")
    group.add_argument("--batch", type=whole(1, 4096), default=16, metavar="N",
                       help="clips a step (16)")
    group.add_argument("--smoothing", type=number(0, 0.9), default=0.0, metavar="X",
                       help="of labels (0)")
    group.add_argument("--gate-b", type=number(0, 1e6), default=0.005, metavar="B",
                       help="the gate's target is loss <= B exp(t / (2 + exit + 1)) (0.005)")
    group.add_argument("--keep", choices=("best", "last"), default="best",
                       help="the epoch that is published")
    group.add_argument("--seed", type=whole(0, 2**63), default=0, metavar="N",
                       help="of all random numbers (0)")


def add_rest(parser):
    usual = Augmentation()
    group = parser.add_argument_group("augmentation")
    for name, text in (("zoom", "crop's size varies by this part"),
                       ("shift", "its place by this part of the picture"),
                       ("flip", "probability of a mirrored clip; left and right may matter"),
                       ("colour", "brightness, contrast, saturation by this part"),
                       ("shuffle", "probability of another order of the frames")):
        group.add_argument("--" + name, type=number(0, 1), default=getattr(usual, name),
                           metavar="X", help="%s (%%(default)g)" % text)
    group.add_argument("--frames-a-step", type=whole(0, 1000), default=usual.frames,
                       metavar="N", help="of each clip, drawn anew for each step; not for the "
                       "gate, which has to know how many it has seen (0: all)")
    group = parser.add_argument_group("where")
    group.add_argument("--out", metavar="DIR", required=True,
                       help="a folder for checkpoints, log and state; an interrupted training "
                       "goes on when the command is given again")
    group.add_argument("--init", metavar="FILE", help="torchvision's weights of the backbone")
    group.add_argument("--start", metavar="FILE", help="a checkpoint of TLEE to begin with")
    group.add_argument("--device", default="cpu", help="cpu or cuda")
    group.add_argument("--threads", type=whole(1, 1024), default=os.cpu_count(),
                       metavar="N", help="results may differ in rounding with their number")
    group.add_argument("--save-every", type=number(1, 1e9), default=300, metavar="SECONDS",
                       help="state within long epochs (300)")
    group.add_argument("--table-every", type=whole(1, 10**9), default=5, metavar="EPOCHS")


def make_parser():
    parser = Parser(
        prog="train_tlee.py",
        description="Trains TLEE: backbone and classifier, then branches, then the gate.",
        usage="train_tlee.py --train LIST --validation LIST --out DIR [--narrow] [options]")
    add_data(parser)
    add_course(parser)
    add_rest(parser)
    group = parser.add_argument_group("network (as convert.py has it)")
    group.add_argument("--config", metavar="YAML", help="the published configuration")
    group.add_argument("--narrow", action="store_true", help="ResNet-18 of a quarter of the width "
                       "at 112 x 112, with --branch-scale 0 --crm 2, for the published scale needs "
                       "more channels than it has")
    group.add_argument("--width", type=number(0.01, 4), metavar="X",
                       help="times the backbone's published widths (1)")
    group.add_argument("--beta", type=number(0, 1), default=0.999, metavar="X",
                       help="the number of --reuse ema (0.999)")
    model_settings.add_flags(group)
    return parser


# --- From flags to settings ---

def count_labels(path):
    with blaming(path), open(path, encoding="utf-8-sig", errors="replace") as file:
        names = [line.strip() for line in file.read().rstrip().split("\n")]
        if not all(names):
            raise Fault("line %d: no class name" % (names.index("") + 1))
        return len(names)


def complete(flags, named):
    """Values of flags that were not given; named: class names in --labels, None without."""
    if flags.classes is None:
        flags.classes = named
    usual = {} if flags.config else dict(DEFAULTS)
    if flags.narrow:
        usual.update(NARROW)
        flags.width = NARROW_WIDTH if flags.width is None else flags.width
    flags.width = flags.width or 1.0
    for name, value in usual.items():
        if getattr(flags, name) is None:
            setattr(flags, name, value)
    if flags.classes is None and not flags.config:
        raise Fault("--classes or --labels is missing: how many classes are there?")


def network_settings(flags):
    """Settings of the whole network, and warnings."""
    named = count_labels(flags.labels) if flags.labels else None
    complete(flags, None if flags.config else named)
    with blaming(flags.config):
        given, warnings, _ = model_settings.read_settings(flags, flags.config)
        settings = Settings.configured(given)
        settings.width, settings.beta = flags.width, flags.beta
        settings.order = settings.order or ORDER[settings.frames]
        if settings.frames < 3 and settings.branches:
            raise Fault("with %d frames there is none on which the gate is asked"
                        % settings.frames)
    if named is not None and named != settings.classes:
        raise Fault("has %d class names, but there are %d classes (%s)" % (
            named, settings.classes, given.place("classes")), flags.labels)
    return settings, warnings


def stages_of(flags, settings):
    """Names, in their order."""
    if not flags.stages:
        if not settings.branches:
            return ["backbone"]
        names = ["joint"] if flags.joint else ["backbone", "branches"]
        return names if settings.gate == "random" else names + ["gate"]
    names = flags.stages.split(",")
    for name in names:
        if name not in USUAL_EPOCHS:
            raise Misused("--stages: there is no stage '%s'" % name)
        if names.count(name) > 1:
            raise Misused("--stages: %s is there twice" % name)
        if name != "backbone" and not settings.branches:
            raise Misused("--stages: there is nothing for %s to learn, the network has no branches"
                          % name)
    if "gate" in names and settings.gate == "random":
        raise Misused("--stages: there is nothing for gate to learn, the gate is a coin")
    if names[0] in ("branches", "gate") and not flags.start:
        raise Misused("--stages: %s needs a trained network to begin with (--start)" % names[0])
    return names


def augmentation_of(flags):
    return Augmentation(flags.zoom, flags.shift, flags.flip, flags.colour, flags.shuffle,
                        flags.frames_a_step)
