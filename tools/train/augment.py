# SPDX-License-Identifier: MIT
"""Batches of clips as the network sees them, and how training varies them.

All frames of a clip are varied alike: what changes between them is the motion.
"""
import dataclasses

import torch
import torch.nn.functional as F

from torch_tlee.frames import cropped, normalised


@dataclasses.dataclass
class Augmentation:
    zoom: float = 0.2  # the crop's side is 1 -+ this times the network's
    shift: float = 0.1  # of the picture's side, beyond what the crop leaves free
    flip: float = 0.0  # probability; left and right may matter
    colour: float = 0.3  # brightness, contrast, saturation and balance vary by a factor 1 -+ this
    shuffle: float = 0.0  # probability of another processing order
    frames: int = 0  # as many of a clip's frames take part, in processing order; 0: all


def uniform(random, spread):
    return spread * (2 * torch.rand((), generator=random).item() - 1)


def moved(x, side, how, random):
    """A crop that varies in size and place, and may be mirrored: frames x 3 x side x side."""
    h, w = x.shape[2:]
    scale = side * (1 + uniform(random, how.zoom))
    centres = [uniform(random, max(1 - scale / length, 0) + 2 * how.shift) for length in (w, h)]
    mirror = -1 if torch.rand((), generator=random).item() < how.flip else 1
    place = torch.tensor([[mirror * scale / w, 0, centres[0]], [0, scale / h, centres[1]]])
    grid = F.affine_grid(place[None], (1, 3, side, side), align_corners=False)
    return F.grid_sample(x, grid.expand(len(x), -1, -1, -1), padding_mode="border",
                         align_corners=False)


def coloured(x, how, random):
    """Values in 0..1."""
    brightness, contrast, saturation = (1 + uniform(random, how.colour) for _ in range(3))
    balance = torch.tensor([1 + uniform(random, how.colour / 3) for _ in range(3)])
    gray = x.mean(1, keepdim=True)
    x = gray + (x - gray) * saturation
    x = (x - gray.mean()) * contrast + gray.mean()
    return (x * brightness * balance[:, None, None]).clamp(0, 1)


def clip_order(settings, how, random):
    """The frames that take part, of those sampled."""
    order = settings.order
    if torch.rand((), generator=random).item() < how.shuffle:
        order = torch.randperm(len(order), generator=random).tolist()
    if 0 < how.frames < len(order):
        taken = torch.randperm(len(order), generator=random)[:how.frames].sort().values.tolist()
        order = [order[place] for place in taken]
    return order


def clip_input(block, settings, how=None, random=None, order=None):
    """frames x 3 x side x side of a clip's bytes, in processing order, or that given; varied when
    `how` is given."""
    if how is None:
        x = cropped(block[order or settings.order].permute(0, 3, 1, 2).float() / 255,
                    settings.input)
    else:
        order = order or clip_order(settings, how, random)
        x = block[order].permute(0, 3, 1, 2).float() / 255
        x = moved(x, settings.input, how, random)
        x = coloured(x, how, random)
    return normalised(x, settings.mean, settings.std)


def batch(frames, numbers, settings, how=None, random=None):
    """Input, clips x frames x 3 x side x side, and labels."""
    inputs = [clip_input(frames.clip(number), settings, how, random) for number in numbers]
    return torch.stack(inputs), frames.labels[numbers]
