# SPDX-License-Identifier: MIT
"""The film strips of tlee show --film, pixel by pixel."""
import os

from cli_tool import check, good, pixel, refused, tlee, write_video, write_y4m
from eval_data import COIN, FRAMES, MIXED

GAP, EDGE, MARK, EXITS = 8, 20, 6, 3
GREEN, YELLOW, GREY, BASE = (46, 204, 113), (241, 196, 15), (58, 58, 64), (18, 18, 22)


class Film:
    """A strip as it is in its file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        magic, size, most, self.rgb = data.split(b"\n", 3)
        self.width, self.height = map(int, size.split())
        check(magic == b"P6" and most == b"255" and len(self.rgb) == 3 * self.width * self.height,
              path, "is no picture:", data[:30], len(data))

    def at(self, x, y):
        start = 3 * (y * self.width + x)
        return tuple(self.rgb[start:start + 3])

    def row(self, x, y, width):
        start = 3 * (y * self.width + x)
        return self.rgb[start:start + 3 * width]


def check_frame(film, t, size, path, frame):
    """The frame is there to the last pixel, or dark; its marks tell how far it came."""
    width, height = size
    x, y = GAP + t * (width + GAP), EDGE + GAP
    wanted = [b"".join(pixel(0, frame, i, j) for i in range(width)) for j in range(height)]
    if t not in path:
        wanted = [bytes(value // 4 for value in row) for row in wanted]
    found = [film.row(x, y + j, width) for j in range(height)]
    check(found == wanted, "frame", t, "differs")
    answer = t == max(path)
    border = {film.at(x - 1, y), film.at(x - 3, y - 3), film.at(x + width + 2, y + height + 2)}
    check(border == {GREEN if answer else BASE}, "border of", t, border)
    for b in range(EXITS):
        mark = film.at(x + b * width // EXITS + 2, y + height + GAP + MARK // 2)
        deepest = path.get(t, -1)
        check(mark == (GREEN if answer and b == deepest else YELLOW if b <= deepest else GREY),
              "mark", b, "of frame", t, "is", mark)


def test_film(model, temp):
    """Unscaled frames in the order of processing."""
    size = (80, 64)
    video = write_video(os.path.join(temp, "film clip"), 14, width=size[0], height=size[1])
    folder = os.path.join(temp, "films")
    seen = set()
    for options in ((), MIXED, ("--first-threshold", "1", "--gate-threshold", "1"),
                    COIN + ("1",), COIN + ("2", "--mode", "t"), ("--first-threshold", "0")):
        shown = good("show", "--runs", "1", "--film", folder, *options, model, video + "/")
        check("\n  film     %s" % folder[:60] in shown.out, shown)
        run = good("run", "--json", "--trace", *options, model, video).json()
        order = good("run", "--json", "--trace", "--mode", "full", model, video).json()["steps"]
        sources = {step["frame"]: step["source_frame"] for step in order}
        film = Film(os.path.join(folder, "film clip.ppm"))
        check((film.width, film.height) == (FRAMES * (size[0] + GAP) + GAP,
                                            size[1] + 2 * EDGE + 3 * GAP + MARK), "size")
        path = {step["frame"]: step["exit"] for step in run["steps"]}
        for t in range(FRAMES):
            check_frame(film, t, size, path, sources[t])
        seen.add(tuple(sorted(path)))
    check(len(seen) > 1 and os.listdir(folder) == ["film clip.ppm"], seen, os.listdir(folder))


def test_scaled(model, temp):
    """Large frames become as long as a strip's frames may be, each pixel a mean of its four."""
    video = write_video(os.path.join(temp, "large"), 1, width=320, height=240)
    good("show", "--runs", "1", "--film", temp, "--pictures", "none", model, video)
    film = Film(os.path.join(temp, "large.ppm"))
    check((film.width, film.height) == (FRAMES * (160 + GAP) + GAP,
                                        120 + 2 * EDGE + 3 * GAP + MARK),
          "size", film.width, film.height)
    for x, y in ((0, 0), (159, 119), (77, 50)):
        four = [pixel(0, 1, 2 * x + i, 2 * y + j) for i in (0, 1) for j in (0, 1)]
        mean = tuple((sum(colour[c] for colour in four) + 2) // 4 for c in range(3))
        check(film.at(GAP + x, EDGE + GAP + y) == mean, "pixel", x, y, mean)


def test_refusals(model, clips, temp):
    """Nothing that is read is overwritten, no strip by another, and what cannot be written is
    said."""
    there = os.path.join(temp, "there")
    os.mkdir(there)
    clip = write_video(os.path.join(there, "a.ppm"), 3)
    refused(2, "tlee: option '--film' would overwrite what is read, " + clip, "show", "--film",
            there, model, clip)
    twice = write_y4m(os.path.join(temp, "grey.mp4"), 3)
    refused(2, "tlee: option '--film' would write %s/grey.ppm for two" % there, "show", "--film",
            there, model, clips[3], twice)
    refused(1, "tlee: %s: " % os.path.join(model, "in"), "show", "--film",
            os.path.join(model, "in"), model, clips[0])
    os.mkdir(os.path.join(there, "grey.ppm"))
    for folder in (there, model):
        failed = tlee("show", "--film", folder, "--runs", "1", model, clips[3])
        check(failed.status == 1 and failed.err.startswith("tlee: %s/grey.ppm: " % folder)
              and failed.err.count("\n") == 1 and "\n  film" not in failed.out
              and "\nall clips: 1\n" in failed.out, failed)
    left = sorted(os.listdir(there))
    check(left == ["a.ppm", "grey.ppm"], "left behind:", left)
