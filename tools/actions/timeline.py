# SPDX-License-Identifier: MIT
"""One performance: key poses in time, and the angles between them."""
import numpy as np

from .arithmetic import sine, smooth
from .skeleton import CHANNELS, INDEX, TRUNK

#: Standing at ease; what a pose does not name stays so.
EASE = {name: 0.0 for name in CHANNELS}
for _side in "lr":
    EASE.update({_side + "_upper_o": 9.0, _side + "_fore_f": 14.0, _side + "_fore_o": 4.0,
                 _side + "_thigh_o": 4.0, _side + "_shin_o": 2.0, _side + "_thigh_f": 3.0,
                 _side + "_shin_f": -3.0})


def arm(side, upper, fore):
    """Channels of an arm from (f, o) of both bones."""
    return dict(zip(("%s_upper_f" % side, "%s_upper_o" % side, "%s_fore_f" % side,
                     "%s_fore_o" % side), upper + fore))


def leg(side, thigh, shin):
    return dict(zip(("%s_thigh_f" % side, "%s_thigh_o" % side, "%s_shin_f" % side,
                     "%s_shin_o" % side), thigh + shin))


def both(limb, *bones):
    return {**limb("l", *bones), **limb("r", *bones)}


class Take:
    """A performer's time: `frames` of them, the action from `begin` to `end`.

    to() adds the next key pose. Every key differs a little from what was asked for, in time and in
    angles, as people do; `pace` stretches all times, `size` scales all movements.
    """

    def __init__(self, random, frames, begin, end, pace, size):
        self.random, self.frames = random, frames
        self.begin, self.end, self.pace, self.size = begin, end, pace, size
        self.side = random.pick("lr")
        self.rest = self.resting()
        self.now = begin
        self.times, self.poses, self.hops = [begin], [self.rest], [0.0]

    @property
    def other(self):
        return "r" if self.side == "l" else "l"

    def resting(self):
        """How this one stands at ease."""
        rest = dict(EASE)
        for side in "lr":
            rest[side + "_upper_o"] += self.random.between(-3, 8)
            rest[side + "_upper_f"] += self.random.between(-8, 8)
            rest[side + "_fore_f"] += self.random.between(-4, 25)
            spread = self.random.between(0, 5)
            rest[side + "_thigh_o"] += spread
            rest[side + "_shin_o"] += spread
        rest["nod"] = self.random.between(-4, 12)
        return rest

    def going(self):
        """Whether there is time for another repetition."""
        return self.now < self.end

    def share(self, part):
        """The time when so much of what can be seen of the action is over."""
        begin, end = max(self.begin, 0), min(self.end, self.frames)
        return begin + part * (end - begin)

    def to(self, duration, *parts, hop=0.0):
        """Moves to the pose of these channels; the way there may leave the ground (hop: how high,
        in hundredths of the body)."""
        random, pose = self.random, dict(self.rest)
        size = self.size * random.between(0.93, 1.05)
        for part in parts:
            for name, angle in part.items():
                pose[name] = self.rest[name] + size * (angle - self.rest[name])
                if name not in TRUNK:
                    pose[name] += random.between(-3, 3)
        self.now += duration * self.pace * random.between(0.88, 1.12)
        self.times.append(self.now)
        self.poses.append(pose)
        self.hops.append(hop * self.size)

    def ease(self, duration):
        self.to(duration)

    def angles(self):
        """frames x CHANNELS, with the small sway of a body that stands."""
        time = np.arange(self.frames, dtype=np.float64)
        found = np.empty((self.frames, len(CHANNELS)))
        keys = np.array([[pose[name] for name in CHANNELS] for pose in self.poses])
        times = np.array(self.times)
        after = np.searchsorted(times, time, side="right")
        last = len(times) - 1
        low, high = np.clip(after - 1, 0, last), np.clip(after, 0, last)
        span = np.maximum(times[high] - times[low], 1e-6)
        part = np.clip((time - times[low]) / span, 0, 1)
        found[:] = keys[low] + (keys[high] - keys[low]) * smooth(part)[:, None]
        found[:, INDEX["lift"]] += np.array(self.hops)[high] * 4 * part * (1 - part)
        return found + self.sway(time)

    def sway(self, time):
        swayed = np.zeros((self.frames, len(CHANNELS)))
        for name, most in (("lean", 1.5), ("side", 1.5), ("nod", 3.0), ("l_upper_o", 2.0),
                           ("r_upper_o", 2.0), ("l_fore_f", 4.0), ("r_fore_f", 4.0)):
            period, phase = self.random.between(30, 70), self.random.between(0, 360)
            swayed[:, INDEX[name]] = most * sine(time * (360 / period) + phase)
        return swayed
