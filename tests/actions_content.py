# SPDX-License-Identifier: MIT
"""What the clips of tools/actions show, without writing a data set; needs numpy."""
import hashlib

from actions import skeleton, splits, stage, wardrobe
from actions.arithmetic import cosine, sine
from actions.clip import Clip
from actions.motions import ACTIONS, DEFAULT_ACTIONS, perform
from actions.random_source import Source
from actions.splits import SPLITS
from cli_tool import check

#: SHA-256 of all frames of a clip: (split, action, number). Every machine gives these.
DIGESTS = {
    ("train", "jumping_jack", 0):
        "a9f2ff8f6dfa2609e0c4abb539868a12f08fa63c1431e5b43eeab38c0ecb3885",
    ("validation", "walk", 1):
        "4750618071335ac9a934c2529a1429ad3aa6f381fbf6c0d7e3c706ce4625ae1e",
    ("test", "turn", 3):
        "6da405c9bda8c82f15b7e08fe8a848e2f73bd41a401ce785562749e742968224",
}
#: What a limb does that is used, in degrees: (channel, at least when used, at most when not).
USED = {"wave": ("_upper_o", 60, 45), "punch": ("_upper_f", 50, 45), "kick": ("_thigh_f", 45, 30)}


def sampled(count, frames=10):
    """Indices of the frames that are taken from so many (src/tlee/SPEC.md, section 2)."""
    places = [1 + k * (count / (frames - 1)) for k in range(frames - 1)] + [count + 1]
    return [max(int(min(max(place, 0), count - 1)), 1) - 1 for place in places]


def digest(clip):
    total = hashlib.sha256()
    for picture in clip.frames():
        total.update(picture.tobytes())
    return total.hexdigest()


def test_same_everywhere():
    for key, wanted in DIGESTS.items():
        found = digest(Clip(1, *key))
        check(found == wanted, key, "has the digest", found)
    clip = Clip(5, "test", "run", 0)
    pictures = list(clip.frames())
    check(len(pictures) == clip.count and pictures[0].shape == (112, 112, 3))
    points = clip.keypoints()
    check(points.shape == (clip.count, 15, 2) and 0 < points.min() and points.max() < 112)
    some = [30, 7, 7, 0]
    check(all((a == pictures[k]).all() for a, k in zip(clip.frames(some), some)),
          "a frame depends on which others are asked for")
    other = next(Clip(6, "test", "run", 0).frames([0]))
    check((other != pictures[0]).any(), "another seed gives the same picture")


def test_sine():
    for degrees, wanted in ((0, 0), (30, 0.5), (90, 1), (150, 0.5), (180, 0), (270, -1),
                            (-30, -0.5), (750, 0.5), (-450, -1)):
        check(abs(float(sine(degrees)) - wanted) < 1e-11, "sine of", degrees, sine(degrees))
        check(abs(float(cosine(degrees - 90)) - wanted) < 1e-11, "cosine", degrees)


def test_disjoint():
    """Of several hundred clips of each split, no two splits share anything that makes them."""
    ranges = {**wardrobe.RANGES, **stage.RANGES}
    seeds, kinds = {}, {}
    for split in SPLITS:
        for index in range(20 * len(DEFAULT_ACTIONS)):
            clip = Clip(3, split, DEFAULT_ACTIONS[index % len(DEFAULT_ACTIONS)],
                        index // len(DEFAULT_ACTIONS))
            told = clip.describe()
            check(clip.seed >> 62 == SPLITS.index(split))
            seeds.setdefault(clip.seed, []).append(split)
            wrong = {name: value for name, value in told["numbers"].items()
                     if splits.owner(value, *ranges[name]) != split}
            check(set(told["numbers"]) == set(ranges) and not wrong, split, told["clip"], wrong)
            for kind in [told["wall"]] + told["objects"]:
                kinds.setdefault(kind, set()).add(split)
            kinds.setdefault("floor " + told["floor"], set()).add(split)
    check(all(len(found) == 1 for found in seeds.values()), "a seed occurs twice")
    check(all(len(found) == 1 for found in kinds.values()), kinds)
    wanted = [splits.WALLS, splits.FLOORS, splits.OBJECTS]
    check(len(kinds) == sum(len(names) for deal in wanted for names in deal.values()),
          "kinds that never occur:", sorted(kinds))
    teeth = sorted(splits.TEETH.values())
    check(all(a[1] < b[0] for a, b in zip(teeth, teeth[1:])), "teeth touch", teeth)


def used_sides(action, seed, hard):
    """Sides whose limb is used in the frames that the engine takes, and whether that is plain."""
    channel, least, most = USED[action.split("_")[0]]
    random = Source(seed)
    count = random.whole(40, 60)
    angles, _ = perform(action, random.child("motion"), count, hard)
    taken = angles[sampled(count)]
    reached = [float(taken[:, skeleton.INDEX[side + channel]].max()) for side in "lr"]
    return (sum(value >= least for value in reached),
            all(value >= least or value <= most for value in reached))


def test_pairs():
    """An action with one limb and its partner with either: each clip shows what its label says in
    the frames that are looked at."""
    for alone, swap in (("wave_one", "wave_swap"), ("punch", "punch_swap"),
                        ("kick", "kick_swap")):
        for action, wanted in ((alone, 1), (swap, 2)):
            for hard in (False, True):
                found = [used_sides(action, seed, hard) for seed in range(150)]
                good = sum(sides == wanted and plain for sides, plain in found)
                check(good >= 147, action, "hard" if hard else "easy", good, "of 150 show it")


def test_reversed():
    """Two pairs of actions differ in time order and in nothing else."""
    for forward, backward in (("crouch_down", "rise_up"), ("raise_arms", "lower_arms")):
        for seed in range(8):
            a, _ = perform(forward, Source(seed), 50, seed % 2)
            b, _ = perform(backward, Source(seed), 50, seed % 2)
            check((a == b[::-1]).all() and abs(a[-1] - a[0]).max() > 60, forward, backward, seed)


def test_bodies():
    """Nobody sinks into the ground, comes apart, or leaves the picture."""
    for action in ACTIONS:
        for number in range(6):
            clip = Clip(9, SPLITS[number % 3], action, number)
            angles, planted = perform(action, clip.source.child("motion"), clip.count, clip.hard)
            sizes = clip.figure.sizes
            joints = skeleton.pose_joints(angles.copy(), sizes, planted)
            lowest = min(float(y.min()) for _, y, _ in joints.values())
            check(lowest > -0.12, action, number, "is below the ground by", lowest)
            thigh = [a - b for a, b in zip(joints["l_knee"], joints["l_hip"])]
            long = sum(part * part for part in thigh) - sizes["thigh"] ** 2
            check(float(abs(long).max()) < 1e-9, action, number, "has thighs that change")
            camera = clip.camera()
            seen = camera.project(joints)
            pan_x, pan_y = camera.follow(seen)
            x, y = seen["pelvis"][0] + pan_x, seen["pelvis"][1] + pan_y
            check(10 < float(x.min()) and float(x.max()) < 102 and 20 < float(y.min())
                  and float(y.max()) < 100, action, number, "leaves the picture")


def test_difficulty():
    hard = sum(Clip(2, "train", action, number).hard for action in DEFAULT_ACTIONS
               for number in range(30))
    check(160 < hard < 260, "hard clips of 420:", hard)


TESTS = ((test_same_everywhere,), (test_sine,), (test_disjoint,), (test_pairs,), (test_reversed,),
         (test_bodies,), (test_difficulty,))
