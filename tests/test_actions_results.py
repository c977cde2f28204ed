#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench/actions_results.py on a handful of small clips: its tables against tlee eval and tlee run,
a second run, and data sets that something is the matter with."""
import csv
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "..", "bench", "actions_results.py")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "tools"))

import cli_tool  # noqa: E402
from cli_tool import WORDS, check, good  # noqa: E402
from plotting import points  # noqa: E402

CLASSES = ("bend", "run", "turn", "walk", "jump")
#: Its answers change from frame to frame, and it goes on to the second.
MODEL = ("random:mobilenetv2,input=64,dataset=hmdb51,classes=5,frames=8,reuse=ap,seed=4,first=1,"
         "exit=1")
#: The same weights; with its own thresholds it would stop at other places.
OTHER = MODEL.replace("first=1,exit=1", "first=0,exit=0")
#: Frames of the shortest clip, one too few for every third.
SHORTEST = 21
SEQUENTIAL = ("--order", "sequential", "--every", "2")


def write_clip(path, frames, seed):
    with open(path, "wb") as file:
        file.write(b"YUV4MPEG2 W24 H20 F25:1 Ip A1:1 Cmono\n")
        for k in range(frames):
            file.write(b"FRAME\n" + bytes((x * (3 + seed) + y * (seed * 5 % 11) + k * seed) % 220
                                          for y in range(20) for x in range(24)))


def make_data(root):
    """Lists, clips and descriptions as tools/actions/make_clips.py writes them."""
    rows = {}
    for split, count in (("validation", 6), ("test", 9)):
        os.makedirs(os.path.join(root, split))
        rows[split] = []
        for k in range(count):
            path = "%s/clip %d.y4m" % (split, k)
            write_clip(os.path.join(root, path), SHORTEST + k, k + count)
            rows[split].append({"path": path, "frames": SHORTEST + k,
                                "difficulty": "hard" if k % 3 else "easy"})
        with open(os.path.join(root, split + ".txt"), "w", encoding="utf-8") as file:
            file.write("".join("%s %d %d\n" % (row["path"], row["frames"], k % 5)
                               for k, row in enumerate(rows[split])))
    with open(os.path.join(root, "labels.txt"), "w", encoding="utf-8") as file:
        file.write("".join(name + "\n" for name in CLASSES))
    with open(os.path.join(root, "data.json"), "w", encoding="utf-8") as file:
        json.dump(rows, file)
    return root


def call(*words):
    """Status, standard output and error."""
    line = [sys.executable, PROGRAM, "--tlee", " ".join(WORDS), "--grid", "60", "--threads", "1"]
    done = subprocess.run(line + list(words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=cli_tool.LIMIT)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def refused(part, *words, status=1):
    """One line, the last, says what is wrong."""
    found, out, said = call(*words)
    last = (said.splitlines() or [""])[-1]
    check(found == status and not out and last.startswith("actions_results.py: ")
          and part in last and "Traceback" not in said, words, found, said, "has not", part)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_csv(path):
    return list(csv.DictReader(read(path).splitlines()))


def close(text, value):
    return abs(float(text) - value) < 1e-9


def compare(data, out):
    """The main table against executed runs."""
    rows = {(row["order"], row["what"]): row for row in read_csv(os.path.join(out, "results.csv"))}
    check(len(rows) == 10, list(rows))
    for order, options in (("sampled", ()), ("sequential", SEQUENTIAL)):
        line = (*options, "--root", data, MODEL, os.path.join(data, "test.txt"))
        for what, words in (("whole", ("--mode", "full")), ("tlee", ())):
            run, row = good("eval", "--json", *words, *line).json(), rows[order, what]
            check(close(row["top1"], run["top1"]) and close(row["gmac"], run["gmac_mean"])
                  and close(row["frames"], run["frames_mean"]), order, what, row, run)
            check(close(row["top1"], (3 * float(row["easy"]) + 6 * float(row["hard"])) / 9), row)
        sweep = good("sweep", "--json", "--grid", "60", *line).json()
        one, first = rows[order, "one"], sweep["fewer_frames"][0]
        check(close(one["top1"], first["top1"]) and close(one["gmac"], first["gmac"])
              and float(one["frames"]) == 1, order, one, first)
        own = sweep["references"][0]
        fewer = rows[order, "fewer gmac"]
        check(own["gain"] and close(fewer["top1"], own["top1"] - own["gain"])
              and close(fewer["gmac"], own["gmac"]), fewer, own)
        check(close(fewer["top1"], (3 * float(fewer["easy"]) + 6 * float(fewer["hard"])) / 9),
              fewer)


def compare_rest(out):
    left = read_csv(os.path.join(out, "exits.csv"))
    check(all(sum(int(row["clips"]) for row in left if row["order"] == order) == 9
              for order in ("sampled", "sequential")) and len(left) == 2 * 8 * 3, left)
    classes = read_csv(os.path.join(out, "classes.csv"))
    check([row["class"] for row in classes] == list(CLASSES)
          and [row["clips"] for row in classes] == ["2", "2", "2", "2", "1"], classes)
    whole = read_csv(os.path.join(out, "results.csv"))[0]
    check(close(whole["top1"], sum(int(row["clips"]) * float(row["whole_sampled"])
                                   for row in classes) / 9), whole, classes)
    for order in ("sampled", "sequential"):
        curve = points.read_points(os.path.join(out, "curve-%s.csv" % order), "gmac")
        check(len(curve.fewer) == 8 and curve.settings, order, vars(curve))
        drawn = os.path.exists(os.path.join(out, "curve-%s-ms.svg" % order))
        check(drawn == (importlib.util.find_spec("matplotlib") is not None), "picture", order)


def test_results(temp, data):
    out = os.path.join(temp, "out")
    status, page, said = call(data, MODEL, "--other", OTHER, "--out", out)
    check(status == 0 and said.splitlines()[-1] == "written to " + out, status, said)
    check(page == read(os.path.join(out, "results.md")) and page.startswith("# Results of random:"),
          page[:100])
    check("--every 2` takes frames 1, 3, ... 15" in page and "0 of 9 clips" in page, page[:900])
    other = page[page.index("## Against"):]
    check(len(re.findall(r"\| +0 \| +0 \|$", other, re.MULTILINE)) == 2, other)
    compare(data, out)
    compare_rest(out)
    tables = {name: read(os.path.join(out, name)) for name in os.listdir(out)
              if name.endswith((".md", ".csv")) and not name.startswith("points")}
    again = call(data, MODEL, "--other", OTHER, "--out", out)
    check(again[0] == 0 and again[1] == page, "the second run", again)
    check(all(read(os.path.join(out, name)) == text for name, text in tables.items()),
          "tables of a second run")
    refused("every=", data, MODEL, "--every", "3", "--out", out)


def test_part(temp, data):
    """Fewer clips, and streams that end before the model's frames are there."""
    out = os.path.join(temp, "part")
    status, page, said = call(data, MODEL, "--limit", "5", "--every", "4", "--out", out)
    check(status == 0 and "5 test clips (a part), 5 to choose by" in page, status, said)
    clips = re.search(r"without the last frame's rule: (\d) of 5 clips", page)
    records = [json.loads(line) for line in
               read(os.path.join(out, "records", "whole-sequential.jsonl")).splitlines()]
    short = sum(record["frames_seen"] < 8 for record in records)
    check(clips and int(clips.group(1)) == short > 0, clips, short)


