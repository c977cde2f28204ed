# SPDX-License-Identifier: MIT
"""tlee eval: what it prints and writes, and that neither jobs, threads nor shards change it."""
import csv
import os

from cli_recognise import KEYS, check_types
from cli_tool import check, good, refused, tlee
from cli_weights import weights_file
from eval_data import (BRANCHES, CLASSES, MIXED, QUICK, check_summary, evaluate, read_records,
                       text_without_times, without_times, write_list)

OF_KEYS = {"model": (str,), "list": (str,), "videos": (int,), "settings": (str,)}
RECORD_KEYS = dict(dict({"index": (int,), "path": (str,), "truth": (int,)}, **KEYS),
                   truth_rank=(int,), frame_exits=(list,), of=(dict,))


def check_record(record, data):
    """A record is what run says of the video, and where each frame ended."""
    check_types("record", record, RECORD_KEYS)
    check_types("of", record["of"], OF_KEYS)
    index = record["index"]
    check((record["path"], record["truth"]) == (data.names[index], data.labels[index]), record)
    check(len(record["frame_exits"]) == record["frames_seen"]
          and record["frame_exits"][-1] == record["exit"]
          and set(record["frame_exits"]) <= set(range(BRANCHES + 1)), record)
    ranked = [row["label"] for row in record["top"]]
    check(ranked.index(record["truth"]) == record["truth_rank"], record)
    check(record["of"]["videos"] == len(data.names), record)


def check_like_run(record, data):
    """With N from the list, which is what the folder has here anyway."""
    run = good("run", "--json", "--trace", *MIXED, data.model, data.path(record["index"])).json()
    same = {key: record[key] for key in KEYS}
    check(without_times(same) == without_times({key: run[key] for key in KEYS}), record, run)
    ends = {}
    for step in run["steps"]:
        ends[step["frame"]] = step["exit"]
    check(record["frame_exits"] == [ends[t] for t in sorted(ends)], record["frame_exits"], ends)


def test_summary(data, temp):
    records_file = os.path.join(temp, "plain.jsonl")
    found = evaluate("--records", records_file, *MIXED, *data.line)
    records = read_records(records_file)
    check(sorted(record["index"] for record in records) == list(range(len(data.names))), records)
    for record in records:
        check_record(record, data)
    for record in records[:2 if QUICK else 9]:
        check_like_run(record, data)
    check_summary(found, records)
    ends = sum(count > 0 for row in found["left_at"] for count in row)
    check(ends > 2 and 0 < found["top1"] < 1, "too little difference:", found)
    info = good("info", "--json", data.model).json()
    check({record["of"]["model"] for record in records} == {info["fingerprint"]}, info)
    text = good("eval", "--records", records_file, *MIXED, *data.line).out
    for line in ("videos      %d\n" % len(data.names), "top-1       %.2f %%\n"
                 % (found["top1"] * 100), "\nleft at  ", "\ntime  "):
        check(line in text, "no line", repr(line), text)
    check(all(len(line) <= 80 for line in text.splitlines()), "too wide:", text)
    for t, row in enumerate(found["left_at"]):
        want = ["frame", str(t + 1)] + [str(count) for count in row + [sum(row)]]
        check(want in [line.split() for line in text.splitlines()], "no row", want, text)


def test_same_numbers(data, temp):
    """However many at once."""
    want = without_times(evaluate(*MIXED, *data.line))
    plain = text_without_times(good("eval", *MIXED, *data.line))
    lines = sorted(map(str, without_times(read_records(os.path.join(temp, "plain.jsonl")))))
    for options in ((("--jobs", "3"),) if QUICK else
                    (("--jobs", "1", "--threads", "2"), ("--jobs", "2", "--no-spin"),
                     ("--jobs", "3", "--threads", "2"), ("--jobs", "64"))):
        file = os.path.join(temp, "many%s.jsonl" % "".join(options))
        found = evaluate("--records", file, *options, *MIXED, *data.line)
        check(without_times(found) == want, options, "change", want, "to", found)
        check(sorted(map(str, without_times(read_records(file)))) == lines, options, "records")
    check(text_without_times(good("eval", "--jobs", "2", *MIXED, *data.line)) == plain, plain)


def test_random_gate(data, temp):
    """A coin for each video, the same whoever throws it."""
    line = ("--gate", "random", "--first-threshold", "1", "--exit-threshold", "1", "--mode", "t",
            *data.line)
    file = os.path.join(temp, "coins.jsonl")
    want = evaluate("--records", file, "--seed", "5", *line)
    ends = [record["frame"] for record in read_records(file)]
    check(len(set(ends)) > 2, "all coins fall alike:", ends)
    check(without_times(evaluate("--jobs", "2", "--seed", "5", *line)) == without_times(want), want)
    check(without_times(evaluate("--seed", "6", *line)) != without_times(want), "seed", want)


