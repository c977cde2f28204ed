# SPDX-License-Identifier: MIT
"""A whole data set: its plan, its files, and going on where an interrupted run stopped."""
import concurrent.futures
import fcntl
import itertools
import json
import os
import shutil
import signal
import threading
import time

from fault import Fault, blaming

from . import VERSION
from .camera import SIDE
from .clip import FEWEST, MOST, Clip
from .picture_file import ppm_pieces, write_whole, y4m_pieces
from .splits import SPLITS

PLAN = "data.json"
#: Bytes of a pixel in each form of file.
PIXEL = {"444": 3.0, "420": 1.5, "ppm": 3.0}
#: Seconds between lines about the progress.
PAUSE = 2.0
#: Seconds until Ctrl-C is noticed.
PATIENCE = 0.2


class Settings:
    """All that decides the bytes. form: "444" or "420" (Y4M of that chroma) or "ppm" (folders)."""

    def __init__(self, seed, actions, counts, form):
        self.seed, self.actions, self.counts, self.form = seed, tuple(actions), counts, form

    def made_from(self):
        return {"version": VERSION, "seed": self.seed, "side": SIDE, "form": self.form,
                "actions": list(self.actions), "counts": self.counts}

    def clip(self, split, index):
        """Classes take turns."""
        action = self.actions[index % len(self.actions)]
        return Clip(self.seed, split, action, index // len(self.actions))

    def path(self, clip):
        return "%s/%s%s" % (clip.split, clip.name, "" if self.form == "ppm" else ".y4m")

    def frame_bytes(self):
        return int(SIDE * SIDE * PIXEL[self.form])

    def all_clips(self):
        for split in SPLITS:
            for index in range(self.counts[split]):
                yield self.clip(split, index)


# ---- A clip ----

def write_folder(path, pictures):
    """Frames as img_00001.ppm...; the folder gets its name when it is complete."""
    beside = path + ".part"
    shutil.rmtree(beside, ignore_errors=True)
    os.mkdir(beside)
    for number, picture in enumerate(pictures, 1):
        with open("%s/img_%05d.ppm" % (beside, number), "wb") as file:
            for piece in ppm_pieces(picture):
                file.write(piece)
    os.rename(beside, path)


def is_there(settings, path, clip):
    """A name stands for a whole clip; the size tells a file that somebody cut."""
    if settings.form == "ppm":
        return os.path.isdir(path) and len(os.listdir(path)) == clip.count
    return os.path.isfile(path) and os.path.getsize(path) > clip.count * settings.frame_bytes()


def make_clip(settings, root, split, index):
    """Writes one clip unless it is there; whether it was written, or path and reason why not."""
    clip = settings.clip(split, index)
    path = os.path.join(root, settings.path(clip))
    try:
        if is_there(settings, path, clip):
            return False
        if settings.form == "ppm":
            shutil.rmtree(path, ignore_errors=True)
            write_folder(path, clip.frames())
        else:
            write_whole(path, y4m_pieces(clip.frames(), settings.form))
        return True
    except OSError as error:
        return path, error.strerror or str(error)


# ---- The folder ----

def lock(root):
    """Two runs in one folder would take away each other's files."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(folder)
        raise Fault("another run is writing to it", root)
    return folder


def check_same(root, wanted):
    """Refuses a folder of another data set, or of something else."""
    path = os.path.join(root, PLAN)
    if not os.path.exists(path):
        rest = [name for name in os.listdir(root) if not name.endswith(".part")]
        if rest:
            raise Fault("is not empty and holds no %s" % PLAN, root)
        return
    with blaming(path):
        try:
            with open(path, encoding="utf-8") as file:
                found = json.load(file)["made_from"]
            differing = [key for key in wanted if found.get(key) != wanted[key]]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Fault("is no plan of this program")
        if differing:
            raise Fault("the folder holds a data set with another %s; take another folder" %
                        " and ".join(differing))


def sweep_parts(root):
    """What an interrupted run left half done."""
    for split in SPLITS:
        folder = os.path.join(root, split)
        with blaming(folder):
            os.makedirs(folder, exist_ok=True)
        for name in os.listdir(folder):
            if name.endswith(".part"):
                path = os.path.join(folder, name)
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


def check_room(settings, root):
    """Refuses to begin what cannot end; the mean clip has (FEWEST + MOST) / 2 frames."""
    there = sum(len(os.listdir(os.path.join(root, split))) for split in SPLITS)
    missing = sum(settings.counts.values()) - there
    needed = missing * settings.frame_bytes() * (FEWEST + MOST) / 2
    free = shutil.disk_usage(root).free
    if needed > free:
        raise Fault("needs about %.1f GB, free are %.1f GB" % (needed / 1e9, free / 1e9), root)


def write_text(root, name, text):
    write_whole(os.path.join(root, name), [text.encode("utf-8")])


def write_plan(settings, root):
    clips = {split: [] for split in SPLITS}
    for clip in settings.all_clips():
        clips[clip.split].append(json.dumps({"path": settings.path(clip), **clip.describe()}))
    parts = ['"made_from": ' + json.dumps(settings.made_from())]
    parts += ['"%s": [%s]' % (split, ",\n".join(clips[split])) for split in SPLITS]
    write_text(root, PLAN, "{%s}\n" % ",\n".join(parts))


def write_lists(settings, root):
    """Written last: where they are, all clips are."""
    lines = {split: [] for split in SPLITS}
    for clip in settings.all_clips():
        lines[clip.split].append("%s %d %d\n" % (settings.path(clip), clip.count,
                                                 settings.actions.index(clip.action)))
    write_text(root, "labels.txt", "".join(action + "\n" for action in settings.actions))
    for split in SPLITS:
        write_text(root, split + ".txt", "".join(lines[split]))


# ---- All clips ----

def attend(parent):
    """Begins a worker. The parent alone hears of Ctrl-C; should it be killed, its workers, which
    hold its lock, end too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch():
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)
    threading.Thread(target=watch, daemon=True).start()


