# SPDX-License-Identifier: MIT
"""A sheet of clips for the eye: a row a clip, frames from left to right."""
import numpy as np

from .camera import SIDE
from .clip import Clip
from .picture_file import png_pieces, write_whole

GAP = 2


def strip(clip, frames):
    """Frames spread over the clip, side by side."""
    numbers = [(2 * k + 1) * clip.count // (2 * frames) for k in range(frames)]
    row = np.full((SIDE + GAP, frames * (SIDE + GAP), 3), 255, np.uint8)
    for at, picture in enumerate(clip.frames(numbers)):
        row[:SIDE, at * (SIDE + GAP):at * (SIDE + GAP) + SIDE] = picture
    return row


def write_sheet(path, seed, split, actions, clips, frames):
    """Classes from top to bottom, `clips` rows each."""
    rows = [strip(Clip(seed, split, action, number), frames)
            for action in actions for number in range(clips)]
    write_whole(path, png_pieces(np.concatenate(rows)))
