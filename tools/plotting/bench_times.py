# SPDX-License-Identifier: MIT
"""The layers of `tlee bench --json --layers`, with the network's heads summed up."""
from fault import Fault, blaming

from .json_input import Place, read_object

HEADS = "branches and heads"
PREFIXES = ("backbone.baseModel.", "backbone.")


class Bar:
    """One bar of the picture: a layer of the backbone, or all layers of a head."""

    def __init__(self, part, name, kind):
        self.part, self.name, self.kind = part, name, kind
        self.ms = 0.0
        self.share = None  # of the machine's peak; None where nothing is multiplied

    @property
    def in_backbone(self):
        return self.part.startswith("stage")


class Bench:
    def __init__(self, title, bars):
        self.title, self.bars = title, bars


def kind_of(op, method):
    """What a bar's colour tells: the method of a convolution, else the op."""
    if method:
        return "conv, " + method
    return "conv" if op.startswith("conv2d") else op.split("+")[0].replace("_", " ")


def short(name):
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix):]
    return name


def bar_of(row):
    part, name, op = row.text("part"), row.text("name"), row.text("op")
    bar = Bar(part, short(name), kind_of(op, row.text("method", null=True)))
    bar.ms = row.place("ms").number("median")
    bar.share = row.number("share_of_peak", null=True)
    return bar


def read_bench(path):
    value = read_object(path)
    with blaming(path):
        place = Place(value)
        if "layers" not in value and "exits" in value:
            raise Fault("has no layers: tlee bench needs --layers beside --json")
        bars = []
        for row in place.places("layers"):
            bar = bar_of(row)
            if bar.in_backbone:
                bars.append(bar)
            elif bars and bars[-1].part == bar.part:
                bars[-1].ms += bar.ms
            else:
                head = Bar(bar.part, bar.part, HEADS)
                head.ms = bar.ms
                bars.append(head)
        title = "%s, %d x %d, %s, %d thread%s" % (
            place.text("backbone"), place.whole("input"), place.whole("input"), place.text("isa"),
            place.whole("threads"), "" if place.whole("threads") == 1 else "s")
        return Bench(title, bars)
