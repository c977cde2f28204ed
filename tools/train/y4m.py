# SPDX-License-Identifier: MIT
"""Y4M files of 8-bit 4:4:4 and 4:2:0, as the engine reads them: BT.601, chroma interpolated, in the
engine's fixed point, so that the levels are the same."""
import os

import numpy as np

from fault import Fault

LINE_BYTES = 1024
MAX_SIDE = 16384
# Is chroma halved, and where does a halved sample lie: midway between its two columns (rows)?
CHROMA = {"420jpeg": (True, True, True), "420": (True, True, True),
          "420mpeg2": (True, False, True), "420paldv": (True, False, False),
          "444": (False, False, False)}
KR, KB = 0.299, 0.114  # ITU-R BT.601-7, section 2.5
KG = 1 - KR - KB
LUMA_ONE = 1 << 20  # fractional bits of the matrix
CHROMA_ONE = 1 << 4  # and of interpolated chroma


def side_of(value, name):
    if not (value.isdigit() and len(value) < 9 and 1 <= int(value) <= MAX_SIDE):
        raise Fault("Y4M header: %s '%s' must be 1 to %d" % (name, value[:20], MAX_SIDE))
    return int(value)


class Y4M:
    """An open file; frames are counted from 1, `count` of them."""

    def __init__(self, file):
        self.file = file
        line = file.readline(LINE_BYTES)
        if not line.startswith(b"YUV4MPEG2") or not line.endswith(b"\n"):
            raise Fault("is no Y4M file: it does not begin with a line YUV4MPEG2")
        words = line.decode("latin-1").split()[1:]
        fields = {word[:1]: word[1:] for word in words if word[0] != "X"}
        self.full_range = "XCOLORRANGE=FULL" in words
        self.width = side_of(fields.get("W", ""), "width")
        self.height = side_of(fields.get("H", ""), "height")
        self.chroma = fields.get("C", "420")
        if self.chroma not in CHROMA:
            raise Fault("Y4M chroma format C%s; read are the 8-bit %s (others: through ffmpeg)"
                        % (self.chroma[:20], ", ".join("C" + name for name in CHROMA)))
        half = CHROMA[self.chroma][0]
        self.small = ((self.height + half) // (1 + half), (self.width + half) // (1 + half))
        self.frame_bytes = self.width * self.height + 2 * self.small[0] * self.small[1]
        self.places = list(self.find_frames())
        self.count = len(self.places)
        if not self.count:
            raise Fault("has no whole frame")

    def find_frames(self):
        """Where the planes of each whole frame begin."""
        end = os.fstat(self.file.fileno()).st_size
        while True:
            line = self.file.readline(LINE_BYTES)
            if not line.startswith(b"FRAME") or not line.endswith(b"\n"):
                if line:
                    raise Fault("damaged Y4M: no FRAME line before byte %d" % self.file.tell())
                return
            place = self.file.tell()
            if place + self.frame_bytes > end:
                return
            yield place
            self.file.seek(place + self.frame_bytes)

    def frame(self, number):
        """Frame `number`: height x width x 3 bytes of RGB."""
        self.file.seek(self.places[number - 1])
        data = np.frombuffer(self.file.read(self.frame_bytes), np.uint8)
        if len(data) != self.frame_bytes:
            raise Fault("was cut short while it was read")
        luma, u, v = np.split(data, np.cumsum([self.width * self.height,
                                               self.small[0] * self.small[1]]))
        planes = (self.widened(plane.reshape(self.small).astype(np.int64)) for plane in (u, v))
        return self.to_rgb(luma.reshape(self.height, self.width), *planes)

    def widened(self, plane):
        """In sixteenths of a level, a value for each pixel."""
        half, centre_x, centre_y = CHROMA[self.chroma]
        if not half:
            return plane * CHROMA_ONE
        plane = doubled(plane, centre_y)[:self.height]
        return doubled(plane.T, centre_x).T[:, :self.width]

    def to_rgb(self, y, u, v):
        black, luma_gain, chroma_gain = (
            (0, 1, 1) if self.full_range else (16, 255 / 219, 255 / 224))
        table = fixed(luma_gain * (np.arange(256) - black) + 0.5, LUMA_ONE)
        red_v, green_u, green_v, blue_u = (
            fixed(factor * chroma_gain, LUMA_ONE // CHROMA_ONE) for factor in (
                2 * (1 - KR), 2 * (1 - KB) * KB / KG, 2 * (1 - KR) * KR / KG, 2 * (1 - KB)))
        y, u, v = table[y], u - 128 * CHROMA_ONE, v - 128 * CHROMA_ONE
        levels = np.stack([y + red_v * v, y - green_u * u - green_v * v, y + blue_u * u], 2)
        return (levels // LUMA_ONE).clip(0, 255).astype(np.uint8)


def fixed(value, one):
    return np.floor(value * one + 0.5).astype(np.int64)


def doubled(plane, centre):
    """Twice as many rows, linearly between the samples' places, of four times the value; the edges
    hold beyond them."""
    out = np.repeat(4 * plane, 2, 0)
    before, after = np.vstack([plane[:1], plane[:-1]]), np.vstack([plane[1:], plane[-1:]])
    if centre:
        out[0::2] = 3 * plane + before
        out[1::2] = 3 * plane + after
    else:
        out[1::2] = 2 * (plane + after)
    return out
