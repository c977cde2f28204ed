# SPDX-License-Identifier: MIT
"""Things that stand about, behind the figure as clutter or before it as occluders.

Each is drawn on a layer with its foot at (x, y) and a size in pixels; `tone` is its colour.
"""
from .arithmetic import rgb


def darker(tone, share):
    return tuple(part * (1 - share) for part in tone)


def box(layer, random, x, y, size, tone):
    wide = size * random.between(0.35, 0.6)
    layer.rectangle(x - wide, y - size, x + wide, y, tone, 2)
    layer.rectangle(x - wide, y - size, x + wide, y - size * 0.82, darker(tone, -0.15), 2)


def ball(layer, random, x, y, size, tone):
    radius = size * random.between(0.25, 0.4)
    layer.disc(x, y - radius, radius, tone, 0.5)


def pole(layer, random, x, y, size, tone):
    wide = random.between(1.5, 3.2)
    layer.rectangle(x - wide, y - size * 4, x + wide, y, tone)
    layer.rectangle(x + wide * 0.3, y - size * 4, x + wide, y, darker(tone, 0.3))


def picture(layer, random, x, y, size, tone):
    """Hangs above its place."""
    base, wide = y - size * random.between(1.3, 2.2), size * random.between(0.35, 0.65)
    layer.rectangle(x - wide, base - size, x + wide, base, darker(tone, 0.6))
    layer.rectangle(x - wide + 2, base - size + 2, x + wide - 2, base - 2, tone)
    layer.disc(x - wide * 0.2, base - size * 0.4, size * 0.18, darker(tone, 0.4))


def bush(layer, random, x, y, size, tone):
    green = rgb(random.between(80, 140), random.between(0.35, 0.7), random.between(0.25, 0.6))
    for _ in range(7):
        radius = size * random.between(0.16, 0.28)
        layer.disc(x + size * random.between(-0.4, 0.4), y - radius - size
                   * random.between(0, 0.35), radius, darker(green, random.between(0, 0.3)), 0.5)


def lamp(layer, random, x, y, size, tone):
    high = size * random.between(1.8, 2.6)
    layer.rectangle(x - 1.2, y - high, x + 1.2, y, darker(tone, 0.5))
    layer.disc(x, y - high, size * 0.22, (1.0, 0.93, 0.75))
    layer.disc(x, y, size * 0.16, darker(tone, 0.5))


def bench(layer, random, x, y, size, tone):
    wide, high = size * random.between(0.6, 0.95), size * random.between(0.35, 0.5)
    for leg in (-0.8, 0.8):
        layer.rectangle(x + leg * wide - 1.5, y - high, x + leg * wide + 1.5, y,
                        darker(tone, 0.4))
    layer.rectangle(x - wide, y - high - 3, x + wide, y - high + 1, tone, 1)


def crate(layer, random, x, y, size, tone):
    wide, wood = size * random.between(0.4, 0.55), rgb(32, 0.45, random.between(0.4, 0.75))
    layer.rectangle(x - wide, y - size, x + wide, y, wood)
    dark = darker(wood, 0.35)
    layer.stroke(x - wide + 2, y - size + 2, x + wide - 2, y - 2, 1, dark)
    layer.stroke(x + wide - 2, y - size + 2, x - wide + 2, y - 2, 1, dark)
    for side in (-1, 1):
        layer.rectangle(x + side * wide - 1.5, y - size, x + side * wide + 1.5, y, dark)


def column(layer, random, x, y, size, tone):
    wide, stone = random.between(3, 5), rgb(random.between(20, 60), 0.08, random.between(0.5, 0.9))
    for step in range(4):
        edge = x - wide + step * wide / 2
        layer.rectangle(edge, y - size * 5, edge + wide / 2, y, darker(stone, 0.12 * step))


def plant(layer, random, x, y, size, tone):
    pot = size * 0.16
    for _ in range(8):
        green = rgb(random.between(90, 150), 0.55, random.between(0.25, 0.6))
        layer.stroke(x, y - size * 0.3, x + size * random.between(-0.45, 0.45),
                     y - size * random.between(0.6, 1.15), size * 0.05, green)
    layer.rectangle(x - pot, y - size * 0.36, x + pot, y, rgb(16, 0.6, 0.6), 1)


DRAWN = {"box": box, "ball": ball, "pole": pole, "picture": picture, "bush": bush, "lamp": lamp,
         "bench": bench, "crate": crate, "column": column, "plant": plant}
#: Thin and tall, so that they may stand before the middle of a figure.
TALL = ("pole", "lamp", "column")
#: Hang on walls, so that they never stand before anybody.
HANGING = ("picture",)
