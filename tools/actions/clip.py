# SPDX-License-Identifier: MIT
"""One clip, from its seed alone: what it is, and any of its frames."""
import numpy as np

from .camera import SIDE, Camera
from .degradation import Degradation
from .motions import perform
from .random_source import Source
from .renderer import Light, draw_figure, draw_shadow, pieces_of
from .skeleton import pose_joints
from .splits import Palette, clip_seed
from .stage import Stage, choose_place
from .wardrobe import Figure

#: Frames of a clip.
FEWEST, MOST = 40, 60
KEYPOINTS = ("pelvis", "chest", "head") + tuple(
    side + joint for side in "lr"
    for joint in ("_shoulder", "_elbow", "_wrist", "_hip", "_knee", "_ankle"))
#: Times within a frame at which its exposures are taken.
EXPOSURES = {1: (0.0,), 3: (0.0, 0.3, 0.6)}


def exposed(empty, times, draw):
    """The mean of what is drawn on an empty picture at each time."""
    total = 0
    for time in times:
        canvas = empty.copy()
        draw(canvas, time)
        total = total + canvas
    return total * np.float32(1 / len(times)) if len(times) > 1 else total


class Clip:
    """Choices are made here; nothing is drawn before frames() is called. A frame does not depend on
    which others are asked for."""

    def __init__(self, seed, split, action, number):
        self.seed = clip_seed(seed, split, action, number)
        self.split, self.action, self.number = split, action, number
        source = Source(self.seed)
        self.hard = source.chance(0.5)
        self.count = source.whole(FEWEST, MOST)
        palette = Palette(split, source.child("palette"))
        self.figure = Figure(palette, source.child("clothes"))
        self.place = choose_place(palette, source.child("place"), self.figure, self.hard)
        self.source = source

    @property
    def difficulty(self):
        return "hard" if self.hard else "easy"

    @property
    def name(self):
        return "%s_%05d" % (self.action, self.number)

    def describe(self):
        """What data.json says of a clip."""
        numbers = {**self.figure.numbers, **self.place["numbers"]}
        return {"clip": self.name, "class": self.action, "difficulty": self.difficulty,
                "seed": self.seed, "frames": self.count,
                "wall": self.place["wall"], "floor": self.place["floor"],
                "objects": sorted(set(self.place["clutter"] + self.place["occluders"])),
                "numbers": {name: round(value, 6) for name, value in numbers.items()}}

    def camera(self):
        return Camera(self.source.child("camera"), self.action, self.hard)

    def scene(self):
        """The camera, the joints in its picture, and how far that moves in each frame."""
        angles, planted = perform(self.action, self.source.child("motion"), self.count, self.hard)
        joints = pose_joints(np.ascontiguousarray(angles), self.figure.sizes, planted)
        camera = self.camera()
        seen = camera.project(joints)
        return camera, seen, camera.follow(seen)

    def keypoints(self):
        """Where the joints are, frames x KEYPOINTS x (x, y) in pixels: poses to learn first."""
        _, seen, pan = self.scene()
        return np.stack([np.stack([seen[name][axis] + pan[axis] for name in KEYPOINTS], axis=1)
                         for axis in (0, 1)], axis=2)

    def frames(self, numbers=None):
        """Yields pictures, 112 x 112 x 3 of 8 bits; numbers are from 0, all when not given."""
        source = self.source
        camera, seen, pan = self.scene()
        stage = Stage(self.place, source.child("stage"), camera, pan)
        pieces = pieces_of(self.figure, seen)
        light = Light(source.child("light"))
        shadow = source.child("shadow").between(0.1, 0.45)
        degradation = Degradation(source.child("degradation"), self.hard)
        for frame in range(self.count) if numbers is None else numbers:
            shift = (float(pan[0][frame]), float(pan[1][frame]))
            empty = stage.background(*shift)
            draw_shadow(empty, seen, frame, shadow, shift)
            picture = exposed(empty, EXPOSURES[degradation.exposures],
                              lambda canvas, time: draw_figure(canvas, pieces, frame, shift, light,
                                                               time))
            stage.cover(picture, *shift)
            yield degradation.apply(picture, frame, source.child("frame", frame))
