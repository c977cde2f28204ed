# SPDX-License-Identifier: MIT
"""The sampled frames of a clip: a folder of numbered images, a .y4m file, or whatever ffmpeg reads.

Which frames are taken, and what stands in for one that cannot be read, is section 2.
"""
import os
import re
import subprocess

import numpy as np

from fault import Fault, blaming, printable
from torch_tlee.frames import sampled_frames

from .y4m import Y4M

IMAGES = {".ppm", ".pgm", ".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}
NATIVE = {".ppm", ".pgm"}
FFMPEG = ["ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"]
TO_RGB = ["-sws_flags", "accurate_rnd+full_chroma_int", "-pix_fmt", "rgb24", "-c:v", "ppm", "-f",
          "image2pipe", "pipe:1"]
NETPBM = re.compile(rb"P([56])(?:\s|#[^\n]*\n)+(\d{1,6})(?:\s|#[^\n]*\n)+(\d{1,6})"
                    rb"(?:\s|#[^\n]*\n)+(\d{1,5})\s")


# --- Pictures ---

def netpbm(data, start=0):
    """An 8-bit PPM or PGM at data[start], as RGB, and where it ends."""
    head = NETPBM.match(data, start)
    if not head or head.group(4) != b"255":
        raise Fault("is no 8-bit binary PPM or PGM")
    channels = 3 if head.group(1) == b"6" else 1
    width, height = int(head.group(2)), int(head.group(3))
    end = head.end() + width * height * channels
    if not width or not height or end > len(data):
        raise Fault("is cut short")
    pixels = np.frombuffer(data, np.uint8, end - head.end(), head.end())
    pixels = pixels.reshape(height, width, channels)
    return np.repeat(pixels, 3 // channels, 2), end


def ffmpeg(path, *options):
    """What ffmpeg writes to its standard output."""
    literal = ["-f", "image2", "-pattern_type", "none"] if "%" in path and is_image(path) else []
    words = FFMPEG + literal + ["-i", "file:" + path, "-an", "-sn", "-dn"] + list(options)
    try:
        # In a session of its own: Ctrl-C would end it early, and what it decoded looked whole.
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True)
    except FileNotFoundError:
        raise Fault("needs the ffmpeg program, which is not installed")
    if done.returncode < 0:
        raise Fault("ffmpeg was ended by signal %d" % -done.returncode)
    if not done.stdout:
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        raise Fault("ffmpeg decodes no picture of it: %s" % (printable(said, 200) or "no reason"))
    return done.stdout


def is_image(path):
    return os.path.splitext(path)[1].lower() in IMAGES


def read_image(path):
    with blaming(path):
        if os.path.splitext(path)[1].lower() in NATIVE:
            with open(path, "rb") as file:
                data = file.read()
        else:
            data = ffmpeg(path, "-frames:v", "1", *TO_RGB)
        return netpbm(data)[0]


# --- Sources: count, and frame(number) with numbers from 1 ---

class Folder:
    """Images in the order of the last number in their names."""

    def __init__(self, path):
        numbered = []
        for name in os.listdir(path):
            digits = re.findall(r"\d+", name)
            if is_image(name) and not name.startswith("."):
                if not digits:
                    raise Fault("no number in the image's name %s" % printable(name, 80))
                numbered.append((int(digits[-1]), name))
        numbered.sort()
        for (a, first), (b, second) in zip(numbered, numbered[1:]):
            if a == b:
                raise Fault("a number occurs twice: %s and %s" % (first, second))
        if not numbered:
            raise Fault("no numbered images in the folder")
        self.paths = [os.path.join(path, name) for _, name in numbered]
        self.count = len(self.paths)

    def frame(self, number):
        if number > self.count:
            raise Fault("has no frame %d, only %d" % (number, self.count))
        return read_image(self.paths[number - 1])


class Decoded:
    """A video that ffmpeg decodes whole; of it only the wanted frames are kept."""

    def __init__(self, path, count, frames):
        self.count = count or ffmpeg(path, "-vsync", "passthrough", "-f", "framecrc",
                                     "pipe:1").count(b"\n0,")
        wanted = set(sampled_frames(max(self.count, 1), frames)) | {1}
        last = ["-frames:v", str(max(wanted))]
        data = ffmpeg(path, "-vsync", "passthrough", *last, *TO_RGB)
        self.kept, place, number = {}, 0, 0
        while place < len(data) and number < max(wanted):
            picture, place = netpbm(data, place)
            number += 1
            if number in wanted:
                self.kept[number] = picture.copy()

    def frame(self, number):
        if number not in self.kept:
            raise Fault("has no frame %d" % number)
        return self.kept[number]


def frames_of(source, count, frames):
    """The sampled frames in the order of time, and warnings."""
    taken, warnings = {}, []
    numbers = sampled_frames(count, frames)
    for number in sorted(set(numbers) | {1}):
        try:
            taken[number] = source.frame(number)
        except Fault as fault:
            if number == 1:
                raise
            warnings.append("frame %d: %s; frame 1 in its place" % (number, fault))
            taken[number] = taken[1]
    return [taken[number] for number in numbers], warnings


def read_clip(clip, frames):
    """The sampled frames of a clip of a list, in the order of time, and warnings."""
    with blaming(clip.path):
        if os.path.isdir(clip.path):
            source = Folder(clip.path)
        elif clip.path.lower().endswith(".y4m"):
            with open(clip.path, "rb") as file:
                source = Y4M(file)
                return frames_of(source, clip.frames or source.count, frames)
        else:
            source = Decoded(clip.path, clip.frames, frames)
        return frames_of(source, clip.frames or source.count, frames)
