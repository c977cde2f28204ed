# SPDX-License-Identifier: MIT
"""Which way of counting gives the published figures of a backbone.

The paper hard-codes a figure for each cut and does not say how it was counted. Here every rule of
counting_rules.py is tried, with the backbone alone or with torchvision's last layer at the end, and
rounded or cut down to the digits that are given; a way that gives all four figures explains them.
"""
from collections import namedtuple
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from counting_rules import RULES, total
from op_list import EXITS, torchvision_ops

#: whole: the last figure is that of torchvision's network with its last layer. cut: digits were cut
#: off, not rounded. counts: by the rule, for the four figures.
Way = namedtuple("Way", "rule whole cut counts")

KINDS = {"batch_norm": "batch-norm", "relu": "ReLU", "relu6": "ReLU", "silu": "SiLU",
         "max_pool": "pooling", "adaptive_avg_pool": "pooling", "conv2d": "bias", "linear": "bias"}


def published(model):
    """The figures of the four exits; None for backbones without."""
    figures = [row["gmac_paper"] for row in model.facts["exits"]]
    return figures if figures[0] is not None else None


def shortened(count, figure, cut):
    """A count in 10^9, with as many decimals as the figure has."""
    unit = Decimal(repr(figure)).as_tuple().exponent
    return (Decimal(count) / 10**9).quantize(Decimal((0, (1,), unit)),
                                             ROUND_DOWN if cut else ROUND_HALF_UP)


def counted_ops(model, whole):
    """The ops up to each exit."""
    ops = [model.backbone(b) for b in range(EXITS)]
    whole_ops = torchvision_ops(model)
    if whole:
        ops[-1] = whole_ops
    elif not whole_ops[len(ops[-1]) - 1].is_module:
        ops[-1] = whole_ops[:len(ops[-1])]
    return ops


def ways(model):
    """Those that give all four figures, simplest first."""
    figures = published(model)
    found = []
    for cut in (False, True):
        for whole in (False, True):
            for rule in RULES if figures else ():
                counts = [total(rule, ops) for ops in counted_ops(model, whole)]
                if rule.unit == "MAC" and all(
                        shortened(count, figure, cut) == Decimal(repr(figure))
                        for count, figure in zip(counts, figures)):
                    found.append(Way(rule, whole, cut, counts))
    # Cutting off explains what rounding cannot.
    return [way for way in found if way.cut == found[0].cut and way.whole == found[0].whole]


def additions(rule, ops):
    """What a rule counts beside multiplications: "batch-norm 10.4, ReLU 4.4", in 10^6."""
    sums = {}
    for op in ops:
        more = rule.count(op) - op.macs
        if more:
            sums[KINDS[op.op]] = sums.get(KINDS[op.op], 0) + more
    return ", ".join("%s %.2f" % (kind, count / 1e6)
                     for kind, count in sorted(sums.items(), key=lambda pair: -pair[1])
                     if count >= 5000)
