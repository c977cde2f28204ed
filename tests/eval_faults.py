# SPDX-License-Identifier: MIT
"""tlee eval: lists that are wrong, videos that fail, programs that misbehave."""
import os
import pty
import signal
import subprocess
import sys
import threading
import time

from cli_tool import (LIMIT, WORDS, check, good, refused, shown_on, tlee, write_ppm,
                      write_y4m)
from eval_data import QUICK, evaluate, read_records, without_times, write_list


def test_bad_lists(data, temp):
    """Each gets one clear line that names the list and the line in it."""
    video = data.names[1]
    rows = [("", "is empty"), ("\n \r\n", "is empty"),
            ("%s 1 1\n%s\n" % (video, "x"), "line 2: must be 'path frames label', has one col"),
            ("%s 1\n" % "x", "line 1: must be 'path frames label', has two col"),
            ("a 1 1\n\nb 1 1\n", "line 2: must be 'path frames label', has not"),
            ("a 1 1\nb 1 5\n", "line 2: label 5, but the model's classes are 0 to"),
            ("a 1 -1\n", "line 1: label '-1'"), ("a 1 x\n", "line 1: label 'x'"),
            ("a 0 1\n", "line 1: frames '0'"), ("a x 1\n", "line 1: frames 'x'"),
            ("a 1 1\nb 1 1\na 2 2\n", "line 3: has the video of line 1 again: "),
            ("a 1 1\nb\0 1 1\n", "line 2: has a zero byte"), ("- 1 1\n", "line 1: standard input"),
            ("a\x1b[31m 1 7\n", "line 1: label 7")]
    listed = os.path.join(temp, "bad.txt")
    for text, message in rows[::4] if QUICK else rows:
        with open(listed, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        result = refused(1, "tlee: %s: %s" % (listed, message), "eval", "--root", data.root,
                         data.model, listed)
        check("\x1b" not in result.err, "steers the terminal", result)
    for listed in (os.path.join(temp, "missing"), temp):
        refused(1, "tlee: %s: cannot be " % listed, "eval", data.model, listed)


def test_list_forms(data, temp):
    """What lists of other systems have is no fault."""
    lines = ["%s %s %d" % row for row in zip(data.names, data.frames(), data.labels)]
    options = ("--shard", "0/3", "--root", data.root, data.model)
    want = without_times(evaluate(*options, data.list))
    for text in ("\r\n".join(lines) + "\r\n", "\n".join(lines),
                 "\n".join("  " + line.replace(" ", "\t \t") + " \t" for line in lines
                           if line.count(" ") == 2) + "\n\n\n", "\ufeff" + "\n".join(lines)):
        listed = os.path.join(temp, "form.txt")
        with open(listed, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        found = without_times(evaluate(*options, listed))
        check(found == want or found["videos"] < want["videos"], text, found)
        check(found["failed"] == [], found)
    write_list(listed, ["%s 3 1" % data.names[1]])
    spaced = evaluate("--root", data.root, data.model, listed)
    check(spaced["failed"] == [] and " " in data.names[1], "a path with a blank", spaced)


def test_failing_videos(data, temp):
    """They are counted and named and stop nothing; another time they are tried again."""
    root = os.path.join(temp, "failing")
    os.mkdir(root)
    for name in ("good.y4m", "other.y4m", "late.y4m"):
        write_y4m(os.path.join(root, name), 9)
    with open(os.path.join(root, "broken.y4m"), "wb") as file:
        file.write(b"no video")
    os.mkdir(os.path.join(root, "empty"))
    names = ["good.y4m", "broken.y4m", "missing", "other.y4m", "empty", "late.y4m"]
    os.rename(os.path.join(root, "late.y4m"), os.path.join(root, "elsewhere"))
    listed = write_list(os.path.join(root, "list.txt"), ["%s - 1" % name for name in names])
    line = ("--root", root, data.model, listed)
    lost = ["broken.y4m", "missing", "empty", "late.y4m"]
    file = os.path.join(temp, "failing.jsonl")
    for jobs in ("1", "3"):
        result = good("eval", "--json", "--jobs", jobs, *line, warnings=len(lost))
        found = result.json()
        check([row["path"] for row in found["failed"]] == lost and found["videos"] == 6, found)
        for name in lost:
            check(result.err.count(os.path.join(root, name) + ": failed: ") == 1, name, result)
    found = evaluate("--records", file, *line)
    check([row["path"] for row in found["failed"]] == lost, found)
    records = read_records(file)
    check([record["path"] for record in records if "error" in record] == lost, records)
    check(all(list(record) == ["index", "path", "truth", "error", "of"]
              for record in records if "error" in record), records)
    os.rename(os.path.join(root, "elsewhere"), os.path.join(root, "late.y4m"))
    inode = os.stat(file).st_ino
    found = evaluate("--records", file, "--jobs", "2", *line)
    check([row["path"] for row in found["failed"]] == lost[:3], found)
    check(sorted(record["index"] for record in read_records(file)) == list(range(6)), "records")
    check(os.stat(file).st_ino != inode, "was not written anew")
    check(sorted(os.listdir(temp)).count("failing.jsonl.new") == 0, os.listdir(temp))
    # Those of another share are left alone.
    evaluate("--records", file, "--shard", "0/2", *line)
    check(len(read_records(file)) == 6, "records of the other share")
    nothing = write_list(os.path.join(root, "nothing.txt"), ["missing 5 1", "empty 5 2"])
    result = tlee("eval", "--json", "--root", root, data.model, nothing)
    check(result.status == 1 and "tlee: %s: every video failed" % nothing in result.err
          and result.json()["top1"] is None and len(result.json()["failed"]) == 2, result)
    text = tlee("eval", *line).out
    check("videos      6, 3 of them failed" in text and "\n  missing: " in text, text)


def test_warnings(data, temp):
    """One line for each video that was mended."""
    root = os.path.join(temp, "gaps")
    os.makedirs(os.path.join(root, "video"))
    for k in (1, 3, 5):
        write_ppm(os.path.join(root, "video", "%d.ppm" % k), 24, 20, 1, k)
    listed = write_list(os.path.join(root, "list.txt"), ["video 30 1"])
    result = good("eval", "--first-threshold", "1", "--gate", "none", "--root", root,
                  data.model, listed, warnings=2)
    check("more warnings like this" in result.err, result)


def test_broken_model(temp):
    """Scores that are not finite fail the videos, one by one."""
    from cli_weights import weights_file
    model = os.path.join(temp, "nan.tlee")
    with open(model, "wb") as file:
        file.write(weights_file(["a", "b"], [1, 0], classifier_bias=float("nan"))[0])
    video = write_y4m(os.path.join(temp, "one.y4m"), 3)
    listed = write_list(os.path.join(temp, "one.txt"), ["%s - 1" % video])
    result = tlee("eval", "--json", model, listed)
    check(result.status == 1 and len(result.json()["failed"]) == 1, result)


#: A decoder that an interrupt ends after two frames of nine, or none.
SLOW = """#!%s
import signal, sys, time
sys.path.insert(0, %r)
from video_tool import ppm
signal.signal(signal.SIGINT, lambda *_: sys.exit(255))
if any(word.endswith("a.avi") for word in sys.argv):
    sys.stdout.buffer.write(ppm(1) + ppm(2))
    sys.stdout.buffer.flush()
with open(%r, "a") as file:
    file.write("begun\\n")
time.sleep(60)
"""


def test_interrupt_of_all(data, temp):
    """A terminal's interrupt ends decoders too: what they gave by then becomes no record."""
    folder = os.path.join(temp, "slow_decoder")
    os.mkdir(folder)
    begun = os.path.join(folder, "begun")
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "ffmpeg"), "w", encoding="utf-8") as file:
        file.write(SLOW % (sys.executable, here, begun))
    os.chmod(os.path.join(folder, "ffmpeg"), 0o755)
    for name in ("a.avi", "b.avi"):
        open(os.path.join(folder, name), "wb").close()
    listed = write_list(os.path.join(folder, "list.txt"), ["a.avi 9 1", "b.avi 9 1"])
    more = dict(os.environ, PATH=folder + os.pathsep + os.environ.get("PATH", ""),
                PYTHONDONTWRITEBYTECODE="1")
    records = os.path.join(folder, "records")
    line = ["eval", "--jobs", "2", "--records", records, "--root", folder, data.model, listed]
    child = subprocess.Popen(WORDS + line, env=more, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + LIMIT
    while not (os.path.exists(begun) and os.path.getsize(begun) > 6) and \
            time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=LIMIT)
    check(child.returncode == -signal.SIGINT and not out and b"stopped after 0 videos" in err,
          child.returncode, out, err)
    check(os.path.getsize(records) == 0, "records of decoders that were interrupted")