def test_faults(temp, data):
    out = ("--out", os.path.join(temp, "bad"))
    copy = os.path.join(temp, "copy")

    def changed(name, text):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(data, copy)
        if text is None:
            os.remove(os.path.join(copy, name))
        else:
            with open(os.path.join(copy, name), "w", encoding="utf-8") as file:
                file.write(text)
        return copy

    lines = read(os.path.join(data, "test.txt"))
    for name, text, part in (
            ("data.json", None, "data.json: No such file"), ("test.txt", "", "test.txt: has no"),
            ("data.json", "[]", "data.json: is not the data.json"),
            ("data.json", '{"test": []}', "data.json: has no difficulty of 'test/clip 0.y4m'"),
            ("labels.txt", "a\nb\n", "labels.txt: has 2 classes, the model has 5"),
            ("test.txt", "test/clip 0.y4m - 0\n", "test.txt: line 1: is not 'path frames label'"),
            ("test.txt", lines.replace(" 1\n", " 7\n"), "label 7"),
            ("test/clip 3.y4m", None, "clip 3.y4m: "),
            ("validation/clip 1.y4m", "no clip", "clip 1.y4m: ")):
        shutil.rmtree(out[1], ignore_errors=True)
        refused(part, changed(name, text), MODEL, *out)
    refused("nothing.tlee", data, os.path.join(temp, "nothing.tlee"), *out)
    refused("no whole number", data, MODEL, "--limit", "0", *out, status=2)


def main():
    with tempfile.TemporaryDirectory() as temp:
        data = make_data(os.path.join(temp, "data"))
        return cli_tool.run(((test_results, temp, data), (test_part, temp, data),
                             (test_faults, temp, data)))


if __name__ == "__main__":
    sys.exit(main())
