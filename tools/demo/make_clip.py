#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes pendulum.y4m, the demo's clip: a ball on a string swings before a shaded wall.

It stands in for a clip of people until there is a trained model to show; integer arithmetic alone,
so that every run gives the same bytes.  usage: make_clip.py pendulum.y4m
"""
import sys

WIDTH, HEIGHT, FRAMES = 80, 60, 24
PIVOT = (40, 4)
# One swing there and back: sine of 0..23 twenty-fourths of a circle, in thousandths.
SINE = [0, 259, 500, 707, 866, 966, 1000, 966, 866, 707, 500, 259]
SINE += [-s for s in SINE]


def luma(x, y, ball):
    bx, by = ball
    distance = (x - bx) ** 2 + (y - by) ** 2
    if distance <= 49:
        return 210 - distance
    # The string: a point is near it when its offset across the line is small.
    across = (x - PIVOT[0]) * (by - PIVOT[1]) - (y - PIVOT[1]) * (bx - PIVOT[0])
    if PIVOT[1] <= y <= by and abs(across) <= 30:
        return 40
    return 90 + y // 2 + (x * 7 + y * 13) % 9


def chroma(x, y, ball, inside, outside):
    return inside if (x - ball[0]) ** 2 + (y - ball[1]) ** 2 <= 49 else outside


def frame(k):
    ball = (PIVOT[0] + 26 * SINE[k] // 1000, PIVOT[1] + 42 - abs(10 * SINE[k] // 1000))
    planes = bytes(luma(x, y, ball) for y in range(HEIGHT) for x in range(WIDTH))
    for inside, outside in ((100, 124), (190, 126)):
        planes += bytes(chroma(2 * x + 1, 2 * y + 1, ball, inside, outside)
                        for y in range(HEIGHT // 2) for x in range(WIDTH // 2))
    return planes


def main():
    with open(sys.argv[1], "wb") as out:
        out.write(b"YUV4MPEG2 W%d H%d F12:1 Ip A1:1 C420jpeg\n" % (WIDTH, HEIGHT))
        for k in range(FRAMES):
            out.write(b"FRAME\n" + frame(k))


if __name__ == "__main__":
    main()
