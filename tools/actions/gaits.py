# SPDX-License-Identifier: MIT
"""Walking and running: closed curves of angles over a cycle, half a cycle apart left and right.

Angles follow the usual records of gait (Winter, Biomechanics and Motor Control of Human Movement,
chapter on kinematics): the heel strikes at 0, the toes leave the ground at 0.6 when walking and at
0.4 when running.
"""
import numpy as np

from .arithmetic import smooth
from .skeleton import INDEX

#: (place in the cycle, angle)
WALK = {"thigh": ((0, 27), (0.13, 21), (0.3, 5), (0.5, -17), (0.62, -7), (0.78, 22), (0.9, 29)),
        "shin": ((0, 22), (0.13, 4), (0.3, -4), (0.5, -30), (0.62, -58), (0.75, -42), (0.9, 12)),
        "upper": ((0, -22), (0.25, 0), (0.5, 22), (0.75, 0)),
        "fore": ((0, -8), (0.25, 16), (0.5, 48), (0.75, 18))}
RUN = {"thigh": ((0, 38), (0.18, 12), (0.38, -24), (0.55, 8), (0.72, 58), (0.86, 56)),
       "shin": ((0, 8), (0.18, -28), (0.38, -50), (0.55, -104), (0.72, -62), (0.86, -14)),
       "upper": ((0, -48), (0.25, -5), (0.5, 38), (0.75, -5)),
       "fore": ((0, 45), (0.25, 82), (0.5, 122), (0.75, 82))}


def closed_curve(points, places):
    """Cubic Hermite curve through the points of a cycle (Catmull and Rom's tangents)."""
    at = np.array([point[0] for point in points])
    value = np.array([float(point[1]) for point in points])
    count = len(points)
    at = np.concatenate([at - 1, at, at + 1])
    value = np.concatenate([value, value, value])
    slope = np.zeros(3 * count)
    slope[1:-1] = (value[2:] - value[:-2]) / (at[2:] - at[:-2])
    places = places - np.floor(places)
    high = np.searchsorted(at, places, side="right")
    low = high - 1
    span = at[high] - at[low]
    t = (places - at[low]) / span
    return (value[low] * (1 + 2 * t) * (1 - t) * (1 - t) + value[high] * t * t * (3 - 2 * t)
            + span * t * (1 - t) * ((1 - t) * slope[low] - t * slope[high]))


def gait(take, curves, period, speed, lean, bounce):
    """Angles of a performer who stands, goes and stands again.

    period: frames of a cycle; speed: hundredths of the height a frame; bounce: what the body rises
    in each flight.
    """
    angles = take.angles()
    time = np.arange(take.frames, dtype=np.float64)
    period *= take.pace * take.random.between(0.9, 1.1)
    cycle = (time - take.begin) / period + take.random.unit()
    going = (smooth(np.clip((time - take.begin) / 8, 0, 1))
             * smooth(np.clip((take.end - time) / 8, 0, 1)))
    swing = take.size * take.random.between(0.9, 1.1)
    for side, behind in (("l", 0.0), ("r", 0.5)):
        for bone, points in curves.items():
            column = angles[:, INDEX["%s_%s_f" % (side, bone)]]
            column += (closed_curve(points, cycle + behind) * swing - column) * going
        for bone in ("thigh", "shin"):
            angles[:, INDEX["%s_%s_o" % (side, bone)]] *= 1 - 0.7 * going
    angles[:, INDEX["lean"]] += lean * going
    flight = cycle * 2 - 0.82
    flight = flight - np.floor(flight)
    angles[:, INDEX["lift"]] += bounce * going * 4 * flight * (1 - flight)
    walked = 0.0
    for frame in range(take.frames):
        angles[frame, INDEX["ahead"]] = walked
        walked += speed * swing * going[frame] / take.pace
    angles[:, INDEX["ahead"]] -= walked / 2
    return angles


def walk(take):
    return gait(take, WALK, 27, 2.6, 4, 0.0)


def run(take):
    return gait(take, RUN, 17, 5.5, 13, 4.0)
