# SPDX-License-Identifier: MIT
"""What the command-line tests share: counting, calling the command, and small inputs."""
import json
import os
import re
import subprocess
import traceback

WORDS = os.environ.get("TLEE", "build/tlee").split()
#: A network that answers in well under a second, at its own input size.
SMALL = "random:resnet18,input=64,dataset=hmdb51,classes=5,frames=8,seed=3"
LIMIT = 600

passed = 0
failed = 0


def check(condition, *details):
    """Counts one check; says what was wrong when it fails."""
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print("FAILED:", *details, flush=True)
    return bool(condition)


class Result:
    """What one call gave; standard output and error as text."""

    def __init__(self, args, status, out, err):
        self.args, self.status, self.out, self.err = args, status, out, err

    def __str__(self):
        return "tlee %s: status %s\n  stdout: %.300r\n  stderr: %.300r" % (
            " ".join(map(repr, self.args)), self.status, self.out, self.err)

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            check(False, "no JSON:", self)
            return {}

    def without_times(self):
        """The output without what may differ from run to run."""
        text = re.sub(r'"ms(_total)?": [0-9.e+-]+', '"ms": 0', self.out)
        return re.sub(r"(?m)^time .*$", "time", text)


def tlee(*args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **more):
    """Calls the command; arguments may be bytes."""
    done = subprocess.run(WORDS + list(args), stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
                          timeout=LIMIT, **more)
    return Result(args, done.returncode, (done.stdout or b"").decode("utf-8", "replace"),
                  done.stderr.decode("utf-8", "replace"))


def good(*args, warnings=0, **streams):
    """A call that must succeed with so many lines on standard error."""
    result = tlee(*args, **streams)
    lines = result.err.splitlines()
    check(result.status == 0 and len(lines) == warnings
          and all(line.startswith("tlee: warning: ") for line in lines), result)
    return result


def refused(status, start, *args, **streams):
    """A call that must fail with that status and one line on standard error that begins so."""
    result = tlee(*args, **streams)
    lines = result.err.splitlines()
    check(result.status == status and len(lines) == 1 and lines[0].startswith(start)
          and len(lines[0]) > len(start) and not result.out, "want", status, start, result)
    return result


def shown_on(master):
    """All that a terminal was shown; its programs have ended or will. Closes the master's side."""
    shown = b""
    try:
        while True:
            shown += os.read(master, 65536)
    except OSError:
        os.close(master)
    return shown


def pixel(seed, frame, x, y):
    """A colour that varies over the picture and from frame to frame."""
    return bytes(((x * (3 + seed) + frame * 11) & 255, (y * 5 + seed * 40 + frame * 3) & 255,
                  (x * y + frame * 17 + seed) & 255))


def write_ppm(path, width, height, seed, frame):
    data = b"".join(pixel(seed, frame, x, y) for y in range(height) for x in range(width))
    with open(path, "wb") as file:
        file.write(b"P6\n%d %d\n255\n" % (width, height) + data)


def write_video(folder, frames, seed=0, width=80, height=64):
    """A folder of numbered pictures; returns its name."""
    os.mkdir(folder)
    for k in range(1, frames + 1):
        write_ppm(os.path.join(folder, "img_%05d.ppm" % k), width, height, seed, k)
    return folder


def write_y4m(path, frames, width=64, height=64):
    """A grey Y4M file."""
    with open(path, "wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F25:1 Ip A1:1 Cmono\n" % (width, height))
        for k in range(frames):
            file.write(b"FRAME\n" + bytes(16 + (x * 3 + y * 2 + k * 13) % 220
                                          for y in range(height) for x in range(width)))
    return path


def run(tests):
    """Runs tests, a tuple of function and arguments each; the exit status, after the count."""
    for test, *args in tests:
        try:
            test(*args)
        except (LookupError, OSError, TypeError, ValueError, subprocess.TimeoutExpired):
            check(False, test.__name__, "broke off:", traceback.format_exc())
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0
