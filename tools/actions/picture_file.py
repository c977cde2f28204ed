# SPDX-License-Identifier: MIT
"""Y4M, PPM and PNG files, written beside and renamed, so that a file is whole or not there."""
import os
import struct
import zlib

import numpy as np

#: BT.601, full range, in 16 fractional bits: rows give Y, U and V.
MATRIX = np.array([[19595, 38470, 7471], [-11058, -21710, 32768], [32768, -27439, -5329]], np.int32)


def write_whole(path, pieces):
    """Writes bytes to a file that appears when it is complete."""
    beside = "%s.%d.part" % (path, os.getpid())
    try:
        with open(beside, "wb") as file:
            for piece in pieces:
                file.write(piece)
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.remove(beside)
        raise


def planes(picture):
    """Y, U and V of an RGB picture, each 8 bit."""
    r, g, b = (picture[..., channel].astype(np.int32) for channel in range(3))
    found = []
    for row, (of_r, of_g, of_b) in enumerate(MATRIX):
        value = (of_r * r + of_g * g + of_b * b + 32768 >> 16) + (128 if row else 0)
        found.append(np.clip(value, 0, 255))
    return found


def halved(plane):
    """Means of two by two."""
    return (plane[0::2, 0::2] + plane[0::2, 1::2] + plane[1::2, 0::2] + plane[1::2, 1::2] + 2) >> 2


def y4m_pieces(pictures, chroma):
    """The bytes of a Y4M stream; chroma is "444" or "420"."""
    header = None
    for picture in pictures:
        if header is None:
            header = b"YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C%s XCOLORRANGE=FULL\n" % (
                picture.shape[1], picture.shape[0], b"444" if chroma == "444" else b"420jpeg")
            yield header
        y, u, v = planes(picture)
        if chroma == "420":
            u, v = halved(u), halved(v)
        yield b"FRAME\n" + b"".join(plane.astype(np.uint8).tobytes() for plane in (y, u, v))


def ppm_pieces(picture):
    yield b"P6\n%d %d\n255\n" % (picture.shape[1], picture.shape[0])
    yield np.ascontiguousarray(picture).tobytes()


def png_pieces(picture):
    """The bytes of a PNG of 8-bit RGB."""
    height, width = picture.shape[:2]
    rows = np.concatenate([np.zeros((height, 1), np.uint8),
                           np.ascontiguousarray(picture).reshape(height, 3 * width)], axis=1)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(
            ">I", zlib.crc32(kind + body))
    yield b"\x89PNG\r\n\x1a\n"
    yield chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    yield chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
    yield chunk(b"IEND", b"")
