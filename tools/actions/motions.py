# SPDX-License-Identifier: MIT
"""The actions: each writes its key poses into a Take.

An action and its "_swap" partner do the same with one limb and with either limb in turn, so one
frame cannot tell them apart, only frames that show different poses can. turn is told by views of
several sides. crouch_down and rise_up, raise_arms and lower_arms are each other in reverse: they
differ in time order alone.
"""
from .gaits import run, walk
from .timeline import Take, arm, both, leg

GUARD = {**both(arm, (12, 14), (138, -14)), **leg("l", (22, 7), (-6, 6)),
         **leg("r", (-8, 7), (-26, 6)), "lean": 6}
CROUCH = {**both(leg, (88, 22), (-32, 0)), "lean": 38}


def wave_arm(take, side, until):
    """Raises one arm and waves until the time is over."""
    lifted = take.random.between(100, 140)
    take.to(8, arm(side, (8, lifted), (8, 170)))
    while take.now < until:
        take.to(4, arm(side, (8, lifted + 4), (8, 208)))
        take.to(4, arm(side, (8, lifted - 4), (8, 142)))


def wave_one(take):
    wave_arm(take, take.side, take.end)


def wave_swap(take):
    wave_arm(take, take.side, take.share(take.random.between(0.36, 0.56)) - 4)
    wave_arm(take, take.other, take.end)


def wave_two(take):
    lifted, first = take.random.between(105, 140), take.random.pick((142, 208))
    second = first if take.random.chance(0.6) else 350 - first
    take.to(8, both(arm, (8, lifted), (8, 170)))
    while take.going():
        take.to(4, arm("l", (8, lifted), (8, first)), arm("r", (8, lifted), (8, second)))
        take.to(4, arm("l", (8, lifted), (8, 350 - first)),
                arm("r", (8, lifted), (8, 350 - second)))


def jumping_jack(take):
    wide = take.random.between(21, 30)
    while take.going():
        take.to(8, both(arm, (0, 150), (0, 172)), both(leg, (2, wide), (-4, wide)), hop=5)
        take.to(8, both(arm, (0, 12), (6, 8)), both(leg, (3, 3), (-4, 3)), hop=5)


def bend(take):
    while take.going():
        low = take.random.between(82, 108)
        take.to(11, {"lean": low, "nod": 15}, both(arm, (low - 8, 6), (low, 2)),
                both(leg, (-6, 5), (-9, 4)))
        take.to(3, {"lean": low + 2, "nod": 15}, both(arm, (low - 8, 6), (low, 2)),
                both(leg, (-6, 5), (-9, 4)))
        take.ease(11)
        take.ease(take.random.between(1, 5))


def squat(take):
    ahead = take.random.chance(0.6)
    arms = both(arm, (122, 6), (126, 0)) if ahead else both(arm, (70, 22), (165, -30))
    while take.going():
        take.to(11, CROUCH, arms)
        take.to(3, CROUCH, arms)
        take.ease(10)
        take.ease(take.random.between(1, 5))


def jump(take):
    while take.going():
        take.to(8, both(leg, (62, 10), (-38, 4)), both(arm, (-35, 14), (-15, 6)), {"lean": 36})
        take.to(3, both(leg, (0, 5), (-8, 4)), both(arm, (120, 12), (140, 8)), {"lean": 3})
        take.to(10, both(leg, (22, 7), (-28, 5)), both(arm, (158, 16), (170, 10)), {"lean": 2},
                hop=take.random.between(19, 27))
        take.to(4, both(leg, (48, 9), (-30, 4)), both(arm, (35, 18), (60, 8)), {"lean": 24})
        take.ease(7)


def strike(take, side):
    far, out = take.random.between(80, 98), take.random.between(4, 26)
    hit = {**GUARD, **arm(side, (far, out), (far, out - 6)), "lean": 12,
           "turn": -12 if side == "l" else 12}
    take.to(3, hit)
    take.to(3, hit)
    take.to(3, GUARD)
    take.to(take.random.between(0.5, 2.5), GUARD)


def punch(take):
    take.to(5, GUARD)
    while take.going():
        strike(take, take.side)


