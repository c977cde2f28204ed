# SPDX-License-Identifier: MIT
"""Walls and floors. Each kind paints its part of a layer in shades of one colour."""
import numpy as np

from .arithmetic import length, sine, smooth
from .layer import Layer
from .random_source import unit_array


def cloudy(layer, random, size):
    """Soft noise in 0..1: a lattice of random numbers, blended."""
    rows, columns = layer.height // size + 2, layer.width // size + 2
    lattice = unit_array(random.bits(), (rows, columns))
    y, x = layer.rows[:, 0] / np.float32(size), layer.columns[0] / np.float32(size)
    row, column = y.astype(np.int64), x.astype(np.int64)
    down, across = smooth(y - row)[:, None], smooth(x - column)[None, :]
    upper = lattice[row][:, column] * (1 - across) + lattice[row][:, column + 1] * across
    lower = lattice[row + 1][:, column] * (1 - across) + lattice[row + 1][:, column + 1] * across
    return (upper + (lower - upper) * down).astype(np.float32)


def hashed(random, *indices):
    """A random number for each combination of whole numbers."""
    key = np.zeros(np.broadcast(*indices).shape, np.int64)
    for index in indices:
        key = key * 64 + (index.astype(np.int64) & 63)
    return unit_array(random.bits(), (64 ** len(indices),))[key]


def lines(places, period, width):
    """Cover of lines that are repeated every `period`."""
    off = np.abs(places - np.floor(places / period + 0.5) * period)
    return np.clip(width / 2 + 0.5 - off, 0, 1)


# Each kind gives shades, of which 1 is the plain colour. x and y are pixels.

def plain(layer, random, x, y):
    slope = random.between(-0.25, 0.25) / layer.height
    return 1 + slope * y + 0 * x


def bricks(layer, random, x, y):
    high = random.between(6, 10)
    row = np.floor(y / high)
    shifted = x + row % 2 * high * 1.1
    tone = 0.85 + 0.3 * hashed(random, row + 0 * x, np.floor(shifted / (high * 2.2)))
    joints = np.maximum(lines(y, high, 1.0) + 0 * x, lines(shifted, high * 2.2, 1.0))
    return tone * (1 - 0.35 * joints)


def stripes(layer, random, x, y):
    period = random.between(9, 22)
    return 1 + random.between(-0.3, 0.3) * lines(x, period, period / 2) + 0 * y


def clouds(layer, random, x, y):
    return 0.75 + 0.35 * cloudy(layer, random, 26) + 0.15 * cloudy(layer, random, 9)


def tiles(layer, random, x, y):
    size = random.between(10, 18)
    joints = np.maximum(lines(x, size, 1.2), lines(y, size, 1.2))
    return (0.93 + 0.14 * hashed(random, np.floor(x / size), np.floor(y / size))) * (
        1 - 0.3 * joints)


def panels(layer, random, x, y):
    wide, high = random.between(28, 48), random.between(36, 60)
    frame = np.maximum(lines(x, wide, 5), lines(y, high, 5))
    edge = np.maximum(lines(x, wide, 7), lines(y, high, 7)) - frame
    return 1 - 0.12 * frame - 0.35 * edge


def hills(layer, random, x, y):
    shade = 1.15 - 0.2 * y / layer.height + 0 * x
    for step in range(3):
        period, high = random.between(50, 140), random.between(4, 12)
        edge = layer.height * (0.3 + 0.1 * step) + high * sine(x * 360 / period
                                                              + random.between(0, 360))
        shade += (0.9 - 0.15 * step - shade) * np.clip(y - edge + 0.5, 0, 1)
    return shade


def planks(layer, random, x, y):
    wide = random.between(7, 13)
    tone = 0.8 + 0.4 * hashed(random, np.floor(x / wide), np.zeros_like(y))
    return tone * (1 - 0.4 * lines(x, wide, 1.0)) + 0 * y


def patches(layer, random, x, y):
    shade = np.ones((layer.height, layer.width))
    for _ in range(22):
        left, top = random.between(-20, layer.width), random.between(-20, layer.height)
        wide, high = random.between(10, 44), random.between(10, 44)
        inside = ((x >= left) & (x < left + wide) & (y >= top) & (y < top + high))
        shade = np.where(inside, random.between(0.7, 1.3), shade)
    return shade