#: A decoder that tells which files it has inherited, and takes its time.
FAKE = """#!%s
import os, sys, time
sys.path.insert(0, %r)
from video_tool import ppm
listed = [int(name) for name in os.listdir("/proc/self/fd")]
kept = [fd for fd in listed if fd > 2 and os.path.exists("/proc/self/fd/%%d" %% fd)]
with open(%r, "a") as file:
    file.write("%%d\\n" %% len(kept))
for k in range(9):
    if "framecrc" in sys.argv:
        sys.stdout.buffer.write(b"0, %%d, %%d, 1, 60, 0x0\\n" %% (k, k))
    else:
        sys.stdout.buffer.write(ppm(k + 1))
    sys.stdout.buffer.flush()
"""


def test_decoders_at_once(data, temp):
    """Several ffmpegs side by side: none holds another's pipe open, all answers are the same."""
    # QEMU 7.2's user emulation forks for a posix_spawn, and where another of its threads holds one
    # of its own locks then, the child waits for ever and never becomes ffmpeg.
    jobs = "1" if "qemu" in WORDS[0] else "4"
    folder = os.path.join(temp, "decoder")
    os.mkdir(folder)
    seen = os.path.join(folder, "seen")
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "ffmpeg"), "w", encoding="utf-8") as file:
        file.write(FAKE % (sys.executable, here, seen))
    os.chmod(os.path.join(folder, "ffmpeg"), 0o755)
    names = ["%d.avi" % k for k in range(4 if QUICK else 10)]
    for name in names:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"not looked at")
    listed = write_list(os.path.join(folder, "list.txt"), ["%s - 1" % name for name in names])
    more = dict(os.environ, PATH=folder + os.pathsep + os.environ.get("PATH", ""),
                PYTHONDONTWRITEBYTECODE="1")
    line = ("--root", folder, data.model, listed)
    want = without_times(evaluate(*line, env=more))
    check(want["failed"] == [], want)
    file = os.path.join(folder, "records")
    check(without_times(evaluate("--jobs", jobs, "--records", file, *line, env=more)) == want,
          "side by side")
    with open(seen, encoding="utf-8") as stream:
        check(set(stream.read().split()) == {"0"}, "decoders inherited open files")


