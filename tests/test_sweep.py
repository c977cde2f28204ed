#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tlee sweep: its tables against tlee eval, and settings for a budget; what can be the matter with
files of features is in sweep_files.py, and fewer frames in sweep_fewer.py."""
import csv
import math
import os
import random
import re
import sys
import tempfile

import cli_tool
import sweep_fewer
import sweep_files
from cli_tool import check, good, refused, tlee
from sweep_files import MODEL

COLUMNS = ["first", "exit", "gate", "top1", "gmac", "gmac_paper", "ms", "frames", "on_front_gmac",
           "on_front_ms", "gain_gmac", "gain_ms", "kind"]


def close(a, b):
    return a == b or (a is not None and b is not None and abs(a - b) <= 1e-8 * max(abs(a), abs(b)))


def write_list(path, folder, videos):
    """Videos number `videos`, each with a label that is now right and now wrong."""
    with open(path, "w", encoding="utf-8") as file:
        for k in videos:
            file.write("%s 14 %d\n" % (os.path.join(folder, "v%d" % k), k % 5))
    return path


def read_points(path):
    """The settings; what they are compared with is in sweep_fewer.py."""
    with open(path, newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["kind"] != "fewer frames"]


def options_of(row):
    return ("--first-threshold", row["first"], "--exit-threshold", row["exit"], "--gate-threshold",
            row["gate"])


def compare_with_eval(row, model, videos, *options):
    """One row of the points against an executed run with the same settings."""
    run = good("eval", "--json", *options, *options_of(row), model, videos).json()
    paper = float(row["gmac_paper"]) if row["gmac_paper"] else None
    check(close(run["top1"], float(row["top1"])) and close(run["gmac_mean"], float(row["gmac"]))
          and close(run["frames_mean"], float(row["frames"]))
          and close(run["gmac_paper_mean"], paper), row, "is executed as", run)


def on_front(rows, cost):
    """The rows that none beats, by definition."""
    best = set()
    for i, row in enumerate(rows):
        mine = float(row[cost]), -float(row["top1"])
        if not any((float(other[cost]), -float(other["top1"])) < mine
                   and float(other["top1"]) >= float(row["top1"]) for other in rows):
            best.add((mine, i))
    first = {}
    for mine, i in sorted(best):
        first.setdefault(mine, i)
    return set(first.values())


def test_points(temp, videos):
    points = os.path.join(temp, "points.csv")
    features = os.path.join(temp, "features")
    rng = random.Random(1)
    for model, options in ((MODEL, ()), (MODEL + ",gate=eg,reuse=ap,branches=3", ()),
                           (MODEL, ("--mode", "t")), (MODEL, ("--gate", "none")),
                           (MODEL, ("--gate", "random", "--seed", "7")),
                           (MODEL + ",reuse=ema,branches=1", ("--temperature", "2,1")),
                           (MODEL.replace("resnet18", "mobilenetv2"), ()),
                           (MODEL, ("--first-threshold", "1", "--exit-threshold", "0.8,0.7,1"))):
        sweep = good("sweep", "--json", "--features", features, "--grid", "400", "--points", points,
                     *options, model, videos).json()
        rows = read_points(points)
        check(rows and list(rows[0]) == COLUMNS, rows[:1])
        check(len(rows) == sweep["settings"] >= (400 if not options else 8), options, len(rows))
        check(sweep["videos"] == 7 and not sweep["failed"], sweep["videos"])
        for row in rng.sample(rows, 2) + rng.sample([r for r in rows if r["on_front_gmac"] == "1"],
                                                    1):
            compare_with_eval(row, model, videos, *options)
        for cost in ("gmac", "ms"):
            found = {i for i, row in enumerate(rows) if row["on_front_" + cost] == "1"}
            costs = [(float(rows[i][cost]), float(rows[i]["top1"])) for i in found]
            want = [(float(rows[i][cost]), float(rows[i]["top1"])) for i in on_front(rows, cost)]
            check(sorted(costs) == sorted(want), cost, "front", sorted(costs), sorted(want))
            listed = [(p[cost], p["top1"]) for p in sweep["front_" + cost]]
            check(len(listed) == len(found) and listed == sorted(listed), listed)
        again = good("sweep", "--json", "--features", features, "--grid", "400", *options, model,
                     videos).json()
        for timed in (sweep, again):
            timed.pop("replay_seconds")
        check(again == sweep, "another time", options)
        os.remove(features)
    check(any(row["gmac_paper"] for row in rows) is False, "resnet18 has published figures?")


def test_references(videos):
    """The rows beside the front are what they say."""
    sweep = good("sweep", "--json", "--grid", "8", MODEL, videos).json()
    rows = {(row["kind"], row.get("exit_of_frames")): row for row in sweep["references"]}
    check(set(rows) == {("own", None), ("full", None)}
          | {(kind, b) for kind in ("frame 1", "all frames") for b in range(3)}, set(rows))
    for key, options in ((("own", None), ()), (("full", None), ("--mode", "full")),
                         (("frame 1", 0), ("--first-threshold", "0")),
                         (("frame 1", 1), ("--first-threshold", "1,0,1", "--exit-threshold", "1")),
                         (("all frames", 1), ("--first-threshold", "1", "--gate", "none",
                                              "--exit-threshold", "1,0,1"))):
        run = good("eval", "--json", *options, MODEL, videos).json()
        check(close(run["gmac_mean"], rows[key]["gmac"]) and close(run["top1"], rows[key]["top1"]),
              key, rows[key], run)


def likely_most(point):
    return point["gmac"] + 1.645 * math.sqrt(2) * point["gmac_error"]


def spread(*line):
    """A sweep for a budget in GMAC, which warns when another list may well take more."""
    result = tlee(*line)
    sweep = result.json()
    budget = float(line[line.index("--budget") + 1][:-4])
    warned = likely_most(sweep["chosen"]) > 1.05 * budget
    check(result.status == 0 and ("videos differ" in result.err) == warned
          and len(result.err.splitlines()) == warned, result, sweep["chosen"])
    return sweep


def test_budget(temp, videos, others):
    features = os.path.join(temp, "features")
    model = os.path.join(temp, "model.tlee")
    written = os.path.join(temp, "written.tlee")
    good("prepare", MODEL, "-o", model)
    common = ("sweep", "--json", "--features", features, "--grid", "300")
    front = good(*common, model, videos).json()["front_gmac"]
    for point in front:
        chosen = spread(*common, "--budget", "%.9ggmac" % (point["gmac"] * 1.000001), model,
                        videos)["chosen"]
        check(chosen["gmac"] == point["gmac"] and chosen["top1"] == point["top1"], point, chosen)
    for extra in ((), ("--per-exit",), ("--temperature-fit",), ("--per-exit", "--temperature-fit")):
        budget = (front[0]["gmac"] + front[-1]["gmac"]) / 2
        sweep = spread(*common, *extra, "--check", others, "--budget", "%.9ggmac" % budget,
                       "--write", written, model, videos)
        chosen = sweep["chosen"]
        check(chosen["gmac"] <= budget, chosen, budget)
        info = good("info", "--json", written).json()["thresholds"]
        check(info == {"first": chosen["first"], "exit": chosen["exit"], "gate": chosen["gate"],
                       "temperature": sweep["temperature"]}, info, chosen, sweep["temperature"])
        check(good("verify", written).out.startswith("ok: "), written)
        for listed, want in ((videos, chosen), (others, chosen["check"])):
            run = good("eval", "--json", written, listed).json()
            check(close(run["top1"], want["top1"]) and close(run["gmac_mean"], want["gmac"]),
                  extra, listed, run, want)
        if "--per-exit" in extra:
            fitted = [row for row in sweep["front_gmac_per_exit"]]
            check(all(any(row["top1"] >= old["top1"] and row["gmac"] <= old["gmac"] + 1e-12
                          for row in fitted) for old in sweep["front_gmac"]),
                  "thresholds of each exit are worse than common ones")
    sure = good(*common, "--sure", "--budget", "%.9ggmac" % front[-1]["gmac"], model,
                videos).json()["chosen"]
    check(likely_most(sure) <= 1.05 * front[-1]["gmac"] + 1e-9, sure)
    good(*common, "--budget", "100000ms", model, videos)
    error = refused(1, "tlee: %s: no settings keep within 0.001 GMAC" % videos, *common, "--budget",
                    "0.001gmac", model, videos).err
    least = float(re.search(r"the cheapest take ([0-9.]+)$", error).group(1))
    check(abs(least - front[0]["gmac"]) < 0.005 * least, error, front[0])
    refused(1, "tlee: %s: there are no published figures" % model, *common, "--budget",
            "1gmac_paper", model, videos)
    error = refused(1, "tlee: %s: " % written, "sweep", "--budget", "1gmac", "--write", written,
                    MODEL, videos).err
    check("prepare" in error, error)
    for bad in ("", "1", "gmac", "1 gmac", "-1gmac", "1gb", "1e3ms"):
        refused(2, "tlee: option '--budget': ", "sweep", "--budget", bad, model, videos)
    refused(2, "tlee: option '--write' needs", "sweep", "--write", written, model, videos)
    refused(2, "tlee: option '--sure' needs", "sweep", "--sure", model, videos)
    refused(2, "tlee: option '--check-features' needs", "sweep", "--check-features", "x", model,
            videos)
    refused(2, "tlee: either '--temperature'", "sweep", "--temperature", "2", "--temperature-fit",
            model, videos)


def test_failures(temp, folder):
    """Videos that cannot be read are named and left out."""
    path = os.path.join(temp, "holes.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write("%s/v0 14 0\n%s/missing 14 1\n%s/v1 14 1\n" % (folder, folder, folder))
    features = os.path.join(temp, "holes")
    sweep = good("sweep", "--json", "--features", features, "--grid", "8", MODEL, path,
                 warnings=1).json()
    check(sweep["videos"] == 3 and [f["path"] for f in sweep["failed"]] == [folder + "/missing"],
          sweep["failed"])
    others = write_list(os.path.join(temp, "whole.txt"), folder, (0, 1))
    for listed, check_list, failed in ((path, others, (1, 0)), (others, path, (0, 1))):
        sweep = good("sweep", "--json", "--grid", "8", "--check", check_list, MODEL, listed,
                     warnings=1).json()
        check((len(sweep["failed"]), len(sweep["check_failed"])) == failed, failed, sweep["failed"])
    with open(path, "w", encoding="utf-8") as file:
        file.write("%s/missing 14 1\n" % folder)
    result = tlee("sweep", MODEL, path)
    check(result.status == 1 and result.err.endswith("every video failed\n"), result)
    refused(1, "tlee: %s: " % os.path.join(temp, "nothing"), "sweep", MODEL,
            os.path.join(temp, "nothing"))
    refused(1, "tlee: %s: " % temp, "sweep", "--points", temp, MODEL, path)
    text = tlee("sweep", "--grid", "8", MODEL, write_list(path, folder, (0, 1)))
    check(text.status == 0 and "front by GMAC" in text.out and "whole network" in text.out, text)


def test_without_exits(temp, videos):
    """A network that decides nothing has one setting."""
    points = os.path.join(temp, "single.csv")
    for line in ((MODEL + ",branches=0",), ("--mode", "full", MODEL)):
        sweep = good("sweep", "--json", "--points", points, "--per-exit", *line, videos).json()
        run = good("eval", "--json", *line, videos).json()
        point, = sweep["front_gmac"]
        check(sweep["settings"] == 1 and close(point["gmac"], run["gmac_mean"])
              and close(point["top1"], run["top1"]) and len(read_points(points)) in (1, 2), sweep)
        text = good("sweep", *line, videos).out
        check("nan" not in text and "front by ms" in text, text)


def test_axes(temp, videos):
    """Thresholds have few digits and lie between what occurs."""
    points = os.path.join(temp, "axes.csv")
    good("sweep", "--points", points, MODEL, videos)
    rows = read_points(points)
    check(len(rows) >= 4096, len(rows))
    for axis in ("first", "exit", "gate"):
        values = sorted({float(row[axis]) for row in rows})
        check(values[0] == 0 and values[-1] == 1 and len(values) >= 12, axis, values)
        digits = [len(row[axis].partition(".")[2]) for row in rows]
        check(max(digits) <= 9 and not any("e" in row[axis] for row in rows) or
              all(float(row[axis]) < 1e-4 for row in rows if "e" in row[axis]), axis, max(digits))
    check(all(math.isfinite(float(row["ms"])) and float(row["ms"]) > 0 for row in rows), "times")


def main():
    with tempfile.TemporaryDirectory() as temp:
        folder = os.path.join(temp, "videos")
        os.mkdir(folder)
        for k in range(12):
            cli_tool.write_video(os.path.join(folder, "v%d" % k), 14, seed=k)
        videos = write_list(os.path.join(temp, "list.txt"), folder, range(7))
        others = write_list(os.path.join(temp, "others.txt"), folder, range(7, 12))
        return cli_tool.run((
            (test_points, temp, videos), (test_references, videos),
            (test_budget, temp, videos, others), (test_failures, temp, folder),
            (test_without_exits, temp, videos), (sweep_fewer.test_fewer_frames, videos),
            (sweep_fewer.test_rows_of_fewer, temp, videos, others),
            (sweep_files.test_interrupted, temp, videos),
            (sweep_files.test_stopped, temp, videos),
            (sweep_files.test_other_files, temp, videos, others),
            (sweep_files.test_damage, temp, videos), (test_axes, temp, videos)))


if __name__ == "__main__":
    sys.exit(main())
