# SPDX-License-Identifier: MIT
"""From angles to joints. A body is given in heights of a person; x to its left, y up, z ahead.

A limb's bones have two angles each, both in degrees and against the trunk: `f`, swung forward (0
hangs, 90 points ahead, 180 up), and `o`, swung outward (90 points sideways). Elbows and knees have
no angles of their own, which keeps poses easy to write: each bone simply points somewhere.
"""
import numpy as np

from .arithmetic import cosine, length, sine

SIDES = ("l", "r")
BONES = ("upper", "fore", "thigh", "shin")
#: lean: trunk forward; side: trunk to the left; turn: all of the body to the left; nod: head
#: forward; lift: above the ground, in hundredths of the height; ahead: walked, in the same.
TRUNK = ("lean", "side", "turn", "nod", "lift", "ahead")
CHANNELS = TRUNK + tuple("%s_%s_%s" % (side, bone, angle)
                         for side in SIDES for bone in BONES for angle in "fo")
INDEX = {name: at for at, name in enumerate(CHANNELS)}
ANKLE_HEIGHT = 0.04

#: Lengths of a middling adult in heights (after Drillis and Contini 1966), and how much a figure
#: may differ from it.
LENGTHS = {"trunk": (0.30, 0.09), "neck": (0.045, 0.2), "upper": (0.175, 0.10),
           "fore": (0.15, 0.10), "hand": (0.045, 0.15), "thigh": (0.245, 0.08),
           "shin": (0.24, 0.08), "foot": (0.115, 0.12), "shoulder": (0.105, 0.15),
           "hip": (0.055, 0.15), "head": (0.062, 0.14)}


def swung(forward, outward, side):
    """Unit vectors, (x, y, z), of bones with these angles."""
    out = sine(outward)
    rest = cosine(outward)
    return side * out, -rest * cosine(forward), rest * sine(forward)


class Trunk:
    """The trunk's own axes in those of the body: leant forward, then sideways."""

    def __init__(self, lean, side):
        self.sin_lean, self.cos_lean = sine(lean), cosine(lean)
        self.sin_side, self.cos_side = sine(side), cosine(side)

    def __call__(self, x, y, z):
        y, z = (y * self.cos_lean - z * self.sin_lean, z * self.cos_lean + y * self.sin_lean)
        return (x * self.cos_side + y * self.sin_side, y * self.cos_side - x * self.sin_side, z)


def along(start, direction, distance):
    return tuple(a + b * distance for a, b in zip(start, direction))


def limbs(angle, sizes, joints, trunk):
    """Adds the joints of arms and legs; arms move with the trunk, legs with the pelvis."""
    zero = 0.0 * angle("lean")
    for name, side in zip(SIDES, (1.0, -1.0)):
        def bone(which):
            return swung(angle("%s_%s_f" % (name, which)), angle("%s_%s_o" % (name, which)), side)
        offset = trunk(side * sizes["shoulder"] + zero, zero, zero)
        shoulder = along(joints["chest"], offset, 1.0)
        elbow = along(shoulder, trunk(*bone("upper")), sizes["upper"])
        fore = trunk(*bone("fore"))
        wrist = along(elbow, fore, sizes["fore"])
        hip = (side * sizes["hip"] + zero, zero, zero)
        knee = along(hip, bone("thigh"), sizes["thigh"])
        shin = bone("shin")
        ankle = along(knee, shin, sizes["shin"])
        joints.update({name + "_shoulder": shoulder, name + "_elbow": elbow,
                       name + "_wrist": wrist, name + "_hand": along(wrist, fore, sizes["hand"]),
                       name + "_hip": hip, name + "_knee": knee, name + "_ankle": ankle,
                       name + "_shin": shin})


def feet(joints, sizes, ground):
    """Adds the toes: flat on the ground, or square to the shin where the foot is in the air."""
    for name in SIDES:
        ankle, (x, y, z) = joints[name + "_ankle"], joints.pop(name + "_shin")
        free = np.clip((ankle[1] - ground - 0.03) * 10, 0, 1)
        toe_x, toe_y, toe_z = 0.25 * x, free * z, 1 - free * (1 + y)
        size = length(toe_x, toe_y, toe_z)
        joints[name + "_toe"] = along(ankle, (toe_x / size, toe_y / size, toe_z / size),
                                      sizes["foot"])
        joints[name + "_heel"] = along(ankle, (toe_x / size, toe_y / size, toe_z / size), -0.018)


def stand(joints, planted):
    """How far to move the body so that its lower foot is on the ground and, where the feet are
    planted, stays in its place."""
    left, right = joints["l_ankle"], joints["r_ankle"]
    lowest = np.minimum(left[1], right[1])
    if not planted:
        return 0.0 * lowest, -lowest, 0.0 * lowest
    weight_l = np.clip(1 - (left[1] - lowest) * 8, 0, 1) + 1e-6
    weight_r = np.clip(1 - (right[1] - lowest) * 8, 0, 1) + 1e-6
    both = weight_l + weight_r
    x = (left[0] * weight_l + right[0] * weight_r) / both
    z = (left[2] * weight_l + right[2] * weight_r) / both
    # Sideways only in part: a body that stands on one leg leans over it, but not wholly.
    return -0.5 * x, -lowest, -z


def pose_joints(angles, sizes, planted):
    """{name: (x, y, z)} for frames x CHANNELS of angles; each coordinate has a value a frame."""
    def angle(name):
        return angles[:, INDEX[name]]
    zero = 0.0 * angle("lean")
    trunk = Trunk(angle("lean"), angle("side"))
    joints = {"pelvis": (zero, zero, zero)}
    joints["chest"] = along(joints["pelvis"], trunk(zero, zero + 1, zero), sizes["trunk"])
    head = Trunk(angle("lean") * 0.8 + angle("nod"), angle("side") * 0.7)
    up, front = head(zero, zero + 1, zero), head(zero, zero, zero + 1)
    joints["neck"] = along(joints["chest"], up, sizes["neck"])
    joints["head"] = along(joints["neck"], up, sizes["head"] * 0.85)
    for name, high, ahead in (("crown", 0.42, -0.16), ("nape", -0.25, -0.36), ("face", -0.12, 0.3),
                              ("locks", -1.3, -0.6)):
        joints[name] = along(along(joints["head"], up, high * sizes["head"]), front,
                             ahead * sizes["head"])
    limbs(angle, sizes, joints, trunk)
    move_x, move_y, move_z = stand(joints, planted)
    feet(joints, sizes, np.minimum(joints["l_ankle"][1], joints["r_ankle"][1]))
    move_y = move_y + ANKLE_HEIGHT + 0.01 * angle("lift")
    sin_turn, cos_turn = sine(angle("turn")), cosine(angle("turn"))
    placed = {}
    for name, (x, y, z) in joints.items():
        x, y, z = x + move_x, y + move_y, z + move_z + 0.01 * angle("ahead")
        placed[name] = (x * cos_turn + z * sin_turn, y, z * cos_turn - x * sin_turn)
    return placed
