# SPDX-License-Identifier: MIT
"""What a video costs, by where its frames ended."""
from op_list import EXITS, macs


class FrameCosts:
    """Multiply-accumulates of a frame that goes through all exits up to one: stages, branches, and
    for each exit the head (feature MLP, classifier) and, where it is asked, the gate."""

    def __init__(self, model):
        self.exits = len(model.facts["exits"])
        self.stage = [macs(model.part("stage %d" % b)) for b in range(self.exits)]
        self.branch = [macs(model.part("branch %d" % b)) for b in range(self.exits)]
        self.head = macs(model.part("feature")) + macs(model.part("classifier"))
        self.gate = macs(model.part("gate"))
        self.paper = [row["gmac_paper"] for row in model.facts["exits"]]
        self.frames = model.facts["frames"]

    def frame(self, last, gate=True):
        """Of a frame that ended at an exit."""
        each = self.head + (self.gate if gate else 0)
        return sum(self.stage[:last + 1]) + sum(self.branch[:last + 1]) + (last + 1) * each

    def whole(self):
        """Of a frame without branches, as in mode full."""
        return sum(self.stage) + self.head

    def video(self, ends):
        """ends: the exit at which each frame ended that was looked at. The gate is asked on all
        frames but the first and the last of a whole video."""
        return sum(self.frame(last, 0 < t < self.frames - 1) for t, last in enumerate(ends))

    def paper_video(self, ends):
        """In 10^9; None where nothing is published."""
        if self.paper[0] is None:
            return None
        return sum(self.paper[last] for last in ends)


def places(frames):
    """(frame, exit) where a video may leave, frames from 0: on the last frame the first exit
    answers."""
    return [(t, b) for t in range(frames) for b in range(EXITS if t < frames - 1 else 1)]


def ends_of(frame, last, earlier):
    """A video that leaves there, all its earlier frames having ended at exit `earlier`."""
    return [earlier] * frame + [last]
