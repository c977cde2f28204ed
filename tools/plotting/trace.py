# SPDX-License-Identifier: MIT
"""One video's way through the network, from `tlee run --json --trace`."""
from fault import Fault, blaming

from .json_input import Place, read_object


class Step:
    def __init__(self, exit, confidence, gate, top1):
        self.exit, self.confidence, self.gate, self.top1 = exit, confidence, gate, top1


class SeenFrame:
    """One frame that was processed: its number in the video, and its steps."""

    def __init__(self, number):
        self.number = number
        self.steps = []


class Trace:
    def __init__(self, frames, names, place):
        self.frames = frames
        self.names = names  # class of a label, where the model has names
        self.label = place.whole("label")
        self.confidence = place.number("confidence", 0, 1)
        self.gmac, self.gmac_full = place.number("gmac"), place.number("gmac_full")

    @property
    def exits(self):
        return 1 + max(step.exit for frame in self.frames for step in frame.steps)

    def name(self, label):
        return self.names.get(label) or "class %d" % label


def names_of(place):
    names = {place.whole("label"): place.text("class", null=True)}
    for row in place.places("top"):
        names[row.whole("label")] = row.text("class", null=True)
    return names


def read_trace(path):
    value = read_object(path)
    with blaming(path):
        place = Place(value)
        if "steps" not in value and "label" in value:
            raise Fault("has no steps: tlee run needs --trace beside --json")
        frames, last = [], (-1, -1)
        for row in place.places("steps"):
            t, b = row.whole("frame", 0, 4095), row.whole("exit", 0, 3)
            if not (t == last[0] and b > last[1] or t == last[0] + 1):
                raise Fault("%sframe %d, exit %d cannot follow frame %d, exit %d"
                            % ((row.where, t, b) + last))
            if t != last[0]:
                frames.append(SeenFrame(row.whole("source_frame", 1, 2**53)))
            frames[-1].steps.append(Step(b, row.number("confidence", 0, 1),
                                         row.number("gate", 0, 1, null=True), row.whole("top1")))
            last = t, b
        return Trace(frames, names_of(place), place)
