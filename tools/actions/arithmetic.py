# SPDX-License-Identifier: MIT
"""Mathematics that rounds alike on every machine; sines of libm do not."""
import numpy as np

#: Degrees to radians.
RADIAN = 0.017453292519943295
#: 1, -1/3!, 1/5!, ...: the sine's series, good to 1e-12 up to a right angle.
SERIES = (1.0, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800,
          -1 / 1307674368000)


def sine(degrees):
    """Of a number or an array."""
    turned = degrees - 360.0 * np.floor(degrees / 360.0 + 0.5)
    # Folded into -90..90, where the series is good.
    folded = np.where(turned > 90, 180 - turned, np.where(turned < -90, -180 - turned, turned))
    x = folded * RADIAN
    square = x * x
    total = SERIES[-1]
    for factor in SERIES[-2::-1]:
        total = total * square + factor
    return total * x


def cosine(degrees):
    return sine(degrees + 90.0)


def smooth(x):
    """From 0 at 0 to 1 at 1, at rest at both: how limbs start and stop (minimum jerk, Flash and
    Hogan, Journal of Neuroscience 1985, doi 10.1523/JNEUROSCI.05-07-01688.1985)."""
    return x * x * x * (10 + x * (6 * x - 15))


def length(x, y, z=0.0):
    return np.sqrt(x * x + y * y + z * z)


def mixed(a, b, share):
    """share of b, the rest of a."""
    return a + (b - a) * share


def rgb(hue, saturation, value):
    """A colour of 0..1 from a hue in degrees."""
    sector = hue / 60.0 % 6
    whole = int(sector)
    part = sector - whole
    low, falling = value * (1 - saturation), value * (1 - saturation * part)
    rising = value * (1 - saturation * (1 - part))
    return ((value, rising, low), (falling, value, low), (low, value, rising),
            (low, falling, value), (rising, low, value), (value, low, falling))[whole]


def brightness(colour):
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
