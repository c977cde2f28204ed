# SPDX-License-Identifier: MIT
"""Random numbers that are the same everywhere: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014, doi
10.1145/2660193.2660195), for single numbers and for whole arrays."""
import numpy as np

MASK = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
#: 53 bits fill a double's fraction.
UNIT = 1.0 / (1 << 53)


def mix(value):
    value &= MASK
    value = (value ^ value >> 30) * FIRST & MASK
    value = (value ^ value >> 27) * SECOND & MASK
    return value ^ value >> 31


def mix_array(values):
    """mix() of each element of an array of uint64."""
    values = (values ^ values >> np.uint64(30)) * np.uint64(FIRST)
    values = (values ^ values >> np.uint64(27)) * np.uint64(SECOND)
    return values ^ values >> np.uint64(31)


def unit_array(seed, shape):
    """Numbers in [0, 1), as float32 of 24 bits each."""
    count = 1
    for side in shape:
        count *= side
    places = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(STEP) + np.uint64(seed & MASK)
    bits = mix_array(places) >> np.uint64(40)
    return (bits.astype(np.float32) * np.float32(1.0 / (1 << 24))).reshape(shape)


def noise_array(seed, shape):
    """Near-normal numbers of mean 0 and deviation 1: sums of the four quarters of a hash."""
    count = 1
    for side in shape:
        count *= side
    places = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(STEP) + np.uint64(seed & MASK)
    bits = mix_array(places)
    total = np.zeros(count, np.int64)
    for quarter in range(4):
        total += (bits >> np.uint64(16 * quarter) & np.uint64(0xFFFF)).astype(np.int64)
    # Each quarter has mean 32767.5 and variance 2^32 / 12.
    return ((total - 131070).astype(np.float32) * np.float32(1 / 37837.227)).reshape(shape)


class Source:
    """A stream of numbers. Streams of children are independent of the parent's further use."""

    def __init__(self, seed):
        self.seed = seed & MASK
        self.state = self.seed

    def child(self, *names):
        """A stream of its own for a part that is known by name or number."""
        value = self.seed
        for name in names:
            if isinstance(name, str):
                for byte in name.encode("utf-8"):
                    value = mix(value * 257 + byte + STEP)
                name = len(name)
            value = mix(value * 3 + name + STEP)
        return Source(value)

    def bits(self):
        self.state = (self.state + STEP) & MASK
        return mix(self.state)

    def unit(self):
        """In [0, 1)."""
        return (self.bits() >> 11) * UNIT

    def between(self, low, high):
        return low + (high - low) * self.unit()

    def whole(self, low, high):
        """A whole number from low to high, both included."""
        return low + self.bits() % (high - low + 1)

    def chance(self, probability):
        return self.unit() < probability

    def sign(self):
        return 1 if self.bits() >> 63 else -1

    def pick(self, choices):
        return choices[self.bits() % len(choices)]
