# SPDX-License-Identifier: MIT
"""Draws a figure: capsules that narrow from joint to joint, lit like round limbs, the far ones
first."""
import math

import numpy as np

from .arithmetic import mixed
from .camera import SIDE

#: part: (from, to, part of the body that has its radii and colour). {} is a side.
PARTS = [("pelvis", "chest", "trunk"), ("l_shoulder", "r_shoulder", "shoulders"),
         ("l_hip", "r_hip", "pelvis"), ("chest", "neck", "neck")]
for _side in "lr":
    PARTS += [(_side + begin, _side + end, part) for begin, end, part in (
        ("_shoulder", "_elbow", "upper"), ("_elbow", "_wrist", "fore"), ("_wrist", "_hand", "hand"),
        ("_hip", "_knee", "thigh"), ("_knee", "_ankle", "shin"), ("_heel", "_toe", "foot"))]
ROWS = np.arange(SIDE, dtype=np.float32)[:, None] + np.float32(0.5)
COLUMNS = np.arange(SIDE, dtype=np.float32)[None, :] + np.float32(0.5)
ONE, HALF, TINY = np.float32(1), np.float32(0.5), np.float32(1e-4)


class Light:
    """Comes from above, more or less from one side."""

    def __init__(self, random):
        self.x, self.y = random.between(-0.75, 0.75), random.between(-0.8, -0.3)
        self.z = math.sqrt(max(1 - self.x * self.x - self.y * self.y, 0.04))
        self.ambient = random.between(0.45, 0.75)
        self.direct = 1.12 - self.ambient


class Piece:
    """A capsule in all frames: places, radii, depth, colour."""

    def __init__(self, a, b, radii, colour, bands=0, band_colour=None, nearer=0.0):
        self.ax, self.ay, self.bx, self.by = a[0], a[1], b[0], b[1]
        self.ra, self.rb = radii[0] * a[2], radii[1] * b[2]
        self.depth = (a[3] + b[3]) * 0.5 - nearer
        self.colour = np.array(colour, np.float32)
        self.bands = bands
        self.band_colour = band_colour if band_colour is None else np.array(band_colour, np.float32)

    def place(self, frame, share):
        """Place and radii a share of the way to the next frame."""
        after = min(frame + 1, len(self.ax) - 1)
        return [float(mixed(v[frame], v[after], share))
                for v in (self.ax, self.ay, self.bx, self.by, self.ra, self.rb)]


def pieces_of(figure, seen):
    """The capsules of a figure whose joints were projected."""
    pieces = []
    for begin, end, part in PARTS:
        shirt = part == "trunk" and figure.bands
        pieces.append(Piece(seen[begin], seen[end], figure.radii[part], figure.colours[part],
                            figure.bands if shirt else 0, figure.band_colour if shirt else None,
                            0.03 if part == "shoulders" else 0.0))
    head = figure.sizes["head"]
    hair, skin = figure.colours["hair"], figure.colours["face"]
    pieces.append(Piece(seen["head"], seen["head"], (head, head), skin))
    pieces.append(Piece(seen["crown"], seen["nape"], (head * 0.9, head * 0.82), hair))
    # In front of the head from ahead and behind it from the back.
    pieces.append(Piece(seen["face"], seen["face"], (head * 0.8, head * 0.8), skin))
    if figure.long_hair:
        pieces.append(Piece(seen["nape"], seen["locks"], (head * 0.7, head * 0.5), hair))
    return pieces


def draw_piece(canvas, piece, place, light):
    ax, ay, bx, by, ra, rb = place
    reach = max(ra, rb) + 1
    left, right = int(max(min(ax, bx) - reach, 0)), int(min(max(ax, bx) + reach + 1, SIDE))
    top, bottom = int(max(min(ay, by) - reach, 0)), int(min(max(ay, by) + reach + 1, SIDE))
    if left >= right or top >= bottom:
        return
    across, down = COLUMNS[:, left:right] - np.float32(ax), ROWS[top:bottom] - np.float32(ay)
    ex, ey = np.float32(bx - ax), np.float32(by - ay)
    along = (across * ex + down * ey) * (ONE / (ex * ex + ey * ey + TINY))
    np.minimum(np.maximum(along, 0, out=along), ONE, out=along)
    off_x, off_y = across - along * ex, down - along * ey
    radius = np.float32(ra) + along * np.float32(rb - ra)
    square = off_x * off_x + off_y * off_y
    cover = np.minimum(np.maximum(radius - np.sqrt(square) + HALF, 0), ONE)
    # The normal of a round limb: across it from the offset, towards the camera the rest.
    scale = ONE / radius
    facing = np.sqrt(np.maximum(ONE - square * scale * scale, 0))
    shade = (off_x * np.float32(light.x) + off_y * np.float32(light.y)) * scale
    shade = np.maximum(shade + facing * np.float32(light.z), 0) * np.float32(light.direct)
    # A thin dark rim parts limbs of the same colour.
    shade = (shade + np.float32(light.ambient)) * np.minimum(facing + np.float32(0.6), ONE)
    colour = piece.colour
    if piece.bands:
        band = np.minimum(np.abs(along * piece.bands % ONE - HALF) * 4, ONE)[..., None]
        colour = piece.band_colour + (colour - piece.band_colour) * band
    part = canvas[top:bottom, left:right]
    part += cover[..., None] * (shade[..., None] * colour - part)


def draw_shadow(canvas, seen, frame, strength, shift):
    """A soft dark patch on the floor below the body."""
    x, scale = seen["pelvis"][0][frame] + shift[0], seen["pelvis"][2][frame]
    left, right = seen["l_ankle"], seen["r_ankle"]
    y = max(left[1][frame], right[1][frame]) + shift[1] + 0.03 * scale
    spread = abs(left[0][frame] - right[0][frame])
    wide, high = np.float32(0.15 * scale + 0.5 * spread), np.float32(0.045 * scale + 1)
    top, bottom = int(min(max(y - high, 0), SIDE)), int(min(max(y + high + 1, 0), SIDE))
    across, down = (COLUMNS - np.float32(x)) / wide, (ROWS[top:bottom] - np.float32(y)) / high
    dark = np.maximum(ONE - across * across - down * down, 0)
    canvas[top:bottom] *= (ONE - np.float32(strength) * np.minimum(dark * 2, ONE))[..., None]


def draw_figure(canvas, pieces, frame, shift, light, share=0.0):
    """shift: what the camera moved, in pixels; share: of the way to the next frame."""
    for piece in sorted(pieces, key=lambda piece: -float(piece.depth[frame])):
        place = piece.place(frame, share)
        for at, moved in enumerate((shift[0], shift[1], shift[0], shift[1])):
            place[at] += moved
        draw_piece(canvas, piece, place, light)