def test_shards(data, temp):
    """Their records together are those of the whole."""
    together = []
    for share in range(3):
        file = os.path.join(temp, "share%d.jsonl" % share)
        found = evaluate("--shard", "%d/3" % share, "--records", file, *MIXED, *data.line)
        records = read_records(file)
        check({record["index"] % 3 for record in records} == {share}, records)
        check_summary(found, records)
        together += records
    whole = read_records(os.path.join(temp, "plain.jsonl"))
    check(sorted(map(str, without_times(together))) == sorted(map(str, without_times(whole))),
          "shards differ from the whole")
    # One file for all of them: each tells of its own.
    file = os.path.join(temp, "one.jsonl")
    for share in range(2):
        found = evaluate("--shard", "%d/2" % share, "--records", file, *MIXED, *data.line)
        check(found["videos"] == len(range(share, len(data.names), 2)), share, found)
    check(len(read_records(file)) == len(data.names), "both shares in one file")
    empty = good("eval", "--json", "--shard", "999/1000", *data.line).json()
    check(empty["videos"] == 0 and empty["top1"] is None and empty["ms"]["p50"] is None, empty)
    for value in ("2/2", "0/0", "-1/2", "1", "a/b", "1/2/3", ""):
        refused(2, "tlee: option '--shard': ", "eval", *data.line, "--shard", value)


def test_confusion(data, temp):
    records = read_records(os.path.join(temp, "plain.jsonl"))
    file = os.path.join(temp, "confusion.csv")
    for _ in range(2):
        good("eval", "--confusion", file, *MIXED, *data.line)
        with open(file, newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))
        check(rows[0] == ["truth"] + [str(label) for label in range(CLASSES)], rows[0])
        pairs = [(record["truth"], record["label"]) for record in records]
        want = [[str(truth)] + [str(pairs.count((truth, label))) for label in range(CLASSES)]
                for truth in range(CLASSES)]
        check(rows[1:] == want, rows, want)
    refused(1, "tlee: %s: " % temp, "eval", "--confusion", temp, *data.line)
    result = tlee("eval", "--confusion", "/dev/full", *data.line)
    check(result.status == 1 and "tlee: /dev/full: " in result.err, result)


def test_names(data, temp):
    """Class names, of which some need care."""
    labels = ["YoYo", 'with "quotes", comma', "\u4e2d\u6587", "-", "e"]
    model = os.path.join(temp, "names.tlee")
    with open(model, "wb") as file:
        file.write(weights_file(labels, list(range(8)))[0])
    csv_file = os.path.join(temp, "names.csv")
    line = ("--root", data.root, model, data.list)
    found = evaluate("--confusion", csv_file, *line)
    check([row["class"] for row in found["per_class"]] == labels, found["per_class"])
    with open(csv_file, newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    check(rows[0] == ["truth"] + labels and [row[0] for row in rows[1:]] == labels, rows)
    check(sum(int(cell) for row in rows[1:] for cell in row[1:]) == len(data.names), rows)
    text = good("eval", *line).out
    check(all(label in text for label in labels), "names are missing:", text)
    # Without branches there is one exit, and no thresholds to remember.
    check([len(row) for row in found["left_at"]] == [1] * 8
          and found["left_at"][7] == [len(data.names)], found["left_at"])


def test_options(data, temp):
    refused(2, "tlee: eval needs MODEL LIST", "eval", data.model)
    refused(2, "tlee: eval takes no further operand", "eval", *data.line, "x")
    for value in ("0", "65", "x", "-1"):
        refused(2, "tlee: option '--jobs': ", "eval", *data.line, "--jobs", value)
    for option in ("--records", "--confusion", "--root", "--jobs", "--shard"):
        refused(2, "tlee: option '%s' means nothing to run" % option, "run", data.model,
                data.path(1), option, "0/1" if option == "--shard" else "1")
    refused(2, "tlee: random:alexnet: ", "eval", "random:alexnet", data.list)
    refused(1, "tlee: /nonexistent: ", "eval", "/nonexistent", data.list)
    # What run takes is taken: --trace changes nothing.
    records = os.path.join(temp, "top.jsonl")
    good("eval", "--trace", "--top", "2", "--records", records, *data.line)
    check({len(record["top"]) for record in read_records(records)} == {2}, "--top 2")
    relative = write_list(os.path.join(data.root, "near.txt"), ["%s - 1" % data.names[1]])
    here = os.getcwd()
    os.chdir(data.root)
    result = good("eval", "--json", data.model, relative)
    os.chdir(here)
    check(result.json()["failed"] == [], "paths from the current folder", result)
    absolute = write_list(os.path.join(temp, "far.txt"), ["%s - 1" % data.path(1)])
    result = good("eval", "--json", "--root", "/nonexistent", data.model, absolute)
    check(result.json()["failed"] == [], "an absolute path", result)
