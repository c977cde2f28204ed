# SPDX-License-Identifier: MIT
"""Section 2: which frames of a video are taken, and what becomes of a picture."""
import re

import numpy as np
import torch
import torch.nn.functional as F

from fault import Fault, blaming

from .settings import MEAN, ORDER, STD


def sampled_frames(count, frames):
    """Numbers, from 1, of the frames taken from `count`."""
    values = [1 + k * (count / (frames - 1)) for k in range(frames - 1)] + [count + 1]
    return [max(int(min(max(v, 0), count - 1)), 1) for v in values]


def source_frames(count, frames, order=None):
    """The same in processing order."""
    order = order or ORDER.get(frames)
    if order is None:
        raise Fault("there is no published order for %d frames" % frames)
    numbers = sampled_frames(count, frames)
    return [numbers[k] for k in order]


def resized(pictures, resize):
    """8-bit RGB, N x H x W x 3, to values in 0..1, N x 3 x h x w, the shorter side `resize`."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255
    h, w = x.shape[2:]
    short, long = min(h, w), max(h, w)
    if short != resize:
        longer = resize * long // short
        size = (longer, resize) if w < h else (resize, longer)
        x = F.interpolate(x, size, mode="bilinear", align_corners=False)
    return x


def cropped(x, crop):
    """The centre, N x 3 x crop x crop."""
    h, w = x.shape[2:]
    top, left = round((h - crop) / 2), round((w - crop) / 2)
    return x[:, :, top:top + crop, left:left + crop]


def normalised(x, mean, std):
    return (x - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def prepare(picture, resize, crop, mean=MEAN, std=STD):
    """8-bit RGB, H x W x 3, to prepared input, 1 x 3 x crop x crop."""
    return normalised(cropped(resized(picture[None], resize), crop), mean, std)


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