def test_progress(data, temp):
    """On a terminal: how far, how fast, how long still."""
    root = os.path.join(temp, "slow")
    os.mkdir(root)
    names = ["%d.y4m" % k for k in range(4)]
    source = write_y4m(os.path.join(root, "source"), 5)
    for name in names[:3]:
        os.symlink(source, os.path.join(root, name))
    os.mkfifo(os.path.join(root, "1.5.y4m"))
    names.insert(2, "1.5.y4m")
    listed = write_list(os.path.join(root, "list.txt"), ["%s - 1" % name for name in names])

    def feed():
        with open(source, "rb") as file:
            data = file.read()
        with open(os.path.join(root, "1.5.y4m"), "wb") as file:
            time.sleep(0.7)
            file.write(data)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    master, terminal = pty.openpty()
    child = subprocess.Popen(WORDS + ["eval", "--root", root, data.model, listed],
                             stdout=terminal, stderr=terminal, stdin=subprocess.DEVNULL)
    os.close(terminal)
    check(child.wait(LIMIT) == 0, "fails")
    feeder.join(LIMIT)
    shown = shown_on(master)
    check(b"\rvideo 3 of 5, " in shown and b" a second, 0:" in shown and b" left\x1b[K" in shown,
          "progress:", shown)
    # The line is gone before a warning and before the answer.
    check(b"\r\x1b[Ktlee: warning: " in shown and b"left\x1b[Kvideos" not in shown, shown)
