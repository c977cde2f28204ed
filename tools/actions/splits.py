# SPDX-License-Identifier: MIT
"""What train, validation and test may use: nothing of what another of them uses.

Every number that makes a figure or a place (a hue, the length of a shin) comes from a comb: the
range is cut into equal cells, and in each cell a split owns an interval of its own with gaps
between. So the splits spread alike over the whole range, and no value of one occurs in another.
Kinds of backgrounds and of objects are dealt out whole. Seeds carry the split in their top bits.
"""
from .random_source import MASK, Source

SPLITS = ("train", "validation", "test")
#: Owned part of a cell.
TEETH = {"train": (0.0, 0.55), "validation": (0.62, 0.74), "test": (0.81, 0.93)}
CELLS = 6

#: Kinds of walls, floors and objects: `backdrop` and `objects` draw them. A kind to test on has a
#: relative to learn from: bricks are to tiles what windows are to panels.
WALLS = {"train": ("plain", "stripes", "clouds", "tiles", "panels", "rings", "shelves", "patches"),
         "validation": ("planks", "hills"), "test": ("bricks", "windows")}
FLOORS = {"train": ("plain", "boards", "grain", "paving"), "validation": ("mottled",),
          "test": ("carpet",)}
OBJECTS = {"train": ("box", "ball", "pole", "picture", "crate", "column"),
           "validation": ("lamp", "bench"), "test": ("bush", "plant")}


class Palette:
    """A split's numbers, from a stream of random ones."""

    def __init__(self, split, source):
        self.split, self.source = split, source

    def comb(self, low, high, cells=CELLS):
        begin, end = TEETH[self.split]
        cell = self.source.whole(0, cells - 1)
        place = (cell + self.source.between(begin, end)) / cells
        return low + (high - low) * place


def owner(value, low, high, cells=CELLS):
    """The split to which a number of a comb belongs, rounded or not; None in a gap."""
    place = (value - low) / (high - low) * cells
    place -= int(place)
    for split, (begin, end) in TEETH.items():
        if begin - 1e-3 <= place <= end + 1e-3:
            return split
    return None


def clip_seed(seed, split, action, number):
    """62 bits of hash below two that tell the split."""
    hashed = Source(seed).child(split, action, number).seed
    return (SPLITS.index(split) << 62 | hashed >> 2) & MASK
