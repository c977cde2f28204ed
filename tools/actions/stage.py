# SPDX-License-Identifier: MIT
"""Where it happens: the place, the clutter in it, and what stands before the figure."""
import math

import numpy as np

from .arithmetic import brightness, rgb
from .backdrop import paint_place
from .camera import SIDE
from .layer import Layer, window
from .objects import DRAWN, HANGING, TALL
from .splits import FLOORS, OBJECTS, WALLS

#: Ranges of the combs, as in `wardrobe`.
RANGES = {"wall_hue": (0.0, 360.0), "floor_hue": (0.0, 360.0), "wall_value": (0.12, 0.98)}


def choose_place(palette, random, figure, hard):
    """A description of the place. The wall differs from the clothes in brightness, more so in an
    easy clip."""
    gap, place = (0.10 if hard else 0.24), {}
    for _ in range(24):
        numbers = {name: palette.comb(*RANGES[name]) for name in RANGES}
        wall = rgb(numbers["wall_hue"], random.between(0.02, 0.5), numbers["wall_value"])
        place = {"numbers": numbers, "wall": random.pick(WALLS[palette.split]),
                 "floor": random.pick(FLOORS[palette.split]), "wall_colour": wall,
                 "floor_colour": rgb(numbers["floor_hue"], random.between(0.05, 0.45),
                                     random.between(0.2, 0.85))}
        if all(abs(brightness(wall) - part) >= gap for part in figure.brightnesses()):
            break
    count = random.whole(2, 6) if hard else random.whole(0, 2)
    place["clutter"] = [random.pick(OBJECTS[palette.split]) for _ in range(count)]
    standing = [kind for kind in OBJECTS[palette.split] if kind not in HANGING]
    count = random.whole(0, 2) if hard else 0
    place["occluders"] = [random.pick(standing) for _ in range(count)]
    return place


class Stage:
    """The layers behind and before the figure, larger than the picture by what the camera moves."""

    def __init__(self, place, random, camera, pan):
        self.margin_x = int(math.ceil(float(np.abs(pan[0]).max()))) + 2
        self.margin_y = int(math.ceil(float(np.abs(pan[1]).max()))) + 2
        height, width = SIDE + 2 * self.margin_y + 1, SIDE + 2 * self.margin_x + 1
        floor = camera.horizon() + self.margin_y
        self.behind = paint_place(height, width, floor, random.child("place"), place)
        tones = random.child("tones")
        for at, kind in enumerate(place["clutter"]):
            own = random.child("clutter", at)
            tone = rgb(tones.between(0, 360), tones.between(0, 0.6), tones.between(0.2, 0.9))
            DRAWN[kind](self.behind, own, own.between(0, width), floor + own.between(0, 10),
                        own.between(14, 34), tone)
        # A camera at rest sees the same from frame to frame.
        self.last_shift = self.last = None
        self.before = None
        if place["occluders"]:
            self.before = Layer(height, width)
            for at, kind in enumerate(place["occluders"]):
                own = random.child("occluder", at)
                tone = rgb(own.between(0, 360), own.between(0, 0.6), own.between(0.2, 0.9))
                # Low things hide feet and shins at most, whatever the figure's height.
                size = own.between(18, 26) if kind in TALL else own.between(0.2, 0.34)
                size = size if kind in TALL else size * camera.height
                x = camera.x + self.margin_x + own.sign() * own.between(6, 40)
                DRAWN[kind](self.before, own, x, height - self.margin_y - own.between(2, 12)
                            if kind in TALL else camera.y + self.margin_y + 0.56 * camera.height,
                            size, tone)

    def background(self, shift_x, shift_y):
        """A new picture: what the camera sees behind the figure."""
        if (shift_x, shift_y) != self.last_shift:
            self.last_shift = (shift_x, shift_y)
            self.last = self.seen(self.behind.rgb, shift_x, shift_y)
        return self.last.copy()

    def cover(self, canvas, shift_x, shift_y):
        """Draws what stands before the figure."""
        if self.before is not None:
            alpha = self.seen(self.before.alpha[..., None], shift_x, shift_y)
            canvas *= 1 - alpha
            canvas += self.seen(self.before.rgb, shift_x, shift_y)

    def seen(self, picture, shift_x, shift_y):
        return window(picture, self.margin_y - shift_y, self.margin_x - shift_x, SIDE, SIDE)
