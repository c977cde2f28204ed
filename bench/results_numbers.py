# SPDX-License-Identifier: MIT
"""Numbers of the results: means over records, and fewer frames at a given cost."""
from results_data import DIFFICULTIES

#: Shares of the whole network's GMAC for which settings are chosen on validation.
SHARES = (0.125, 0.25, 0.333, 0.5)
#: What a setting may lose against the whole network, as a fraction.
LOSS = 0.01


class Row:
    """Top-1 in all, on easy and on hard clips (fractions or None), and means of a clip."""

    def __init__(self, top1, by_difficulty, gmac, ms, frames):
        self.top1, self.by_difficulty = top1, by_difficulty
        self.gmac, self.ms, self.frames = gmac, ms, frames


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def is_right(record):
    return record["label"] == record["truth"]


def row_of(records, data):
    return Row(mean(map(is_right, records)),
               [mean(is_right(record) for record in records
                     if data.difficulty[record["path"]] == name) for name in DIFFICULTIES],
               mean(record["gmac"] for record in records), mean(record["ms"] for record in records),
               mean(record["frames_seen"] for record in records))


class Between:
    """A place on the line through fewer frames: between `low` and `low + 1`, `part` of the way;
    None where one frame costs more."""

    def __init__(self, low, part):
        self.low, self.part = low, part

    def value(self, fewer, key):
        high = min(self.low + 1, len(fewer) - 1)
        return fewer[self.low][key] + self.part * (fewer[high][key] - fewer[self.low][key])


def place_at(fewer, key, cost):
    if cost < fewer[0][key]:
        return None
    low = max(index for index, row in enumerate(fewer) if row[key] <= cost)
    if low + 1 == len(fewer):
        return Between(low, 0)
    return Between(low, (cost - fewer[low][key]) / (fewer[low + 1][key] - fewer[low][key]))


def fewer_row(sweeps, key):
    """The whole network over fewer frames at what TLEE costs, in GMAC or ms as the sweep of the
    test split has them; None where TLEE costs less than one frame."""
    fewer = sweeps["test"]["fewer_frames"]
    own = next(row for row in sweeps["test"]["references"] if row["kind"] == "own")
    place = place_at(fewer, key, own[key])
    if place is None:
        return None
    apart = [place.value(sweeps[name]["fewer_frames"], "top1") if name in sweeps else None
             for name in DIFFICULTIES]
    return Row(place.value(fewer, "top1"), apart, place.value(fewer, "gmac"),
               place.value(fewer, "ms"), place.value(fewer, "frames"))


def choices(sweep):
    """(what was asked for, a point of the front or None), by the list that was swept alone."""
    whole = sweep["fewer_frames"][-1]
    front = sorted(sweep["front_gmac"], key=lambda point: point["gmac"])
    good = [point for point in front if point["top1"] >= whole["top1"] - LOSS]
    chosen = [("the cheapest within %g points" % (100 * LOSS), good[0] if good else None)]
    for share in SHARES:
        cheap = [point for point in front if point["gmac"] <= share * whole["gmac"]]
        chosen.append(("at most %.3g of its GMAC" % share, cheap[-1] if cheap else None))
    return chosen


def above_fewer(sweep):
    """Of the front's settings that cost a frame or more, on the list of --check: how many beat
    fewer frames, how many there are, and the least and the mean gain."""
    gains = [point["check"]["gain"] for point in sweep["front_gmac"]
             if point["check"]["gain"] is not None]
    return sum(gain > 0 for gain in gains), len(gains), min(gains, default=None), mean(gains)


def left_at(records, frames, exits, apart=None):
    """How many clips were left at each frame and exit. apart: of what is True for a record."""
    table = [[0] * exits for _ in range(frames)]
    for record in records:
        if apart is None or apart(record):
            table[record["frame"]][record["exit"]] += 1
    return table


def frame_exits(records, exits):
    """The share of all processed frames that ended at each exit."""
    ends = [b for record in records for b in record["frame_exits"]]
    return [ends.count(b) / len(ends) for b in range(exits)]