class Progress:
    def __init__(self, total, say):
        self.total, self.say = total, say
        self.done = self.made = 0
        self.start = self.last = time.monotonic()

    def count(self, made):
        self.done += 1
        self.made += made
        now = time.monotonic()
        if now - self.last >= PAUSE:
            self.last = now
            self.say("%d of %d clips, %.1f a second" % (
                self.done, self.total, self.made / (now - self.start)))


def make_all(settings, root, jobs, say, stop):
    progress = Progress(sum(settings.counts.values()), say)
    missing = ((split, index) for split in SPLITS for index in range(settings.counts[split]))
    waiting = set()
    with concurrent.futures.ProcessPoolExecutor(jobs, initializer=attend,
                                                initargs=(os.getpid(),)) as pool:
        try:
            while not stop():
                waiting |= {pool.submit(make_clip, settings, root, *one)
                            for one in itertools.islice(missing, 4 * jobs - len(waiting))}
                if not waiting:
                    return progress
                done, waiting = concurrent.futures.wait(
                    waiting, PATIENCE, concurrent.futures.FIRST_COMPLETED)
                for made in (task.result() for task in done):
                    if isinstance(made, tuple):
                        path, reason = made
                        raise Fault(reason, path)
                    progress.count(made)
        except concurrent.futures.process.BrokenProcessPool:
            raise Fault("a worker was killed; run again to go on", root)
        finally:
            for task in waiting:
                task.cancel()
    raise KeyboardInterrupt


def make_data_set(settings, root, jobs, say, stop=lambda: False):
    """Makes what is missing of a data set; says how it goes on. Returns clips made and seconds.
    When stop() turns true it raises KeyboardInterrupt: one that is raised anywhere may leave a lock
    of the pool behind, and then nothing ends."""
    with blaming(root):
        os.makedirs(root, exist_ok=True)
        folder = lock(root)
        try:
            check_same(root, settings.made_from())
            sweep_parts(root)
            check_room(settings, root)
            write_plan(settings, root)
            progress = make_all(settings, root, jobs, say, stop)
            write_lists(settings, root)
        finally:
            os.close(folder)
    return progress.made, time.monotonic() - progress.start
