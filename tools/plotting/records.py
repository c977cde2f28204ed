# SPDX-License-Identifier: MIT
"""The records of `tlee eval --records`, and where their frames and videos ended."""
from fault import Fault, blaming, shown

from .json_input import Place, parse_object, read_text


class Tally:
    """
    Counts over videos. answered[t][b]: videos answered at frame t, exit b; passed[t][b]: frames t
    that ended at exit b without an answer. T and B + 1 grow with what the records hold.
    """

    def __init__(self):
        self.videos = self.failed = 0
        self.answered, self.passed = {}, {}
        self.frames = self.exits = 0

    def add(self, frame_exits):
        self.videos += 1
        last = len(frame_exits) - 1
        for t, b in enumerate(frame_exits):
            counts = self.answered if t == last else self.passed
            counts[t, b] = counts.get((t, b), 0) + 1
        self.frames = max(self.frames, last + 1)
        self.exits = max(self.exits, max(frame_exits) + 1)


def exits_of(place):
    """Exit at which each frame of one record ended."""
    frame, end = place.whole("frame", 0, 4095), place.whole("exit", 0, 3)
    exits = place.get("frame_exits")
    if not isinstance(exits, list) or not all(type(b) is int and 0 <= b <= 3 for b in exits):
        place.fail("frame_exits", "is not a list of exits from 0 to 3")
    if len(exits) != frame + 1 or exits[-1] != end:
        place.fail("frame_exits", "has %d frames and ends with %s, but the video ended at frame %d,"
                   " exit %d" % (len(exits), exits[-1] if exits else "none", frame, end))
    return exits


def read_records(path):
    """The Tally of a file of records."""
    text = read_text(path)
    with blaming(path):
        tally, seen, first = Tally(), {}, None
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            place = Place(parse_object(line, "line %d: " % number), "line %d: " % number)
            index = place.whole("index", 0, 2**53)
            if index in seen:
                place.fail("index", "is %d, as on line %d" % (index, seen[index]))
            seen[index] = number
            belongs = place.value.get("of")
            first = first or (number, belongs)
            if belongs != first[1]:
                raise Fault("line %d: belongs to another eval than line %d (%s)"
                            % (number, first[0], differing(first[1], belongs)))
            if "error" in place.value:
                tally.failed += 1
            else:
                tally.add(exits_of(place))
        if not tally.videos:
            raise Fault("holds no video that ran" if seen else "is empty")
        return tally


def differing(a, b):
    """Which part of two `of` differs."""
    if not isinstance(a, dict) or not isinstance(b, dict):
        return "%s and %s" % (shown(a), shown(b))
    for key in sorted(set(a) | set(b), key=str):
        if a.get(key) != b.get(key):
            return "%s %s and %s" % (key, shown(a.get(key)), shown(b.get(key)))
    return "order"
