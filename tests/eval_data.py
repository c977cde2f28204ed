# SPDX-License-Identifier: MIT
"""What the tests of tlee eval share: a small data set, and numbers that follow from records."""
import json
import math
import os
import random
import re

from cli_tool import check, tlee, write_video, write_y4m
from cli_weights import file_of
from convert_networks import network

#: Set for emulated machines, which take seconds for each call.
QUICK = bool(os.environ.get("TLEE_QUICK"))
CLASSES = 5
FRAMES = 8
BRANCHES = 2
#: Thresholds with which the videos leave at several frames and exits.
MIXED = ("--first-threshold", "1", "--exit-threshold", "0.6", "--gate-threshold", "0.13")
#: So do they by a coin, whose seed follows.
COIN = ("--first-threshold", "1", "--gate", "random", "--seed")


def write_model(path, seed=7, classes=CLASSES, reuse="mp", labels=None):
    """A narrow network with branches and a gate, which takes less than a millisecond a frame. The
    seed is one whose scores differ from video to video."""
    source = random.Random(seed)
    rows = []
    for name, shape in network(branches=BRANCHES, classes=classes).items():
        if not name.endswith("num_batches_tracked"):
            low, high = (0.5, 1.5) if name.endswith("running_var") else (-0.6, 0.6)
            count = math.prod(shape)
            rows.append((name, shape, [source.uniform(low, high) for _ in range(count)]))
    settings = (
        ("backbone", ["resnet18"]), ("dataset", ["hmdb51"]), ("classes", [classes]),
        ("branches", [BRANCHES]), ("branch_scale", [0]), ("crm", [2]), ("mode", ["ts"]),
        ("frames", [FRAMES]), ("reuse", [reuse]), ("gate", ["gm"]), ("first_threshold", [0.9]),
        ("exit_threshold", [0.8]), ("resize", [64]), ("crop", [64]), ("mean", [0.5, 0.5, 0.5]),
        ("std", [0.25, 0.25, 0.25]), ("source", ["tests"]))
    if labels:
        settings += (("labels", labels),)
    with open(path, "wb") as file:
        file.write(file_of(rows, settings))
    return path


class DataSet:
    """Videos in a folder, with a list of them, and a model."""

    def __init__(self, root, names, label=lambda index: index % CLASSES):
        self.root, self.names = root, names
        self.model = write_model(os.path.join(root, "model.tlee"))
        self.labels = [label(index) for index in range(len(names))]
        self.list = os.path.join(root, "list.txt")
        write_list(self.list, ["%s %s %d" % row for row in zip(names, self.frames(), self.labels)])
        self.line = ("--root", root, self.model, self.list)

    def frames(self):
        """Counted by the list for folders, by the engine for files."""
        return [str(len(os.listdir(os.path.join(self.root, name))))
                if os.path.isdir(os.path.join(self.root, name)) else "-" for name in self.names]

    def path(self, index):
        return os.path.join(self.root, self.names[index])


def write_list(path, lines):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write("".join(line + "\n" for line in lines))
    return path


def make_data(root, videos):
    """So many videos, folders and files, some of which are others under a second name."""
    os.mkdir(root)
    names = []
    for index in range(videos):
        name = "clip %d" % index if index % 3 else "clip_%d.y4m" % index
        path = os.path.join(root, name)
        if index >= 9:
            os.symlink(names[index % 9], path)
        elif index % 3:
            write_video(path, 5 + index, seed=index, width=24, height=20)
        else:
            write_y4m(path, 4 + index, width=24 + 2 * index, height=20)
        names.append(name)
    return DataSet(root, names)


def read_records(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def without_times(found):
    """Of an object or a list of them: without what may differ from run to run."""
    if isinstance(found, list):
        return [without_times(row) for row in found]
    return {key: value for key, value in found.items() if key not in ("ms", "ms_total")}


def evaluate(*args, status=0, **more):
    """The object that tlee eval --json prints."""
    result = tlee("eval", "--json", *args, **more)
    check(result.status == status and all(
        line.startswith("tlee: warning: ") for line in result.err.splitlines()), result)
    return result.json()


def text_without_times(result):
    return re.sub(r"(?m)^time .*$", "time", result.out)


def nearest_rank(values, percent):
    """The smallest value that at least so many percent of all are not above."""
    values = sorted(values)
    return values[-(-len(values) * percent // 100) - 1]


def near(a, b):
    return abs(a - b) <= 1e-9 * max(1, abs(b))


def check_summary(found, records):
    """What eval prints follows from its records."""
    ran = sorted((row for row in records if "error" not in row), key=lambda row: row["index"])
    lost = sorted((row for row in records if "error" in row), key=lambda row: row["index"])
    count = len(ran)
    check(list(found) == ["videos", "failed", "top1", "top5", "gmac_mean", "gmac_paper_mean",
                          "frames_mean", "left_at", "ms", "per_class"], list(found))
    check(found["videos"] == len(records), "videos", found["videos"], len(records))
    check(found["failed"] == [{"path": row["path"], "reason": row["error"]} for row in lost],
          found["failed"])
    check(near(found["top1"], sum(row["label"] == row["truth"] for row in ran) / count), found)
    check(near(found["top5"], sum(row["truth_rank"] < 5 for row in ran) / count), found)
    check(near(found["gmac_mean"], sum(row["gmac"] for row in ran) / count), found)
    check(near(found["frames_mean"], sum(row["frames_seen"] for row in ran) / count), found)
    left_at = [[0] * (BRANCHES + 1) for _ in range(FRAMES)]
    for row in ran:
        left_at[row["frame"]][row["exit"]] += 1
    check(found["left_at"] == left_at, "left_at", found["left_at"], left_at)
    times = [row["ms"] for row in ran]
    check(list(found["ms"]) == ["mean", "p50", "p90", "p99"]
          and near(found["ms"]["mean"], sum(times) / count)
          and [found["ms"]["p%d" % p] for p in (50, 90, 99)]
          == [nearest_rank(times, p) for p in (50, 90, 99)], "ms", found["ms"], times)
    for label, row in enumerate(found["per_class"]):
        of_class = [r for r in ran if r["truth"] == label]
        right = sum(r["label"] == label for r in of_class)
        check((row["label"], row["videos"], row["right"]) == (label, len(of_class), right)
              and (near(row["top1"], right / len(of_class)) if of_class else row["top1"] is None),
              "class", row)
    check(len(found["per_class"]) == CLASSES, "classes", found["per_class"])
