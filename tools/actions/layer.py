# SPDX-License-Identifier: MIT
"""A picture with transparency, and shapes with soft edges on it. Distances are in pixels."""
import numpy as np

from .arithmetic import length

ONE = np.float32(1)


class Layer:
    """rgb holds colours times their cover, as long as alpha is not 1 everywhere."""

    def __init__(self, height, width, colour=None):
        self.height, self.width = height, width
        self.rgb = np.zeros((height, width, 3), np.float32)
        self.alpha = np.zeros((height, width), np.float32)
        if colour is not None:
            self.rgb[:] = np.array(colour, np.float32)
            self.alpha[:] = 1
        self.rows = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5)
        self.columns = np.arange(width, dtype=np.float32)[None, :] + np.float32(0.5)

    def paint(self, cover, colour):
        """colour: three numbers, or an array that has them for each pixel."""
        cover = np.clip(cover, 0, 1).astype(np.float32)
        self.rgb += cover[..., None] * (np.asarray(colour, np.float32) - self.rgb)
        self.alpha += cover * (ONE - self.alpha)

    def rectangle(self, left, top, right, bottom, colour, round_by=0.0):
        self.paint(box_cover(self, left, top, right, bottom, round_by), colour)

    def disc(self, x, y, radius, colour, shaded=0.0):
        """shaded: how much darker the lower right is."""
        across, down = self.columns - np.float32(x), self.rows - np.float32(y)
        cover = np.float32(radius + 0.5) - length(across, down)
        if shaded:
            share = np.clip(0.5 + (across + down) / np.float32(2.4 * radius), 0, 1)[..., None]
            colour = np.asarray(colour, np.float32) * (ONE - np.float32(shaded) * share)
        self.paint(cover, colour)

    def stroke(self, x0, y0, x1, y1, radius, colour):
        across, down = self.columns - np.float32(x0), self.rows - np.float32(y0)
        ex, ey = np.float32(x1 - x0), np.float32(y1 - y0)
        along = np.clip((across * ex + down * ey) / max(ex * ex + ey * ey, np.float32(1e-6)), 0, 1)
        self.paint(np.float32(radius + 0.5) - length(across - along * ex, down - along * ey),
                   colour)


def box_cover(layer, left, top, right, bottom, round_by=0.0):
    half_x, half_y = np.float32((right - left) / 2), np.float32((bottom - top) / 2)
    radius = np.float32(round_by)
    across = np.abs(layer.columns - np.float32((left + right) / 2)) - half_x + radius
    down = np.abs(layer.rows - np.float32((top + bottom) / 2)) - half_y + radius
    if round_by:
        outside = length(np.maximum(across, 0), np.maximum(down, 0))
        return np.float32(0.5) + radius - outside - np.minimum(np.maximum(across, down), 0)
    return np.clip(np.float32(0.5) - across, 0, 1) * np.clip(np.float32(0.5) - down, 0, 1)


def window(picture, top, left, height, width):
    """A part of a picture from a place between pixels, blended from the nearest four."""
    row, column = int(np.floor(top)), int(np.floor(left))
    down, across = np.float32(top - row), np.float32(left - column)
    row = min(max(row, 0), picture.shape[0] - height - 1)
    column = min(max(column, 0), picture.shape[1] - width - 1)
    part = picture[row:row + height + 1, column:column + width + 1]
    part = part[:-1] + (part[1:] - part[:-1]) * down
    return part[:, :-1] + (part[:, 1:] - part[:, :-1]) * across
