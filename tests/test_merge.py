#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tlee merge: what belongs together is joined, and everything else is refused by name."""
import fcntl
import itertools
import json
import os
import random
import resource
import struct
import sys
import tempfile
import traceback

import cli_tool
import cli_weights
from cli_tool import SMALL, check, good, refused, tlee

OF = {"model": "0123456789abcdef", "list": "fedcba9876543210", "videos": 12,
      "settings": "classes=5 frames=8 branches=2 mode=ts gate=gm first=0.99"}


def record(index, of=None, **changes):
    """A record as tlee eval writes it."""
    exits = [2, 1, 0][:index % 3 + 1]
    line = {"index": index, "path": "clips/%d \u00e9" % index, "truth": index % 5,
            "label": index % 5 if index % 4 else (index + 1) % 5, "class": None,
            "confidence": 0.5, "top": [], "frame": len(exits) - 1, "exit": exits[-1],
            "frames_seen": len(exits), "order": "published", "gmac": 0.1 * (index + 1),
            "gmac_full": 2.5, "gmac_paper": None, "ms": 1.0 + index, "ms_total": 2.0 + index,
            "truth_rank": 0 if index % 4 else 1 + index % 3, "frame_exits": exits,
            "of": dict(OF, **(of or {}))}
    line.update(changes)
    return json.dumps(line, ensure_ascii=False)


def failed(index):
    return json.dumps({"index": index, "path": "clips/%d" % index, "truth": index % 5,
                       "error": "no frames", "of": OF})


def write(path, lines, end="\n"):
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines[:-1]) + "".join(
            line + end for line in lines[-1:]))
    return path


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def shards(folder, count, lines=None):
    """The records of the whole list in so many files, each in an order of its own."""
    lines = lines or [record(i) for i in range(OF["videos"])]
    chance = random.Random(count)
    files = []
    for i in range(count):
        part = lines[i::count]
        chance.shuffle(part)
        files.append(write(os.path.join(folder, "s%d-of-%d" % (i, count)), part))
    return files


def merged(out, files, *options, **details):
    return good("merge", *options, "-o", out, *files, **details)


def test_joining(temp):
    """Any division and any order of files gives the same bytes, those of the lines as they were."""
    out = os.path.join(temp, "out")
    want = "".join(record(i) + "\n" for i in range(OF["videos"]))
    answers = set()
    for count in (1, 2, 3, 5, 12):
        files = shards(temp, count)
        for order in itertools.islice(itertools.permutations(files), 6):
            answers.add(merged(out, order, "--json").out)
            check(read(out) == want, count, order, "gave", read(out)[:200])
            os.remove(out)
    check(len(answers) == 1, "answers differ:", answers)
    answer = json.loads(answers.pop())
    check(answer["videos"] == 12 and answer["failed"] == [], answer)
    check(abs(answer["top1"] - 9 / 12) < 1e-12 and answer["gmac_paper_mean"] is None, answer)
    # Shards beyond the list's end have no records; its own output can be merged again.
    files = shards(temp, 3) + [write(os.path.join(temp, "empty"), [])]
    merged(out, files)
    check(read(out) == want, "with an empty file", read(out)[:200])
    again = os.path.join(temp, "again")
    merged(again, [out])
    check(read(again) == want, "merged twice", read(again)[:200])
    check("empty" not in merged(out, list(reversed(files))).out, "text names an empty file")


