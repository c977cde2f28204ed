#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/actions: clips that are the same everywhere, splits that share nothing, lists that the
engine takes, runs that go on where they stopped. What needs numpy is skipped without it."""
import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(os.path.dirname(HERE), "tools")
PROGRAM = os.path.join(TOOLS, "actions", "make_clips.py")
sys.dont_write_bytecode = True
sys.path.insert(0, TOOLS)

import cli_tool  # noqa: E402
from cli_tool import check, good  # noqa: E402

try:
    import numpy  # noqa: F401
except ImportError:
    numpy = None
#: Two classes, a few clips: seconds.
SMALL = ("--actions", "bend,wave_swap", "--train", "3", "--validation", "2", "--test", "4",
         "--quiet", "--jobs", "2")
ENGINE = "random:resnet18,input=64,dataset=hmdb51,classes=2,frames=8,seed=3"


def call(*words, **more):
    """Status, standard output and error."""
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **more)
    done = subprocess.run([sys.executable, PROGRAM] + list(words), env=env, timeout=600,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def refused(status, part, *words, **more):
    """One line that names what is wrong."""
    found, out, said = call(*words, **more)
    check(found == status and not out and said.count("\n") == 1
          and said.startswith("make_clips.py: ") and part in said,
          words, "gives", found, repr(said), "but not", part)


def made(*words):
    status, out, said = call(*words)
    check(status == 0 and not said and out.count("\n") == 1, words, status, out, said)
    return out


def contents(root):
    """{path: bytes} of all files."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = file.read()
    return found


def test_without_numpy(temp):
    folder = os.path.join(temp, "without")
    os.mkdir(folder)
    with open(os.path.join(folder, "numpy.py"), "w", encoding="utf-8") as file:
        file.write("raise ImportError('none', name='numpy')\n")
    refused(1, "numpy is not installed", os.path.join(temp, "x"), PYTHONPATH=folder)


def test_arguments(temp):
    out = os.path.join(temp, "arguments")
    refused(2, "OUT or --sheet")
    refused(2, "not both", out, "--sheet", "x.png")
    refused(2, "no action 'fly'", out, "--actions", "bend,fly")
    refused(2, "twice", out, "--actions", "bend,bend")
    refused(2, "'-1' is no whole number", out, "--train=-1")
    refused(2, "'many'", out, "--jobs", "many")
    refused(2, "--form", out, "--form", "422")
    refused(2, "--trian", out, "--trian", "5")
    refused(1, "missing/s.png", "--sheet", os.path.join(temp, "missing", "s.png"))
    refused(1, "needs about", out, "--train", "99999", "--validation", "99999", "--test",
            "99999", "--form", "444") if shutil.disk_usage(temp).free < 5e11 else None
    check(not os.path.exists(os.path.join(out, "train.txt")))
    file = os.path.join(temp, "file")
    open(file, "w", encoding="utf-8").close()
    refused(1, file, file)
    other = os.path.join(temp, "other")
    os.mkdir(other)
    open(os.path.join(other, "letter.txt"), "w", encoding="utf-8").close()
    refused(1, "is not empty and holds no data.json", other)


def test_files(temp, whole):
    """Lists, labels and the plan agree with the files."""
    files = contents(whole)
    plan = json.loads(files["data.json"].decode())
    check(files["labels.txt"] == b"bend\nwave_swap\n", files["labels.txt"])
    paths = []
    for split, count in (("train", 3), ("validation", 2), ("test", 4)):
        rows = [line.split(" ") for line in files[split + ".txt"].decode().splitlines()]
        check(len(rows) == count == len(plan[split]), split, rows)
        for (path, frames, label), told in zip(rows, plan[split]):
            header = b"YUV4MPEG2 W112 H112 F25:1 Ip A1:1 C444 XCOLORRANGE=FULL\n"
            check(files[path].startswith(header) and len(files[path])
                  == len(header) + int(frames) * (6 + 3 * 112 * 112), path, frames)
            check(told["path"] == path and told["frames"] == int(frames)
                  and ["bend", "wave_swap"][int(label)] == told["class"] in path, told)
            paths.append(path)
    check(sorted(paths) == sorted(name for name in files if "/" in name), "other files", paths)
    check(len(set(files[path] for path in paths)) == len(paths), "two clips are the same")


def test_engine(temp, whole):
    """The engine takes the lists and reads every clip."""
    for split, count in (("test", 4), ("validation", 2)):
        found = good("eval", "--json", "--root", whole, ENGINE,
                     os.path.join(whole, split + ".txt")).json()
        check(found["videos"] == count and not found["failed"], found)