def punch_swap(take):
    take.to(5, GUARD)
    sides = [take.side, take.other]
    while take.going():
        strike(take, sides[0])
        sides.reverse()


def swing_leg(take, side):
    rest = "r" if side == "l" else "l"
    arms = {**arm(side, (-18, 28), (25, 14)), **arm(rest, (38, 24), (85, 4))}
    chamber = {**leg(side, (72, 5), (-22, 2)), **leg(rest, (6, 3), (-8, 2)), "lean": -4}
    high, out = take.random.between(74, 98), take.random.between(4, 24)
    out_there = leg(side, (high, out), (high - 6, out))
    take.to(4, chamber, arms)
    take.to(3, chamber, arms, out_there, {"lean": -14})
    take.to(2, chamber, arms, out_there, {"lean": -14})
    take.to(3, chamber, arms)
    take.ease(4)


def kick(take):
    while take.going():
        swing_leg(take, take.side)
        take.ease(take.random.between(1, 3))


def kick_swap(take):
    sides = [take.side, take.other]
    while take.going():
        swing_leg(take, sides[0])
        sides.reverse()


def turn(take):
    way, step, turned = take.random.sign(), take.random.between(5.5, 7.5), 0
    sides = [take.side, take.other]
    while take.going():
        turned += 60 * way
        take.to(step, {"turn": turned / take.size}, leg(sides[0], (22, 8), (-20, 4)))
        # Who turns does not turn back to rest.
        take.rest["turn"] = turned
        sides.reverse()


def once(take, *parts):
    """A single movement that is seen from its beginning to its end."""
    take.now = max(take.begin, 2)
    take.to(1)
    length = min(take.end, take.frames - 3) - take.now
    take.to(max(length, 10) * take.random.between(0.75, 0.95) / take.pace, *parts)
    while take.now < take.frames:
        take.to(4, *parts)


def crouch_down(take):
    once(take, CROUCH, both(arm, (100, 10), (128, 0)))


def raise_arms(take):
    once(take, both(arm, (165, 14), (172, 8)))


#: name: (how, planted, reversed). The first ones are the default classes.
ACTIONS = {
    "wave_one": (wave_one, True, False), "wave_swap": (wave_swap, True, False),
    "wave_two": (wave_two, True, False), "jumping_jack": (jumping_jack, True, False),
    "bend": (bend, True, False), "squat": (squat, True, False), "jump": (jump, True, False),
    "walk": (walk, False, False), "run": (run, False, False), "punch": (punch, True, False),
    "kick": (kick, True, False), "kick_swap": (kick_swap, True, False),
    "turn": (turn, False, False),
    "punch_swap": (punch_swap, True, False),
    "crouch_down": (crouch_down, True, False), "rise_up": (crouch_down, True, True),
    "raise_arms": (raise_arms, True, False), "lower_arms": (raise_arms, True, True),
}
#: Frames, at the usual pace, that an action needs to be told from others; 20 for the rest.
LEAST = {"wave_one": 26, "wave_swap": 26, "punch": 38, "punch_swap": 38, "kick": 34,
         "kick_swap": 34, "turn": 34}
#: The others have to be asked for. Which fist strikes is hidden in most views, so that `punch_swap`
#: is hard to tell from `punch`. The last four are told by time order alone: the features of frames
#: are merged alike whatever their order (maximum or mean), but for reuse functions that weigh it.
DEFAULT_ACTIONS = tuple(ACTIONS)[:13]


def perform(action, random, frames, hard):
    """Angles (frames x CHANNELS), and whether the feet are planted.

    Easy: the action fills the clip. Hard: it fills 80 % of it or more, the rest is standing.
    """
    how, planted, backwards = ACTIONS[action]
    pace = random.between(0.85, 1.15 if hard else 1.1)
    if hard:
        idle = min(frames * random.between(0.0, 0.2), frames - LEAST.get(action, 20) * pace)
        begin = idle * random.unit()
        end = begin + frames - idle
    else:
        begin, end = random.between(-14, 2), frames + 14
    take = Take(random, frames, begin, end, pace,
                random.between(0.8 if hard else 0.92, 1.08))
    found = how(take)
    if found is None:
        if take.now < frames:
            take.ease(8)
        found = take.angles()
    return (found[::-1] if backwards else found), planted