def test_many(temp):
    """More files than a process may open at first."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    videos = 1500 if limits[1] == resource.RLIM_INFINITY else min(1500, limits[1] - 50)
    files = [write(os.path.join(temp, "m%d" % i), [record(i, {"videos": videos})])
             for i in range(videos)]
    out = os.path.join(temp, "out")
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    answer = merged(out, files, "--json").json()
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    check(answer.get("videos") == videos, answer)
    check(read(out).count("\n") == videos, "lines of many files")


def test_failed_videos(temp):
    """They are carried and counted; none but failed ones are a failure as in eval."""
    lines = [failed(i) if i % 3 == 1 else record(i) for i in range(12)]
    out = os.path.join(temp, "out")
    result = tlee("merge", "--json", "-o", out, *shards(temp, 2, lines))
    answer = result.json()
    check(result.status == 0 and [f["path"] for f in answer.get("failed", ())] ==
          ["clips/%d" % i for i in (1, 4, 7, 10)], result)
    check(all(f["reason"] == "no frames" for f in answer.get("failed", ())), result)
    check(read(out) == "".join(line + "\n" for line in lines), read(out)[:300])
    result = tlee("merge", "--json", "-o", out, *shards(temp, 2, [failed(i) for i in range(12)]))
    check(result.status == 1, "all failed:", result)


def test_gaps(temp):
    out = os.path.join(temp, "out")
    files = shards(temp, 3)
    message = refused(1, "tlee: %s: not written: 4 of 12 videos" % out, "merge", "-o", out,
                      files[0], files[2]).err
    check("1, 4, 7, 10\n" in message, message)
    message = refused(1, "tlee: %s: not written: 11 of 12" % out, "merge", "-o", out,
                      write(os.path.join(temp, "one"), [record(5)])).err
    check("0, 1, 2, 3, 4, 6, 7, 8 and 3 more" in message, message)
    refused(1, "tlee: %s: not written: there are no records" % out, "merge", "-o", out,
            write(os.path.join(temp, "none"), []))
    check(not os.path.exists(out), "a file was written")
    # What stood there stays.
    write(out, ["older"])
    refused(1, "tlee: %s: not written" % out, "merge", "-o", out, files[0])
    check(read(out) == "older\n", read(out)[:200])
    os.remove(out)


def test_overlaps(temp):
    """The same video in two files, even with the same record."""
    out = os.path.join(temp, "out")
    files = shards(temp, 3)
    extra = write(os.path.join(temp, "extra"), [record(4)])
    message = refused(1, "tlee: %s: line 1: index 4 " % extra, "merge", "-o", out, *files,
                      extra).err
    check(files[1] in message, message)
    message = refused(1, "tlee: %s: line " % files[0], "merge", "-o", out, *files, files[0]).err
    check("4 overlaps in all" in message, message)
    message = refused(1, "tlee: ", "merge", "-o", out, *files, *shards(temp, 2)).err
    check("12 overlaps in all" in message, message)
    twice = write(os.path.join(temp, "twice"), [record(0), record(1), record(0)])
    message = refused(1, "tlee: %s: line 3: index 0 " % twice, "merge", "-o", out, twice).err
    check("line 1" in message, message)
    check(not os.path.exists(out), "a file was written")


def test_foreign(temp):
    """Records of another model, list or setting: the part and both files are named."""
    out = os.path.join(temp, "out")
    files = shards(temp, 2)
    for of, words in (({"model": "1123456789abcdef"}, ("model", "1123456789abcdef", OF["model"])),
                      ({"list": "0edcba9876543210"}, ("list", "0edcba9876543210", OF["list"])),
                      ({"videos": 14}, ("list", "14", "12")),
                      ({"settings": OF["settings"].replace("0.99", "0.95")},
                       ("setting", "first=0.95", "first=0.99")),
                      ({"settings": OF["settings"] + " seed=3"}, ("setting", "seed=3"))):
        other = write(os.path.join(temp, "other"), [record(i, of) for i in range(1, 12, 2)])
        message = refused(1, "tlee: %s: " % other, "merge", "-o", out, files[0], other).err
        check(files[0] in message and all(word in message for word in words), words, message)
        # In the other order the other file is at fault, and an empty one before changes nothing.
        empty = write(os.path.join(temp, "empty"), [])
        message = refused(1, "tlee: %s: " % files[0], "merge", "-o", out, empty, other,
                          files[0]).err
        check(other in message, message)
        mixed = write(os.path.join(temp, "mixed"), [record(1, of), record(0)])
        check("line 2" in refused(1, "tlee: %s: " % mixed, "merge", "-o", out, mixed).err, mixed)
    check(not os.path.exists(out), "a file was written")


def test_torn(temp):
    """The last line of a worker that was killed counts for nothing, and is told."""
    out = os.path.join(temp, "out")
    lines = [record(i) for i in range(12)]
    whole = write(os.path.join(temp, "whole"), lines[0::2])
    for cut in (1, 40, len(lines[11])):
        torn = write(os.path.join(temp, "torn"), lines[1::2][:-1] + [lines[11][:cut]], end="")
        result = tlee("merge", "-o", out, whole, torn)
        said = result.err.splitlines()
        check(result.status == 1 and len(said) == 2 and not os.path.exists(out), cut, result)
        check(said[0].startswith("tlee: warning: %s: " % torn) and "again" in said[0], result)
        check(said[1] == "tlee: %s: not written: 1 of 12 videos have no record: index 11" % out,
              result)
    torn = write(os.path.join(temp, "torn"), lines[1::2] + ['{"ind'], end="")
    merged(out, [whole, torn], warnings=1)
    check(read(out) == "".join(line + "\n" for line in lines), read(out)[:300])
    os.remove(out)


def test_damaged(temp):
    """A line that is no record: the file and the line are named."""
    out = os.path.join(temp, "out")
    files = shards(temp, 2)
    for damage in ("", "{", "no JSON", "[]", "{}", record(1)[:-1], record(1) + "x", record(12),
                   record(1, truth=5), record(1, frame_exits=[3]), record(1, truth_rank=0, truth=2),
                   record(1).replace('"gmac"', '"gmax"'), record(1, gmac=float("nan")),
                   record(1, {"model": "xyz"}), record(1, {"settings": "classes=5 frames=8"}),
                   record(1, {"settings": OF["settings"].replace("=8", "=0")}),
                   record(1).replace('"index": 1', '"index": -1'),
                   record(1).replace('"index": 1', '"index": %d' % 2 ** 64), record(1) + "\0"):
        bad = write(os.path.join(temp, "bad"), [record(3), damage, record(5)])
        refused(1, "tlee: %s: line 2: " % bad, "merge", "-o", out, files[0], bad)
    refused(1, "tlee: %s: " % temp, "merge", "-o", out, files[0], temp)
    refused(1, "tlee: %s/missing: " % temp, "merge", "-o", out, files[0], temp + "/missing")
    os.mkfifo(temp + "/fifo")
    refused(1, "tlee: %s/fifo: " % temp, "merge", "-o", out, files[0], temp + "/fifo")
    check(not os.path.exists(out), "a file was written")


def test_output(temp):
    """OUT is written as a whole or not at all, and is none of the inputs."""
    files = shards(temp, 2)
    before = read(files[1])
    alias = os.path.join(temp, "alias")
    os.link(files[1], alias)
    for out in (files[1], alias, os.path.join(temp, ".", os.path.basename(files[1]))):
        refused(2, "tlee: ", "merge", "-o", out, *files)
        check(read(files[1]) == before, out, "was changed")
    refused(1, "tlee: %s/none/out: " % temp, "merge", "-o", temp + "/none/out", *files)
    refused(1, "tlee: /dev/null: ", "merge", "-o", "/dev/null", *files)
    refused(2, "tlee: merge needs", "merge", *files)
    refused(2, "tlee: merge needs", "merge", "-o", temp + "/out")
    refused(2, "tlee: option '--threads' means nothing to merge", "merge", "--threads", "2", "-o",
            temp + "/out", *files)
    out = write(os.path.join(temp, "out"), ["older"])
    merged(out, files)
    check(read(out).count("\n") == 12, read(out)[:200])
    check(not [name for name in os.listdir(temp) if ".part" in name], os.listdir(temp))
    os.remove(out)


def test_locked(temp):
    """A file that an eval still writes to is not read half."""
    files = shards(temp, 2)
    with open(files[1], "r+b") as file:
        fcntl.fcntl(file, fcntl.F_SETLK, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0))
        refused(1, "tlee: %s: " % files[1], "merge", "-o", temp + "/out", *files)
    check(not os.path.exists(temp + "/out"), "a file was written")


def test_names(temp):
    """Classes have the names of a model, if it is that of the records."""
    labels = ["one", "two", "three, four"]
    for name, seed in (("model", 1), ("other", 2)):
        with open(os.path.join(temp, name), "wb") as file:
            file.write(cli_weights.weights_file(labels, [2, 0, 1], seed)[0])
    for i in range(4):
        cli_tool.write_y4m(os.path.join(temp, "v%d.y4m" % i), 3)
    write(os.path.join(temp, "list"), ["v%d.y4m 3 %d" % (i, i % 3) for i in range(4)])
    model, records, out = (os.path.join(temp, name) for name in ("model", "records", "out"))
    want = good("eval", "--json", "--records", records, "--confusion", temp + "/want", "--root",
                temp, model, temp + "/list")
    check("three, four" in want.out, want)
    named = merged(out, [records], "--json", "--names", model, "--confusion", temp + "/found")
    check(named.out == want.out and read(temp + "/found") == read(temp + "/want"), named, want)
    unnamed = merged(out, [records], "--json").json()
    check([row["class"] for row in unnamed["per_class"]] == [None] * 3, unnamed)
    os.remove(out)
    refused(1, "tlee: %s: is not the model" % (temp + "/other"), "merge", "-o", out, "--names",
            temp + "/other", records)
    refused(1, "tlee: %s: " % records, "merge", "-o", out, "--names", records, records)
    refused(1, "tlee: %s/none/file: " % temp, "merge", "-o", out, "--confusion",
            temp + "/none/file", records)
    check(not os.path.exists(out), "a file was written")


def test_against_eval(temp):
    """Shards that were run and merged say what one eval of the whole list says."""
    videos, out = 11, os.path.join(temp, "out")
    for i in range(videos):
        cli_tool.write_y4m(os.path.join(temp, "v%d.y4m" % i), 3 + i % 4)
    lines = ["v%d.y4m %d %d" % (i, 3 + i % 4, i % 5) for i in range(videos)]
    lines[4] = "missing.y4m 3 1"
    with open(os.path.join(temp, "list"), "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))
    # The coin of a random gate must fall the same way in a shard as in the whole.
    run = ("--json", "--root", temp, "--gate", "random", "--seed", "5",
           SMALL + ",first=0.5,exit=0.25", os.path.join(temp, "list"))
    one = tlee("eval", "--records", temp + "/one", *run)
    check(one.status == 0, one)
    files = []
    for i in range(3):
        files.append(os.path.join(temp, "shard%d" % i))
        part = tlee("eval", "--shard", "%d/3" % i, "--records", files[-1], *run)
        check(part.status == 0, part)
    joined = tlee("merge", "--json", "-o", out, *reversed(files))

    def same(text):
        """A record or a summary without its times."""
        value = json.loads(text)
        for key in ("ms", "ms_total"):
            value.pop(key, None)
        return value

    want = sorted(map(same, read(temp + "/one").splitlines()), key=lambda line: line["index"])
    check(joined.status == 0 and list(map(same, read(out).splitlines())) == want, joined)
    check(same(joined.out) == same(one.out) and len(joined.json()["failed"]) == 1, joined, one)
    # An eval that finds its records there takes them as its own: the same numbers, times included.
    again = tlee("eval", "--records", out, *run)
    check(again.status == 0 and again.out == joined.out, "eval of the joined records:", again,
          joined)
    check(tlee("eval", "--records", out, *run[1:]).out == tlee("merge", "-o", out + "2", out).out,
          "their text differs")


def main():
    for test in (test_joining, test_many, test_failed_videos, test_gaps, test_overlaps,
                 test_foreign, test_torn, test_damaged, test_output, test_locked,
                 test_names, test_against_eval):
        with tempfile.TemporaryDirectory() as temp:
            try:
                test(temp)
            except (LookupError, OSError, TypeError, ValueError):
                check(False, test.__name__, "broke off:", traceback.format_exc())
    print("%d passed, %d failed" % (cli_tool.passed, cli_tool.failed))
    return 1 if cli_tool.failed or not cli_tool.passed else 0


if __name__ == "__main__":
    sys.exit(main())
