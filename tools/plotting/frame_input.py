# SPDX-License-Identifier: MIT
"""Frames of a video by their numbers: a folder of numbered images, Y4M, or what ffmpeg decodes.

Numbers count from 1 and mean what tlee means by them.
"""
import os
import re
import subprocess
import tempfile

from fault import Fault, blaming, printable

NATIVE = (".ppm", ".pgm")
IMAGES = NATIVE + (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
#: Luma samples for each chroma sample, across and down.
SUBSAMPLED = {"420": (2, 2), "422": (2, 1), "444": (1, 1), "mono": None}
MAX_PIXELS = 1 << 28
FFMPEG = ("ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe")
AS_RGB = ("-sws_flags", "accurate_rnd+full_chroma_int", "-pix_fmt", "rgb24", "-c:v", "ppm",
          "-f", "image2pipe", "pipe:1")


class Picture:
    """
    Samples of one frame, 8 bit. planes: RGB together or grey, or Y, U and V, of which the last two
    have a sample for `step` samples of Y across and down; None where planes are no YUV.
    """

    def __init__(self, width, height, planes, step=None, full=True):
        self.width, self.height, self.planes, self.step, self.full = (
            width, height, planes, step, full)


class Stream:
    """Bytes from a file object, none of which may be missing."""

    def __init__(self, file):
        self.file = file

    def exactly(self, count):
        data = self.file.read(count)
        if len(data) != count:
            raise Fault("ends in the middle of a picture")
        return data

    def line(self, limit=256):
        line = self.file.readline(limit)
        if not line.endswith(b"\n"):
            raise Fault("ends or goes on where a header line should end")
        return line[:-1].decode("ascii", "replace")


def netpbm_header(stream):
    """Kind, width, height of a binary PPM or PGM, whose pixels come next; None at the end."""
    kind = stream.file.read(2)
    if not kind:
        return None
    if kind not in (b"P5", b"P6"):
        raise Fault("is no binary PPM or PGM")
    words, word = [], b""
    while len(words) < 3:
        byte = stream.exactly(1)
        if byte == b"#":
            stream.line(4096)
        if byte.isdigit():
            word += byte
        elif byte in (b"#", b" ", b"\t", b"\n", b"\r", b"\f", b"\v"):
            words += [int(word)] if word else []
            word = b""
        if not (byte.isspace() or byte.isdigit() or byte == b"#") or len(word) > 6:
            raise Fault("has no binary PPM or PGM header")
    width, height, largest = words
    if largest != 255 or not 0 < width * height <= MAX_PIXELS:
        raise Fault("has a size or largest value that tlee does not read: %d x %d, %d"
                    % (width, height, largest))
    return kind, width, height


def netpbm_picture(stream):
    """None at the end of the stream."""
    header = netpbm_header(stream)
    if header is None:
        return None
    kind, width, height = header
    return Picture(width, height, [stream.exactly(width * height * (3 if kind == b"P6" else 1))])


def from_ffmpeg(path, wanted, image=False):
    """Pictures by number, of those that there are."""
    # A % in an image's name would stand for a number.
    literal = ("-f", "image2", "-pattern_type", "none") if image else ()
    words = FFMPEG + literal + ("-i", "file:" + path, "-an", "-sn", "-dn", "-vsync", "passthrough",
                                "-frames:v", str(max(wanted))) + AS_RGB
    said = tempfile.TemporaryFile()  # a pipe that nobody reads meanwhile would fill up
    try:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=said)
    except FileNotFoundError:
        raise Fault("cannot be decoded: the program ffmpeg is not installed")
    with said, process:
        found, number, stream = {}, 1, Stream(process.stdout)
        try:
            picture = netpbm_picture(stream)
            while picture:
                if number in wanted:
                    found[number] = picture
                number += 1
                picture = netpbm_picture(stream)
        finally:
            process.stdout.close()
        process.wait()
        said.seek(0)
        reason = said.read(1000).decode("utf-8", "replace").strip().split("\n")[-1]
    if not found:
        raise Fault("cannot be decoded: " + (reason or "ffmpeg gives no frames"))
    return found


def numbered(folder):
    """Paths of a folder's images by the last run of digits in their names."""
    images = []
    for name in os.listdir(folder):
        digits = re.findall(r"[0-9]+", name)
        if digits and not name.startswith(".") and name.lower().endswith(IMAGES):
            images.append((int(digits[-1]), name))
    if not images:
        raise Fault("holds no numbered images")
    return [os.path.join(folder, name) for _, name in sorted(images)]


def from_folder(folder, wanted):
    found = {}
    images = numbered(folder)
    for number in wanted:
        if number > len(images):
            continue
        path = images[number - 1]
        with blaming(path):
            if path.lower().endswith(NATIVE):
                with open(path, "rb") as file:
                    found[number] = netpbm_picture(Stream(file))
                if not found[number]:
                    raise Fault("is empty")
            else:
                found[number] = from_ffmpeg(path, [1], image=True)[1]
    return found


def y4m_header(stream):
    """Width, height, subsampling, whether the range is full."""
    words = stream.line().split(" ")
    if words[0] != "YUV4MPEG2":
        raise Fault("is no Y4M file")
    tags = {}
    for word in words[1:]:
        tags["XCOLORRANGE" if word.startswith("XCOLORRANGE=") else word[:1]] = word
    sampling = tags.get("C", "C420")[1:]
    known = re.match(r"(420)(jpeg|mpeg2|paldv)?$|(422)$|(444)$|(mono)$", sampling)
    if not known:
        raise Fault("has the colour space %s, which tlee does not read" % printable(sampling, 40))
    try:
        width, height = int(tags["W"][1:]), int(tags["H"][1:])
    except (KeyError, ValueError):
        raise Fault("has no width or height")
    if not 0 < width * height <= MAX_PIXELS or width < 0:
        raise Fault("has frames of %d x %d" % (width, height))
    kind = next(group for group in known.groups() if group in SUBSAMPLED)
    return width, height, SUBSAMPLED[kind], tags.get("XCOLORRANGE") == "XCOLORRANGE=FULL"


def from_y4m(path, wanted):
    found = {}
    with open(path, "rb") as file:
        stream = Stream(file)
        width, height, step, full = y4m_header(stream)
        chroma = (-(-width // step[0]), -(-height // step[1])) if step else (0, 0)
        sizes = [width * height] + [chroma[0] * chroma[1]] * (2 if step else 0)
        for number in range(1, max(wanted) + 1):
            word = file.readline(256)
            if not word:
                break
            if word.split(b" ")[0].strip() != b"FRAME" or not word.endswith(b"\n"):
                raise Fault("frame %d does not begin with FRAME" % number)
            if number in wanted:
                planes = [stream.exactly(size) for size in sizes]
                found[number] = Picture(width, height, planes, step, full)
            else:
                file.seek(sum(sizes), os.SEEK_CUR)
    return found


def read_frames(path, numbers):
    """The Picture of each of these numbers, which count from 1."""
    wanted = set(numbers)
    with blaming(path):
        if os.path.isdir(path):
            found = from_folder(path, wanted)
        elif path.lower().endswith(".y4m"):
            found = from_y4m(path, wanted)
        else:
            with open(path, "rb"):
                pass  # ffmpeg would say less of what cannot be opened
            found = from_ffmpeg(path, wanted)
        missing = sorted(wanted - set(found))
        if missing:
            raise Fault("has no frame %d, which the trace names" % missing[0])
        return found
