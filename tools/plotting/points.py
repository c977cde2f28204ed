# SPDX-License-Identifier: MIT
"""Settings with their accuracy and cost, as `tlee sweep --points` writes them, and their front."""
import csv
import math
import os

from fault import Fault, blaming, shown

from .json_input import Place, read_object, read_text

#: Column of the points, key of the summary of `tlee eval --json`.
COSTS = {"gmac": "gmac_mean", "gmac_paper": "gmac_paper_mean", "ms": "ms"}
#: Of a sweep's references, and what a legend calls them.
KINDS = {"full": "whole network", "own": "thresholds of the model",
         "frame 1": "first frame alone, each exit", "all frames": "all frames, each exit"}
#: Kind of the points that are no settings but what these have to beat.
FEWER = "fewer frames"


def column_of(header, name):
    if name not in header:
        raise Fault("line 1: has no column %s, only %s" % (name, ", ".join(map(shown, header))))
    return header.index(name)


def value_of(row, column, line, name, most=math.inf):
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not 0 <= value <= most or math.isinf(value):
        raise Fault("line %d: %s is %s, not a number from 0%s" % (
            line, name, shown(row[column]), "" if most == math.inf else " to %g" % most))
    return value


class Points:
    """(cost, top-1 accuracy as a fraction) of each setting, and of fewer frames without exits,
    from 1 frame on; the latter may be missing."""

    def __init__(self):
        self.settings, self.fewer = [], []


def read_points(path, cost):
    text = read_text(path)
    with blaming(path):
        rows = csv.reader(text.splitlines(), strict=True)
        try:
            header = next(rows, None)
            if header is None:
                raise Fault("is empty")
            columns = column_of(header, cost), column_of(header, "top1")
            kind = header.index("kind") if "kind" in header else None
            points = Points()
            for row in rows:
                if len(row) != len(header):
                    raise Fault("line %d: has %d columns, the first line has %d"
                                % (rows.line_num, len(row), len(header)))
                if not row[columns[0]] and cost == "gmac_paper":
                    raise Fault("line %d: has no gmac_paper: there are no published figures of "
                                "this backbone" % rows.line_num)
                fewer = kind is not None and row[kind] == FEWER
                (points.fewer if fewer else points.settings).append(
                    (value_of(row, columns[0], rows.line_num, cost),
                     value_of(row, columns[1], rows.line_num, "top1", 1.0)))
        except csv.Error as error:
            raise Fault("line %d: %s" % (rows.line_num, error))
        if not points.settings:
            raise Fault("has no settings, only a header")
        return points


def read_reference(name, path, cost):
    """
    (label, points) of what settings are compared with: one run over the data set, from the summary
    of `tlee eval --json`, or the references of `tlee sweep --json`, whose labels are KINDS'.
    """
    summary = read_object(path)
    with blaming(path):
        place = Place(summary)
        if "references" not in summary:
            run = place.place("ms").number("mean") if cost == "ms" else place.number(COSTS[cost])
            return [(name, [(run, place.number("top1", 0, 1))])]
        series = {}
        for row in place.places("references"):
            label = KINDS.get(row.text("kind"), row.text("kind"))
            series.setdefault(label, []).append((row.number(cost), row.number("top1", 0, 1)))
        return list(series.items())


def front(points):
    """The points that no other beats: none is cheaper and as accurate, none as cheap and better."""
    best = []
    for cost, accuracy in sorted(points, key=lambda point: (point[0], -point[1])):
        if not best or accuracy > best[-1][1]:
            best.append((cost, accuracy))
    return best


def name_and_path(word):
    """'NAME=FILE', or a file that gives its own name."""
    name, separator, path = word.partition("=")
    if separator and name and path and not os.path.exists(word):
        return name, path
    return os.path.splitext(os.path.basename(word))[0], word
