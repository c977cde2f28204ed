# SPDX-License-Identifier: MIT
"""Files of features in every state: interrupted, of others, cut off, damaged."""
import fcntl
import os
import random
import signal
import subprocess
import time

from cli_tool import LIMIT, WORDS, check, refused, tlee

MODEL = "random:resnet18,input=64,dataset=hmdb51,classes=5,frames=8,seed=3"
HEADER_BYTES = 1144


def sweep_of(path, videos, *options):
    """What a sweep on that file of features prints, without what it says of itself."""
    result = tlee("sweep", "--json", "--features", path, "--grid", "8", *options, MODEL, videos)
    if result.status:
        lines = result.err.splitlines()
        check(result.status == 1 and len(lines) == 1 and lines[0].startswith("tlee: %s: " % path)
              and not result.out, result)
        return None
    sweep = result.json()
    sweep.pop("replay_seconds")
    return sweep


def answers(sweep):
    """The same without measured times."""
    return [(row["kind"], row["first"], row["exit"], row["gate"], row["top1"], row["gmac"])
            for row in sweep["references"]]


def test_interrupted(temp, videos):
    """A sweep that is killed goes on where it was; one that is at work keeps others away."""
    path = os.path.join(temp, "killed")
    line = ["sweep", "--features", path, "--grid", "8", MODEL, videos]
    want = sweep_of(path, videos)
    whole = os.path.getsize(path)
    record = (whole - HEADER_BYTES) // 7
    os.remove(path)
    for records in (1, 3, 4):
        process = subprocess.Popen(WORDS + line, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while process.poll() is None:
            if os.path.exists(path) and os.path.getsize(path) > HEADER_BYTES + records * record:
                process.kill()
        process.wait(timeout=LIMIT)
        check(os.path.getsize(path) >= HEADER_BYTES + records * record, os.path.getsize(path))
    check(answers(sweep_of(path, videos)) == answers(want), "after being killed")
    check(os.path.getsize(path) == whole, os.path.getsize(path), "bytes and not", whole)
    with open(path, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        refused(1, "tlee: %s: another tlee sweep writes to it (process %d" % (path, os.getpid()),
                *line)


def test_stopped(temp, videos):
    """A signal stops it while it looks at settings, too."""
    path = os.path.join(temp, "stopped")
    sweep_of(path, videos)
    whole = os.path.getsize(path)
    line = ["sweep", "--features", path, "--grid", "200000", MODEL, videos]
    for wait in (0.05, 0.02, 0.01, 0, 0, 0):
        os.remove(path)
        process = subprocess.Popen(WORDS + line, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while process.poll() is None and not (os.path.exists(path)
                                              and os.path.getsize(path) == whole):
            time.sleep(0.001)
        time.sleep(wait)
        process.terminate()
        if process.wait(timeout=LIMIT) != 0:
            break  # else it may have been done before: once more, faster
    check(process.returncode == -signal.SIGTERM, "goes on after a signal:", process.returncode)


def test_other_files(temp, videos, others):
    """Features of another model, list or network are not mixed in."""
    path = os.path.join(temp, "foreign")
    sweep_of(path, videos)
    for line, part in (((MODEL.replace("seed=3", "seed=4"), videos), "another model"),
                       ((MODEL, others), "another list"),
                       (("--mode", "t", MODEL, videos), "another setting (mode=ts"),
                       (("--exact", MODEL, videos), "another setting (exact=0"),
                       (("--cpu", "c", MODEL, videos), "another setting (isa="),
                       (("--gate", "none", MODEL, videos), "another setting (gate=gm")):
        error = refused(1, "tlee: %s: holds features of " % path, "sweep", "--features", path,
                        *line).err
        check(part in error, part, error)
    for data in (b"path frames label\n", b"\x89TLEE\r\n\x1a" + bytes(2000), bytes(HEADER_BYTES)):
        with open(path, "wb") as file:
            file.write(data)
        refused(1, "tlee: %s: is not a file" % path, "sweep", "--features", path,
                MODEL, videos)
        with open(path, "rb") as file:
            check(file.read() == data, "a file of others was changed")
    refused(1, "tlee: %s: " % temp, "sweep", "--features", temp, MODEL, videos)
    refused(1, "tlee: /dev/null: ", "sweep", "--features", "/dev/null", MODEL, videos)


def test_damage(temp, videos):
    """Wherever a file of features ends or is damaged: the same answers, or one clear line."""
    path = os.path.join(temp, "damaged")
    want = sweep_of(path, videos)
    with open(path, "rb") as file:
        data = file.read()
    record = (len(data) - HEADER_BYTES) // 7
    check(HEADER_BYTES + 7 * record == len(data), len(data))
    rng = random.Random(2)
    cuts = [0, 1, 7, 8, 100, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 1,
            HEADER_BYTES + record - 1, HEADER_BYTES + record, len(data) - 1]
    for cut in cuts + [rng.randrange(len(data)) for _ in range(6)]:
        with open(path, "wb") as file:
            file.write(data[:cut])
        found = sweep_of(path, videos)
        check(found and answers(found) == answers(want), "cut at", cut)
        check(os.path.getsize(path) == len(data), "cut at", cut, "has", os.path.getsize(path))
    for _ in range(24):
        at = rng.choice((rng.randrange(HEADER_BYTES), rng.randrange(len(data)),
                         rng.randrange(len(data))))
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        with open(path, "wb") as file:
            file.write(changed)
        found = sweep_of(path, videos)
        if at < HEADER_BYTES + 6 * record:
            check(found is None, "a flipped bit at", at, "is not seen")
        else:
            check(found and answers(found) == answers(want), "flipped at", at)
    with open(path, "wb") as file:
        file.write(data + data[HEADER_BYTES:HEADER_BYTES + record])
    check(sweep_of(path, videos) is None, "a video that is there twice")
    with open(path, "wb") as file:
        file.write(data)
    check(sweep_of(path, videos) == want, "what is left alone is not the same")
    check(sweep_of(path, videos, "--threads", "1", "--jobs", "3") == want, "with three threads")
