# SPDX-License-Identifier: MIT
"""The whole network over fewer frames: against what it said, frame by frame, when it ran."""
import csv
import math
import os

from cli_tool import check, good
from sweep_files import MODEL

#: Its answers change from frame to frame.
CHANGING = "random:mobilenetv2,input=64,dataset=hmdb51,classes=5,frames=8,reuse=ap,seed=4"
STREAM = ("--order", "sequential", "--every", "2")


def close(a, b):
    return a == b or (a is not None and b is not None and abs(a - b) <= 1e-9 * max(abs(a), abs(b)))


def read_list(path):
    with open(path, encoding="utf-8") as file:
        return [(words[0], int(words[2])) for words in map(str.split, file)]


def after_each_frame(listed, options, model):
    """Answers by video and frame, from traces of the whole network."""
    answers = []
    for path, _ in listed:
        run = good("run", "--json", "--trace", "--mode", "full", *options, model, path,
                   warnings=1 if options else 0).json()
        answers.append([step["top1"] for step in run["steps"]])
    return answers


def gain(row, fewer, cost):
    """Top-1 less that of the straight line through `fewer`, which rises in cost."""
    if row[cost] < fewer[0][cost]:
        return None
    low = [one for one in fewer if one[cost] <= row[cost]][-1]
    high = ([one for one in fewer if one[cost] > row[cost]] or [low])[0]
    part = (row[cost] - low[cost]) / (high[cost] - low[cost]) if high is not low else 0
    return row["top1"] - low["top1"] - part * (high["top1"] - low["top1"])


def near(a, b):
    return (a is None) == (b is None) and (a is None or abs(a - b) < 1e-7)


def compare_with_runs(videos, model, options, frames, shortest):
    sweep = good("sweep", "--json", "--grid", "60", *options, model, videos,
                 warnings=7 if options else 0).json()
    fewer, listed = sweep["fewer_frames"], read_list(videos)
    check([row["stopped_after"] for row in fewer] == list(range(1, frames + 1))
          and {row["kind"] for row in fewer} == {"fewer frames"}, fewer)
    whole = good("eval", "--json", "--mode", "full", *options, model, videos,
                 warnings=7 if options else 0).json()
    check(fewer[-1]["top1"] == whole["top1"] and close(fewer[-1]["gmac"], whole["gmac_mean"])
          and close(fewer[-1]["gmac_paper"], whole["gmac_paper_mean"])
          and close(fewer[-1]["frames"], whole["frames_mean"]), fewer[-1], whole)
    answers = after_each_frame(listed, options, model)
    check(min(map(len, answers)) == shortest, [len(row) for row in answers])
    for row in fewer:
        t = row["stopped_after"]
        right = sum(said[min(t, len(said)) - 1] == label
                    for said, (_, label) in zip(answers, listed))
        seen = sum(min(t, len(said)) for said in answers)
        check(close(row["top1"], right / len(listed)) and close(row["frames"], seen / len(listed))
              and close(row["gmac"], fewer[0]["gmac"] * seen / len(listed)), t, row, right, seen)
        check(row["gain"] is None and row["ms"] > 0, row)
    check(all(a["ms"] < b["ms"] for a, b in zip(fewer, fewer[1:shortest])), "times rise")
    for key, cost in (("front_gmac", "gmac"), ("front_ms", "ms"), ("references", "gmac")):
        for row in sweep[key]:
            check(near(row["gain"], gain(row, fewer, cost)), key, row, gain(row, fewer, cost))
    return sweep


def test_fewer_frames(videos):
    compare_with_runs(videos, MODEL, (), 8, 8)
    sweep = compare_with_runs(videos, CHANGING, (), 8, 8)
    check(len({row["top1"] for row in sweep["fewer_frames"]}) > 3, "answers that change")
    compare_with_runs(videos, MODEL + ",branches=0", (), 8, 8)
    # Every second of 14 frames is 7 frames, where the model would take 8.
    sweep = compare_with_runs(videos, MODEL, STREAM, 8, 7)
    check(sweep["fewer_frames"][6]["gmac"] == sweep["fewer_frames"][7]["gmac"], "the stream's end")


def test_rows_of_fewer(temp, videos, others):
    """The same in the table, among the points, and on the list of --check."""
    points = os.path.join(temp, "fewer.csv")
    line = ("--grid", "60", "--check", others, MODEL, videos)
    sweep = good("sweep", "--json", "--points", points, *line).json()
    alone = good("sweep", "--json", "--grid", "8", MODEL, others).json()
    for row, other in zip(sweep["fewer_frames"], alone["fewer_frames"]):
        check(all(row["check"][key] == other[key] for key in ("top1", "gmac", "frames")), row,
              other)
    for row in sweep["front_gmac"]:
        checked = [dict(one["check"]) for one in sweep["fewer_frames"]]
        check(near(row["check"]["gain"], gain(row["check"], checked, "gmac")), row)
    with open(points, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    fewer = [row for row in rows if row["kind"] == "fewer frames"]
    check(len(fewer) == 8 and len(rows) == sweep["settings"] + 8, len(fewer), len(rows))
    for row, want in zip(fewer, sweep["fewer_frames"]):
        check((row["first"], row["exit"], row["gate"], row["gain_gmac"], row["gain_ms"],
               row["on_front_gmac"], row["on_front_ms"]) == ("",) * 5 + ("0", "0"), row)
        check(math.isclose(float(row["gmac"]), want["gmac"], rel_tol=1e-8)
              and math.isclose(float(row["check_top1"]), want["check"]["top1"], rel_tol=1e-8), row)
    front = [row for row in rows if row["on_front_gmac"] == "1"]
    for row, want in zip(sorted(front, key=lambda row: float(row["gmac"])), sweep["front_gmac"]):
        check(near(float(row["gain_gmac"]) if row["gain_gmac"] else None, want["gain"]), row, want)
    text = good("sweep", *line).out
    table = text[text.index("whole network after"):text.index("front by GMAC")].splitlines()
    check([row.split()[:2] for row in table[1:9]] == [["frame", str(t)] for t in range(1, 9)], text)
    check(table[9].startswith("(gain: ") and "gain" in table[0], table)