def shelves(layer, random, x, y):
    high, wide = random.between(20, 28), random.between(3, 6)
    shelf, book = np.floor(y / high), np.floor(x / wide)
    tall = (0.45 + 0.45 * hashed(random, book, shelf)) * high
    books = np.clip(tall - (high - (y - shelf * high)) + 0.5, 0, 1)
    tone = 0.55 + 0.8 * hashed(random, shelf + 0 * x, book)
    shade = 0.7 + (tone - 0.7) * (1 - books)
    return shade + (1.2 - shade) * lines(y, high, 2.5)


def windows(layer, random, x, y):
    wide, high = random.between(26, 40), random.between(30, 46)
    off_x = np.abs(x / wide - np.floor(x / wide) - 0.5) * wide
    off_y = np.abs(y / high - np.floor(y / high) - 0.5) * high
    glass = np.clip(wide * 0.32 - off_x, 0, 1) * np.clip(high * 0.34 - off_y, 0, 1)
    bars = np.maximum(np.clip(1.2 - off_x, 0, 1), np.clip(1.2 - off_y, 0, 1))
    return 1 + random.pick((-0.5, 0.35)) * glass * (1 - bars)


def rings(layer, random, x, y):
    period = random.between(24, 40)
    centre_x = (np.floor(x / period) + 0.5) * period
    centre_y = (np.floor(y / period) + 0.5) * period
    far = length(x - centre_x, y - centre_y)
    return 1 - 0.22 * np.clip(np.abs(far / period * 4 - np.floor(far / period * 4) - 0.5) * 6 - 1,
                              0, 1)


def boards(layer, random, x, y):
    """Run towards the viewer: their edges meet far above."""
    middle, far = layer.width / 2, 70.0
    fan = (x - middle) / (y + far) * 110
    return 0.95 + 0.1 * hashed(random, np.floor(fan / 12), np.zeros_like(y)) - 0.25 * lines(
        fan, 12, 0.8)


def grain(layer, random, x, y):
    return 0.85 + 0.3 * unit_array(random.bits(), (layer.height, layer.width))


def mottled(layer, random, x, y):
    return 0.78 + 0.44 * cloudy(layer, random, 5)


def paving(layer, random, x, y):
    middle, far = layer.width / 2, 60.0
    fan, deep = (x - middle) / (y + far) * 110, 1600 / (y + far)
    return 1 - 0.3 * np.maximum(lines(fan, 22, 1.2), lines(deep, 3.0, 0.12) + 0 * x)


def carpet(layer, random, x, y):
    period = random.between(5, 9)
    return 1 - 0.18 * lines(x + y * 0.4, period, period / 2) * lines(y, period, period / 2)


KINDS = {kind.__name__: kind for kind in (
    plain, bricks, stripes, clouds, tiles, panels, hills, planks, patches, shelves, windows, rings,
    boards, grain, mottled, paving, carpet)}


def shades(height, width, random, kind, colour):
    """A picture of one kind."""
    layer = Layer(height, width)
    x = layer.columns.astype(np.float64) + random.between(0, 64)
    tone = np.clip(KINDS[kind](layer, random, x, layer.rows.astype(np.float64)), 0, 1.6)
    tone = np.broadcast_to(tone, (height, width))[..., None]
    return np.minimum(tone * np.array(colour), 1).astype(np.float32)


def paint_place(height, width, floor_row, random, place):
    """The layer behind the figure: a wall down to floor_row, a floor from there on."""
    layer = Layer(height, width, (0, 0, 0))
    row = min(max(int(floor_row), 2), height - 2)
    layer.rgb[:row] = shades(row, width, random.child("wall"), place["wall"], place["wall_colour"])
    layer.rgb[row:] = shades(height - row, width, random.child("floor"), place["floor"],
                             place["floor_colour"])
    if random.chance(0.6):
        # A skirting board, or the shade where the wall meets the floor.
        layer.rgb[row - 2:row] *= np.float32(random.pick((0.6, 0.8, 1.2)))
        np.minimum(layer.rgb, 1, out=layer.rgb)
    return layer
