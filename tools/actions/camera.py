# SPDX-License-Identifier: MIT
"""Where the camera stands, how it moves, and where joints fall in its picture."""
import numpy as np

from .arithmetic import cosine, sine

SIDE = 112
#: Views in degrees from the front that show an action well, to either side.
VIEWS = {"bend": (30, 80), "squat": (25, 75), "jump": (20, 75), "walk": (35, 85), "run": (35, 85),
         "punch": (20, 62), "punch_swap": (20, 62), "kick": (12, 58), "kick_swap": (12, 58),
         "turn": (0, 180), "crouch_down": (20, 75), "rise_up": (20, 75)}
FRONT = (0, 40)
#: What a figure may stray from the middle of the picture, in pixels, before the camera follows.
STRAY = 20.0


class Camera:
    """Looks at a figure whose height covers `height` pixels of the picture."""

    def __init__(self, random, action, hard):
        low, high = VIEWS.get(action, FRONT)
        view = random.between(low, high)
        if hard:
            view += random.between(-25, 25)
            if random.chance(0.08):
                view = 180 - view
        self.yaw = view * random.sign()
        self.pitch = random.between(-4, 22) if hard else random.between(-2, 12)
        self.distance = random.between(2.6, 6.0)
        self.height = random.between(44, 66) if hard else random.between(64, 80)
        self.x = SIDE / 2 + (random.between(-13, 13) if hard else random.between(-6, 6))
        self.y = SIDE * 0.53 + (random.between(-5, 5) if hard else random.between(-2, 3))
        self.shake = random.between(0, 1.6) if hard and random.chance(0.6) else 0.0
        self.random = random.child("shake")

    def project(self, joints):
        """{name: (x, y, scale, depth)} in pixels; depth grows away from the camera."""
        sin_yaw, cos_yaw = sine(self.yaw), cosine(self.yaw)
        sin_pitch, cos_pitch = sine(self.pitch), cosine(self.pitch)
        focal, seen = self.height * self.distance, {}
        for name, (x, y, z) in joints.items():
            right, near = x * cos_yaw + z * sin_yaw, z * cos_yaw - x * sin_yaw
            up = y - 0.5
            up, near = up * cos_pitch - near * sin_pitch, near * cos_pitch + up * sin_pitch
            depth = np.maximum(self.distance - near, 0.6)
            scale = focal / depth
            seen[name] = (self.x + right * scale, self.y - up * scale, scale, depth)
        return seen

    def follow(self, seen):
        """How far the picture moves in each frame, (x, y): a figure that walks away is followed,
        and a hand that holds a camera shakes."""
        x, y = seen["pelvis"][0] - SIDE / 2, seen["pelvis"][1] - SIDE / 2
        reach = max(float(np.abs(x).max()), 1e-6)
        kept = min(1.0, STRAY / reach)
        rise = max(float(y.max() - y.min()) - 34.0, 0.0) / max(float(y.max() - y.min()), 1e-6)
        pan_x, pan_y = -x * (1 - kept), -(y - y[len(y) // 2]) * rise
        time = np.arange(len(x), dtype=np.float64)
        for _ in range(3 if self.shake else 0):
            period = self.random.between(9, 40)
            pan_x = pan_x + self.shake * sine(time * 360 / period + self.random.between(0, 360))
            pan_y = pan_y + self.shake * 0.6 * sine(time * 360 / period
                                                    + self.random.between(0, 360))
        return pan_x, pan_y

    def horizon(self):
        """The row in which a wall behind the figure meets the floor."""
        behind = 0.9
        up = -0.5 * cosine(self.pitch) + behind * sine(self.pitch)
        depth = self.distance + behind * cosine(self.pitch) + 0.5 * sine(self.pitch)
        return float(self.y - up * self.height * self.distance / depth)
