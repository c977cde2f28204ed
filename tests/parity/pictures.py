# SPDX-License-Identifier: MIT
"""Test pictures by formula (tests/golden/README.md): the same bytes as golden_pictures.c."""
import os

import numpy as np

from torch_tlee.weights_formula import mix


def picture(width, height, seed, number):
    """Frame `number`, counted from 1, of the video `seed`: height x width x 3 bytes of RGB."""
    scene = seed * 2**32 + (number - 1) // 3
    base = int(mix(scene))
    parameters = [int(v) for v in mix(np.uint64(base) ^ np.arange(64, dtype=np.uint64))]
    x = np.arange(width, dtype=np.int64)[None, :]
    y = np.arange(height, dtype=np.int64)[:, None]
    blocks = (y // 4 * 65536 + (x + 2 * number) // 4).astype(np.uint64)
    grain = mix(blocks ^ np.uint64(base))
    out = np.empty((height, width, 3), np.uint8)
    for c in range(3):
        value = np.zeros((height, width), np.int64)
        for wave in range(3):
            p = parameters[4 * c + wave]
            across, down = p % 4, (p >> 8) % 4
            phase = (p >> 16) % 65536 + (p >> 32) % 4096 * number
            u = (across * x * 65536 // width + down * y * 65536 // height + phase) % 65536
            value += np.minimum(u, 65535 - u) * (30 + (p >> 48) % 64)
        value = (value >> 15) + parameters[4 * c + 3] % 64
        value += ((grain >> np.uint64(8 * c)) % np.uint64(48)).astype(np.int64)
        out[:, :, c] = np.minimum(value, 255)
    return out


def write_ppm(path, pixels):
    with open(path, "wb") as file:
        file.write(b"P6\n%d %d\n255\n" % (pixels.shape[1], pixels.shape[0]))
        file.write(pixels.tobytes())


def write_folder(folder, width, height, seed, count):
    """A video of `count` frames as a folder of numbered pictures."""
    os.makedirs(folder, exist_ok=True)
    for number in range(1, count + 1):
        path = os.path.join(folder, "img_%05d.ppm" % number)
        write_ppm(path, picture(width, height, seed, number))
