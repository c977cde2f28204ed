# SPDX-License-Identifier: MIT
"""Section 2: which frames of a video are taken, and what becomes of a picture."""
import re

import numpy as np
import torch
import torch.nn.functional as F

from fault import Fault, blaming

from .settings import MEAN, ORDER, STD


def source_frames(count, frames, order=None):
    """Numbers, from 1, of the frames taken from `count`, in processing order."""
    order = order or ORDER.get(frames)
    if order is None:
        raise Fault("there is no published order for %d frames" % frames)
    sampled = [1 + k * (count / (frames - 1)) for k in range(frames - 1)] + [count + 1]
    numbers = [max(int(min(max(v, 0), count - 1)), 1) for v in sampled]
    return [numbers[k] for k in order]


def prepare(picture, resize, crop, mean=MEAN, std=STD):
    """8-bit RGB, H x W x 3, to prepared input, 1 x 3 x crop x crop."""
    x = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
    h, w = x.shape[2:]
    short, long = min(h, w), max(h, w)
    if short != resize:
        longer = resize * long // short
        size = (longer, resize) if w < h else (resize, longer)
        x = F.interpolate(x, size, mode="bilinear", align_corners=False)
    h, w = x.shape[2:]
    top, left = round((h - crop) / 2), round((w - crop) / 2)
    x = x[:, :, top:top + crop, left:left + crop]
    return (x - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def read_ppm(path):
    """Binary PPM without comments."""
    with blaming(path):
        with open(path, "rb") as file:
            data = file.read()
        header = re.match(rb"P6\s+(\d{1,6})\s+(\d{1,6})\s+255\s", data)
        w, h = map(int, header.groups()) if header else (0, 0)
        if not w * h or len(data) - header.end() != 3 * w * h:
            raise Fault("is no whole binary PPM without comments")
    return np.frombuffer(data[-3 * w * h:], np.uint8).reshape(h, w, 3).copy()