def test_forms(temp, whole):
    """Folders of pictures and Y4M with halved colour; Y4M keeps colours to two levels."""
    folders, halved = os.path.join(temp, "folders"), os.path.join(temp, "halved")
    few = ("--actions", "bend,wave_swap", "--train", "0", "--validation", "1", "--test", "0",
           "--quiet")
    made(folders, "--form", "ppm", *few)
    made(halved, "--form", "420", *few)
    from actions.clip import Clip
    from actions.picture_file import planes
    pictures = list(Clip(1, "validation", "bend", 0).frames())
    for number, picture in enumerate(pictures, 1):
        with open("%s/validation/bend_00000/img_%05d.ppm" % (folders, number), "rb") as file:
            check(file.read() == b"P6\n112 112\n255\n" + picture.tobytes(), "frame", number)
    with open(os.path.join(halved, "validation", "bend_00000.y4m"), "rb") as file:
        header, rest = file.readline(), file.read()
    check(b" C420jpeg " in header and len(rest) == len(pictures) * (6 + 112 * 112 * 3 // 2), header)
    y, u, v = (plane - middle for plane, middle in zip(planes(pictures[0]), (0, 128, 128)))
    for channel, back in enumerate((y + 1.402 * v, y - 0.344136 * u - 0.714136 * v,
                                    y + 1.772 * u)):
        check(float(abs(back - pictures[0][..., channel]).max()) <= 2.5, "channel", channel)
    good("eval", "--json", "--root", folders, ENGINE, os.path.join(folders, "validation.txt"))


def test_resume(temp, whole):
    """Whatever moment a run is killed at, the next one makes the same files."""
    wanted, root = contents(whole), os.path.join(temp, "resumed")
    for pause, sign in ((0.35, signal.SIGKILL), (0.5, signal.SIGINT), (0.65, signal.SIGTERM)):
        run = subprocess.Popen([sys.executable, PROGRAM, root] + list(SMALL),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               start_new_session=True)
        time.sleep(pause)
        if sign == signal.SIGINT:  # as a terminal does, to workers too, and impatiently
            os.killpg(run.pid, sign)
            os.killpg(run.pid, sign)
        else:
            run.send_signal(sign)
        said = run.communicate(timeout=60)[1].decode()
        check("Traceback" not in said, sign, said)
    # A clip that was cut, one that is gone, and a part left behind.
    made(root, *SMALL)
    with open(os.path.join(root, "test", "bend_00000.y4m"), "r+b") as file:
        file.truncate(100000)
    os.remove(os.path.join(root, "train", "wave_swap_00000.y4m"))
    open(os.path.join(root, "test", "bend_00001.y4m.77.part"), "w", encoding="utf-8").close()
    check(made(root, *SMALL).startswith("2 clips made, 7 were there"))
    found = contents(root)
    check(found == wanted, "differs:", sorted(name for name in set(found) | set(wanted)
                                              if found.get(name) != wanted.get(name)))
    check(made(root, *SMALL).startswith("0 clips made, 9 were there"))
    refused(1, "another seed", root, *SMALL, "--seed", "2")
    refused(1, "another form", root, *SMALL, "--form", "ppm")
    folder = os.open(root, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    refused(1, "another run is writing", root, *SMALL)
    os.close(folder)
    with open(os.path.join(root, "data.json"), "w", encoding="utf-8") as file:
        file.write("[1]")
    refused(1, "data.json: is no plan", root, *SMALL)


def test_full_disk(temp, whole):
    """Stood in for by a limit to a file's length: a line that names the clip, no part of one, and
    the same files once there is room."""
    root = os.path.join(temp, "full")
    words = [sys.executable, PROGRAM, root] + list(SMALL)
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                (300000, 300000)))
    said = done.stderr.decode()
    check(done.returncode == 1 and said.count("\n") == 1 and ".y4m: " in said
          and said.startswith("make_clips.py: " + root), done.returncode, said)
    check(not [name for name in contents(root) if name.endswith((".part", ".y4m"))], "parts")
    made(root, *SMALL)
    check(contents(root) == contents(whole), "a disk that was full changes the files")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, timeout=600)
    check(done.returncode == 1 and b"standard output: " in done.stderr
          and done.stderr.count(b"\n") == 1, done.returncode, done.stderr)


def test_sheet(temp):
    path = os.path.join(temp, "sheet.png")
    check(call("--sheet", path, "--actions", "bend,kick", "--frames", "3") == (0, "", ""))
    with open(path, "rb") as file:
        start = file.read(24)
    check(start[:8] == b"\x89PNG\r\n\x1a\n" and int.from_bytes(start[16:20], "big") == 3 * 114
          and int.from_bytes(start[20:24], "big") == 2 * 114, start)


def with_numpy():
    """Goes on in the system's Python where that has numpy and this one has not."""
    other = os.environ.get("TORCH_PYTHON", "/usr/bin/python3")
    if numpy or not shutil.which(other) or os.path.samefile(sys.executable, shutil.which(other)):
        return
    if subprocess.run([other, "-c", "import numpy"], stderr=subprocess.DEVNULL).returncode == 0:
        os.execv(shutil.which(other), [other] + sys.argv)


def main():
    with_numpy()
    with tempfile.TemporaryDirectory() as temp:
        if not numpy:
            test_without_numpy(temp)
            print("skipped: all but one test, for they need numpy (Debian: python3-numpy)")
            print("%d passed, %d failed, 1 skipped" % (cli_tool.passed, cli_tool.failed))
            return 1 if cli_tool.failed else 0
        import actions_content
        whole = os.path.join(temp, "whole")
        made(whole, *SMALL)
        again = os.path.join(temp, "again")
        made(again, *SMALL[:-1], "1")
        check(contents(again) == contents(whole), "one process gives other files than two")
        return cli_tool.run(actions_content.TESTS + (
            (test_without_numpy, temp), (test_arguments, temp), (test_files, temp, whole),
            (test_engine, temp, whole), (test_forms, temp, whole), (test_resume, temp, whole),
            (test_full_disk, temp, whole), (test_sheet, temp)))


if __name__ == "__main__":
    sys.exit(main())
