# SPDX-License-Identifier: MIT
"""What the tests of tools/convert.py share: counting, a work folder, a call of the command."""
import contextlib
import io
import os
import shutil
import sys
import tempfile
import traceback

import convert_files as files
from convert_networks import network

TOOLS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools")
sys.path.insert(0, TOOLS)
import convert  # noqa: E402: only found with the line above

# The settings that fit network() with its defaults.
FLAGS = {
    "backbone": "resnet18", "dataset": "hmdb51", "frames": "10", "resize": "80", "crop": "64",
    "mean": "0.4,0.5,0.6", "std": "0.2,0.25,0.3", "mode": "ts", "classes": "3", "branches": "2",
    "branch-scale": "0", "crm": "2", "exit-threshold": "0.8", "first-threshold": "0.99",
    "reuse": "mp", "gate": "gm",
}

# The same as a published configuration, with keys that are not needed.
YAML = """train_mode: test
seed: 2
data: &data
  name: hmdb51
  preprocessing:
    to_tensor: True
    resize: 80
    crop_center: 64
    normalize:
      mean: [0.4, 0.5, 0.6]
      std: [0.2, 0.25, 3e-1]
  num_frames: 10
data_val: *data
model:
  type: ts
  name: resnet18
  output_dim: [10]
  branch_num: 2
  branch_scale: 0
  crm_num: 2
  exit_thresh: 0.8
  useFeatureFunc: mp
  useGateFunc: gm
  first_threshold: 99e-2
  input_order8: [3, 6, 7, 0, 4, 5, 2, 1]
  input_order10: [5, 0, 9, 2, 7, 4, 6, 3, 8, 1]
  num_classes: 3
  colour: red
"""

counts = {"passed": 0, "failed": 0, "skipped": 0}
work = tempfile.mkdtemp(prefix="tlee-convert-")


def check(condition, *what):
    counts["passed" if condition else "failed"] += 1
    if not condition:
        caller = sys._getframe(1)
        print("%s:%d: %s" % (os.path.basename(caller.f_code.co_filename), caller.f_lineno,
                             " ".join(str(part)[:900] for part in what)))
    return condition


def skip(why):
    counts["skipped"] += 1
    print("skipped: " + why)


def path(name):
    return os.path.join(work, name)


def put(name, data):
    """Writes a file of bytes or text in the work folder; its path."""
    with open(path(name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path(name)


def flags(**changes):
    """Command-line words for FLAGS with changes; None takes a flag away."""
    given = dict(FLAGS, **{key.replace("_", "-"): value for key, value in changes.items()})
    return ["--%s=%s" % pair for pair in given.items() if pair[1] is not None]


def run(*words):
    """Exit status, standard output and standard error of the command, called in this process.

    An exception that comes through has the status -1 and stands on the standard error.
    """
    out, err = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["convert.py"] + list(words)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = convert.main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        status = -1
        err.write(traceback.format_exc())
    finally:
        sys.argv = before
    return status, out.getvalue(), err.getvalue()


def refused(data, *words, saying, status=1, target="m.tlee"):
    """Checks that a checkpoint of these bytes is refused in one line with every text of `saying`,
    and that nothing is left behind."""
    source = put("refused.pth", data)
    folder = sorted(os.listdir(work))
    got, out, err = run(source, "-o", path(target), *words)
    last = err.rstrip("\n").split("\n")[-1]
    texts = [saying] if isinstance(saying, str) else saying
    check(got == status and not out and "Traceback" not in err and last.startswith("convert.py: ")
          and all(text in last for text in texts), "status", got, "expected", texts, "got", err)
    check(status == 2 or err.count("\n") == 1 + err.count("warning:") + err.count(": ignored "),
          "more than a line:", err)
    check(sorted(os.listdir(work)) == folder, "left behind:", os.listdir(work))


def tiny(**shape):
    """Zip-layout bytes of a small network's checkpoint, and its state."""
    state = files.filled(network(**shape))
    return files.zip_bytes(files.checkpoint(state)), state


def with_tensor(name, tensor, make=files.zip_bytes):
    """A small network's checkpoint in which that tensor was replaced."""
    state = files.filled(network())
    state[name] = tensor
    return make(files.checkpoint(state))


def run_tests(names):
    """Calls every function test_... and prints the closing line; the exit status."""
    for name, test in sorted(names.items()):
        if name.startswith("test_"):
            try:
                test()
            except Exception:
                check(False, name, traceback.format_exc())
    shutil.rmtree(work)
    print("%d passed, %d failed, %d skipped" % (counts["passed"], counts["failed"],
                                                counts["skipped"]))
    return 1 if counts["failed"] or not counts["passed"] else 0
