# SPDX-License-Identifier: MIT
"""Pictures as small arrays of RGB, for a strip that is printed centimetres wide."""

SIDE = 224  # pixels of the longer side, at most


def from_yuv(numpy, picture):
    """BT.601, chroma not interpolated: a thumbnail does not show the difference."""
    size = picture.height, picture.width
    luma = numpy.frombuffer(picture.planes[0], numpy.uint8).reshape(size).astype(numpy.float64)
    if not picture.full:
        luma = (luma - 16) * (255 / 219)
    if not picture.step:
        return numpy.stack([luma] * 3, 2)
    across, down = picture.step
    shape = -(-picture.height // down), -(-picture.width // across)
    u, v = ((numpy.frombuffer(plane, numpy.uint8).reshape(shape).astype(numpy.float64) - 128)
            .repeat(down, 0)[:picture.height].repeat(across, 1)[:, :picture.width]
            * (1 if picture.full else 255 / 224) for plane in picture.planes[1:])
    return numpy.stack([luma + 1.402 * v, luma - 0.344136 * u - 0.714136 * v, luma + 1.772 * u], 2)


def as_rgb(numpy, picture):
    """height x width x 3, 0 to 255, not rounded."""
    size = picture.height, picture.width
    if len(picture.planes[0]) == 3 * size[0] * size[1]:
        return numpy.frombuffer(picture.planes[0], numpy.uint8).reshape(size + (3,)).astype(float)
    return from_yuv(numpy, picture)


def thumbnail(picture):
    """The mean of whole blocks of pixels, so that neither side is above SIDE."""
    import numpy
    pixels = as_rgb(numpy, picture)
    block = -(-max(picture.width, picture.height) // SIDE)
    height, width = (max(side // block, 1) for side in pixels.shape[:2])
    down, across = min(block, pixels.shape[0]), min(block, pixels.shape[1])
    cut = pixels[:height * down, :width * across]
    small = cut.reshape(height, down, width, across, 3).mean((1, 3))
    return numpy.clip(numpy.rint(small), 0, 255).astype(numpy.uint8)
