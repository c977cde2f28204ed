# SPDX-License-Identifier: MIT
"""tlee eval --records: whatever ends it, the same command goes on and comes to the same numbers."""
import os
import random
import resource
import shutil
import signal
import subprocess
import time

from cli_tool import LIMIT, WORDS, check, good, refused, tlee, write_y4m
from eval_data import (MIXED, QUICK, evaluate, read_records, without_times, write_list,
                       write_model)


def whole_lines(file):
    if not os.path.exists(file):
        return 0
    with open(file, "rb") as stream:
        return stream.read().count(b"\n")


def check_same(file, data, want, records, *options):
    """Going on with that file gives the numbers and records of a whole run."""
    found = evaluate("--records", file, *options, *MIXED, *data.line)
    check(without_times(found) == want, "resumed:", found, "instead of", want)
    again = read_records(file)
    check(sorted(map(str, without_times(again))) == records, "records of a resumed run", again)


def reference(data, temp):
    """Summary, records and bytes of a run without a break."""
    file = os.path.join(temp, "whole.jsonl")
    want = without_times(evaluate("--records", file, *MIXED, *data.line))
    with open(file, "rb") as stream:
        bytes_of_it = stream.read()
    return want, sorted(map(str, without_times(read_records(file)))), bytes_of_it


