# SPDX-License-Identifier: MIT
"""What the tests of evaluations on many machines share: counting, a data set, and what one machine
says about it."""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.join(HERE, "..", "..", "tools", "cluster")
#: Videos end early and late, in time and in depth.
MODEL = "random:resnet34,dataset=ucf101,classes=10,frames=8,seed=3,first=0.985,exit=0.86"
LIMIT = 180

passed = 0
failed = 0
skipped = 0


def check(condition, *details):
    """Counts one check; says what was wrong when it fails."""
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print("FAILED:", *details, flush=True)
    return bool(condition)


def installed(part, programs):
    """True when the programs are there; otherwise a line says what to install. Programs are given
    with the Debian package that has them. The services' are not on every user's path."""
    global skipped
    missing = sorted({package for program, package in programs.items() if not find(program)})
    if missing:
        skipped += 1
        print("skipped: %s: apt-get install --no-install-recommends %s" % (
            part, " ".join(missing)), flush=True)
    return not missing


def find(program):
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    return shutil.which(program, path=path)


def stop_cleanly():
    """SIGTERM, as timeout(1) sends it, becomes an exception too, so that services are stopped."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


def wait_for(condition, what, seconds=LIMIT):
    """Looks again and again; a condition that never comes true is an error."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise OSError("waited %d s for %s" % (seconds, what))
        time.sleep(0.02)


# ---- Processes ----

def workers(folders, shard):
    """Numbers and folders of the workers at a shard ("1/4") whose command lies below one of
    these."""
    found = []
    for entry in glob.glob("/proc/[0-9]*"):
        try:
            with open(entry + "/cmdline", "rb") as file:
                words = file.read().decode("utf-8", "replace").split("\0")
            place = os.path.dirname(os.readlink(entry + "/exe"))
        except OSError:
            continue
        if words[1:2] == ["eval"] and shard in words and any(
                os.path.join(place, "").startswith(os.path.join(os.path.realpath(folder), ""))
                for folder in folders):
            found.append((int(os.path.basename(entry)), place))
    return found


def kill(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Service:
    """A program in the foreground that is stopped by its number."""

    def __init__(self, name, command, log, **env):
        self.name, self.log = name, log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=subprocess.STDOUT, env=dict(os.environ, **env))

    def alive(self):
        if self.process.poll() is None:
            return True
        with open(self.log, encoding="utf-8", errors="replace") as file:
            raise OSError("%s ended with status %d: %s" % (
                self.name, self.process.returncode, file.read()[-800:]))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


# ---- The data set ----

def write_clip(path, seed, frames, width=96, height=72):
    """A Y4M file of moving grey patterns, one for each seed."""
    with open(path, "wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F25:1 Ip A1:1 Cmono\n" % (width, height))
        for k in range(frames):
            file.write(b"FRAME\n")
            for y in range(height):
                file.write(bytes(16 + (x * (1 + seed % 7) + y * (1 + seed % 5) + k * 13 + seed * 29
                                       + (x * y * seed >> 5)) % 220 for x in range(width)))


class Case:
    """A folder with clips, their list and what one machine says about them."""

    def __init__(self, temp, tlee, videos, missing=(), model=MODEL):
        self.temp, self.tlee, self.videos, self.model = temp, os.path.abspath(tlee), videos, model
        self.clips = os.path.join(temp, "clips")
        self.list = os.path.join(temp, "list")
        os.mkdir(self.clips)
        with open(self.list, "w", encoding="ascii") as file:
            for i in range(videos):
                frames = 8 + i % 5
                if i not in missing:
                    write_clip(os.path.join(self.clips, "clip%03d.y4m" % i), i, frames)
                file.write("clip%03d.y4m %d %d\n" % (i, frames, i % 5))
        #: For every worker: one thread, so that two fit on a small machine.
        self.options = ["--root", self.clips, "--threads", "1"]

    def evaluate(self):
        """One eval of the whole list; its records and its summary."""
        records = os.path.join(self.temp, "single.jsonl")
        done = subprocess.run([self.tlee, "eval", "--json", "--records", records] + self.options
                              + [self.model, self.list], stdout=subprocess.PIPE, check=True)
        return read_records(records), timeless(json.loads(done.stdout))

    def merged(self, folder):
        """The same from the folder of a run on many."""
        out = os.path.join(folder, "records.jsonl")
        done = subprocess.run([self.tlee, "merge", "--json", "-o", out + ".again", out],
                              stdout=subprocess.PIPE, check=True)
        return read_records(out), timeless(json.loads(done.stdout))

    def folder(self, name):
        return os.path.join(self.temp, name)

    def command(self, script, folder, *options):
        return ([os.path.join(SCRIPTS, script)] + list(options) + [folder, self.model, self.list]
                + self.options)

    def start(self, script, folder, *options, **env):
        """Starts one of the scripts, which can be killed with all that it started here."""
        return subprocess.Popen(self.command(script, folder, *options), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True,
                                env=dict(os.environ, TLEE=self.tlee, **env))


def timeless(value):
    """A record or summary without the times."""
    return {key: item for key, item in value.items() if key not in ("ms", "ms_total")}


def lines_of(path):
    """The whole lines of a file, as bytes; none when it is not there."""
    try:
        with open(path, "rb") as file:
            return file.read().split(b"\n")[:-1]
    except OSError:
        return []


def read_records(path):
    """Records without times, in the order of the file."""
    return [timeless(json.loads(line)) for line in lines_of(path)]


def finish(process, what, status=0):
    """Waits for a script and checks its status."""
    try:
        out, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
    text = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
    check(process.returncode == status, what, "ended with", process.returncode, *text)
    return text


def closing():
    print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
    return 1 if failed or not passed + skipped else 0
