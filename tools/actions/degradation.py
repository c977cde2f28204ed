# SPDX-License-Identifier: MIT
"""What cameras and light do to a picture: exposure, tint, vignette, blur and noise."""
import numpy as np

from .arithmetic import sine
from .camera import SIDE
from .random_source import noise_array

#: Noise is a window, at a new place for each frame, of one large sheet.
SHEET_SIDE = 256
_sheet = []


def noise_sheet():
    if not _sheet:
        _sheet.append(noise_array(20231107, (SHEET_SIDE, SHEET_SIDE, 3)))
    return _sheet[0]


def blurred(picture, share):
    """Each pixel mixed with its four neighbours."""
    padded = np.concatenate([picture[:1], picture, picture[-1:]])
    tall = padded[:-2] + padded[2:]
    padded = np.concatenate([picture[:, :1], picture, picture[:, -1:]], axis=1)
    wide = padded[:, :-2] + padded[:, 2:]
    return picture * np.float32(1 - share) + (tall + wide) * np.float32(share / 4)


class Degradation:
    """The same for all frames of a clip, but for noise and flicker."""

    def __init__(self, random, hard):
        reach = 1.0 if hard else 0.4
        self.gain = 1 + reach * random.between(-0.36, 0.25)
        self.tint = [1 + reach * random.between(-0.16, 0.16) for _ in range(3)]
        self.haze = reach * random.between(0, 0.22)
        self.slope = (reach * random.between(-0.4, 0.4), reach * random.between(-0.25, 0.25))
        self.flicker = 0.06 if hard and random.chance(0.2) else 0.0
        self.period, self.phase = random.between(4, 12), random.between(0, 360)
        self.noise = random.between(0.01, 0.055) if hard else random.between(0.0, 0.018)
        self.blur = random.between(0.3, 0.8) if hard and random.chance(0.35) else 0.0
        self.passes = random.whole(1, 2)
        #: Exposures a frame: more than one blur what moves.
        self.exposures = 3 if hard and random.chance(0.3) else 1
        self.field = self.light_field()

    def light_field(self):
        """The gain of each pixel and colour."""
        place = (np.arange(SIDE, dtype=np.float32) + np.float32(0.5)) / np.float32(SIDE) - 0.5
        light = (1 + place[None, :] * np.float32(self.slope[0])
                 + place[:, None] * np.float32(self.slope[1]))
        colour = [self.gain * tint * (1 - self.haze) for tint in self.tint]
        return light[..., None].astype(np.float32) * np.array(colour, np.float32)

    def apply(self, picture, frame, random):
        """8-bit RGB."""
        for _ in range(self.passes if self.blur else 0):
            picture = blurred(picture, self.blur)
        picture = picture * self.field
        if self.flicker:
            wave = float(sine(frame * 360.0 / self.period + self.phase))
            picture *= np.float32(1 + self.flicker * wave)
        picture += np.float32(0.6 * self.haze)
        if self.noise:
            sheet, room = noise_sheet(), SHEET_SIDE - SIDE
            top, left = random.whole(0, room), random.whole(0, room)
            picture += sheet[top:top + SIDE, left:left + SIDE] * np.float32(self.noise)
        levels = np.minimum(np.maximum(picture * np.float32(255), 0), np.float32(255))
        return (levels + np.float32(0.5)).astype(np.uint8)