def test_cut_anywhere(data, temp):
    """A file that ends within a line, at its newline, behind it, or nowhere yet."""
    want, records, whole = reference(data, temp)
    file = os.path.join(temp, "cut.jsonl")
    first = whole.index(b"\n")
    middle = whole.index(b"\n", len(whole) // 2)
    cuts = (0, 1, first // 2, first, first + 1, first + 2, middle, len(whole) - 1, len(whole))
    for cut in (first // 2, middle + 1) if QUICK else cuts:
        with open(file, "wb") as stream:
            stream.write(whole[:cut])
        check_same(file, data, want, records)
        with open(file, "rb") as stream:
            check(stream.read().startswith(whole[:cut].rpartition(b"\n")[0]), "lines changed", cut)
    # Nothing is run again that is known.
    before = os.stat(file)
    check_same(file, data, want, records, "--jobs", "2")
    after = os.stat(file)
    check((before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino),
          "a whole file was written to")


def test_killed(data, temp):
    """kill -9 at any time, again and again, until one comes through. On a busy machine one may come
    through at once; test_locked kills one that cannot."""
    want, records, _ = reference(data, temp)
    rng = random.Random(5)
    for round_number in range(1 if QUICK else 3):
        file = os.path.join(temp, "killed%d.jsonl" % round_number)
        line = ["eval", "--records", file, "--jobs", str(1 + round_number % 3), *MIXED, *data.line]
        for _ in range(4):
            child = subprocess.Popen(WORDS + line, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            goal = whole_lines(file) + rng.randrange(1, 6)
            deadline = time.monotonic() + 5
            while child.poll() is None and whole_lines(file) < goal and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(rng.random() * 0.005)
            child.kill()
            child.wait(LIMIT)
        check_same(file, data, want, records)


def fifo_data(data, temp, name, videos):
    """A list in whose middle stands a video that comes when the test wants it, after one that fails
    each time, whose record is taken out and written again."""
    root = os.path.join(temp, name)
    os.mkdir(root)
    names = []
    for index in range(videos):
        names.append("%d.y4m" % index)
        if index == 0:
            continue
        if index == videos // 2:
            os.mkfifo(os.path.join(root, names[-1]))
        else:
            write_y4m(os.path.join(root, names[-1]), 5 + index, width=24, height=20)
    frames = write_y4m(os.path.join(root, "late"), 6, width=24, height=20)
    listed = write_list(os.path.join(root, "list.txt"), ["%s - 1" % each for each in names])
    line = ("--root", root, data.model, listed)
    return os.path.join(root, names[videos // 2]), frames, line


def wait_for(condition):
    deadline = time.monotonic() + LIMIT
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return check(condition(), "it never happens")


def test_locked(data, temp):
    """Two at once never write to one file; signals are answered when a video ends, and
    nothing is lost by kill -9 in the middle of one."""
    fifo, frames, line = fifo_data(data, temp, "fifo", 7)
    file = os.path.join(temp, "locked.jsonl")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[:1 if QUICK else None]:
        child = subprocess.Popen(WORDS + ["eval", "--records", file, *line],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for(lambda: whole_lines(file) == 3)
        # The video in the middle is waited for.
        pipe = os.open(fifo, os.O_WRONLY)
        refused(1, "tlee: %s: another tlee eval writes to it" % file, "eval", "--records", file,
                *line)
        child.send_signal(number)
        time.sleep(0.05)
        with open(frames, "rb") as stream:
            os.write(pipe, stream.read())
        os.close(pipe)
        out, err = child.communicate(timeout=LIMIT)
        check(child.returncode == -number and not out, number, "ends with", child.returncode, out)
        stopped = "tlee: %s: stopped after 3 videos; the same command goes on from there" % file
        check(err.decode().splitlines()[1:] == [stopped], err)
        check(whole_lines(file) == 3, "records after the signal")
    os.unlink(file)
    child = subprocess.Popen(WORDS + ["eval", "--records", file, *line], stderr=subprocess.DEVNULL)
    wait_for(lambda: whole_lines(file) == 3)
    child.kill()
    check(child.wait(LIMIT) == -signal.SIGKILL and whole_lines(file) == 3, "records of one killed")
    os.unlink(fifo)
    shutil.copy(frames, fifo)
    resumed = evaluate("--records", file, *line)
    check(without_times(resumed) == without_times(evaluate(*line)), "after signals", resumed)
    os.unlink(fifo)
    os.mkfifo(fifo)
    child = subprocess.Popen(WORDS + ["eval", *line], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    pipe = os.open(fifo, os.O_WRONLY)
    child.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    child.send_signal(signal.SIGTERM)
    check(child.wait(LIMIT) == -signal.SIGTERM, "the second signal does not end it")
    os.close(pipe)
    child.communicate()


def test_other_settings(data, temp):
    """Records of something else are refused, and stay as they are."""
    file = os.path.join(temp, "whole.jsonl")
    with open(file, "rb") as stream:
        before = stream.read()
    others = [(("--first-threshold", "0.9"), "another setting (first=1, not first=0.9)"),
              (("--exit-threshold", "0.5"), "another setting (exit="),
              (("--gate-threshold", "0.5"), "another setting (gate_threshold="),
              (("--mode", "t"), "another setting (mode=ts, not mode=t)"),
              (("--mode", "full"), "another setting (mode="),
              (("--gate", "none"), "another setting (gate="),
              (("--gate", "random"), "another setting (gate="),
              (("--exact",), "another setting (exact="), (("--no-fold",), "another setting (fold="),
              (("--matrix", "bt709"), "another setting (matrix="),
              (("--order", "sequential"), "another setting (order=")]
    for options, message in others[:2] if QUICK else others:
        result = refused(1, "tlee: %s: holds records of %s" % (file, message), "eval", "--records",
                         file, *MIXED, *data.line, *options)
        check("take another file" in result.err, result)
    for other in ({"seed": 2}, {"classes": 6}, {"reuse": "ap"}):
        model = write_model(os.path.join(temp, "other.tlee"), **other)
        refused(1, "tlee: %s: holds records of another model (" % file, "eval", "--records", file,
                *MIXED, "--root", data.root, model, data.list)
    with open(data.list, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    for changed in (lines[:-1], lines[:-1] + [lines[-1][:-1] + "3"], lines[1:] + lines[:1]):
        listed = write_list(os.path.join(temp, "changed.txt"), changed)
        refused(1, "tlee: %s: holds records of another list (" % file, "eval", "--records", file,
                *MIXED, "--root", data.root, data.model, listed)
    # What cannot change an answer is no part of it.
    good("eval", "--records", file, *MIXED, *data.line, "--threads", "2", "--jobs", "2", "--cpu",
         "c", "--top", "3", "--shard", "1/2")
    with open(file, "rb") as stream:
        check(stream.read() == before, "the file has changed")
    for other in (data.list, os.path.join(data.root, data.names[0]), "/dev/null", temp):
        refused(1, "tlee: %s: " % other, "eval", "--records", other, *MIXED, *data.line)
    check(os.path.getsize(data.list) > 10, "the list was overwritten")


def test_damaged(data, temp):
    with open(os.path.join(temp, "whole.jsonl"), "rb") as stream:
        whole = stream.read().splitlines(True)
    file = os.path.join(temp, "damaged.jsonl")
    for line, message in ((b"\n", "line 3: byte 0: "), (b"{}\n", "line 3: is no record"),
                          (whole[2][:50] + b"\n", "line 3: byte 50: "),
                          (whole[0], "line 3: has video 0 of line 1"),
                          (whole[2].replace(b'"exit": ', b'"exit": 1'), "line 3: "),
                          (whole[2].replace(b"mode=ts", b"mode=t"), "line 3: is of another")):
        with open(file, "wb") as stream:
            stream.write(b"".join(whole[:2] + [line] + whole[3:]))
        refused(1, "tlee: %s: %s" % (file, message), "eval", "--records", file, *MIXED, *data.line)
    for tail in (b"\0" * 100, b"no record", b'{"other": 1'):
        with open(file, "wb") as stream:
            stream.write(b"".join(whole[:2]) + tail)
        refused(1, "tlee: %s: does not end like" % file, "eval", "--records", file, *MIXED,
                *data.line)
        check(os.path.getsize(file) == sum(map(len, whole[:2])) + len(tail), "was cut")


def test_full_disk(data, temp):
    """One line, and nothing lost before it."""
    want, records, whole = reference(data, temp)
    file = os.path.join(temp, "full.jsonl")
    room = len(b"".join(whole.splitlines(True)[:3])) + 100

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    result = tlee("eval", "--records", file, *MIXED, *data.line, preexec_fn=limit)
    check(result.status == 1 and not result.out and len(result.err.splitlines()) == 1
          and result.err.startswith("tlee: %s: cannot be written: " % file), result)
    check(2 <= whole_lines(file) <= 4 and os.path.getsize(file) <= room, os.path.getsize(file))
    with open(file, "rb") as stream:
        check(stream.read().endswith(b"\n"), "a torn line stays")
    check_same(file, data, want, records)
