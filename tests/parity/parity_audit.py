# SPDX-License-Identifier: MIT
"""tools/audit.py holds every op of a dump against PyTorch, and finds what is wrong with one."""
import contextlib
import glob
import io
import json
import os
import random
import re
import tempfile
import zlib

import torch

import audit
import pictures
from parity_checkpoints import CONFIG, with_prefix
from parity_harness import (CONVERT, ROOT, Failed, call, check, check_trace, python,
                            run_engine)
from torch_tlee.network import TLEE
from torch_tlee.settings import Settings

AUDIT, TORCH_RUN = (os.path.join(ROOT, "tools", name) for name in ("audit.py", "torch_run.py"))
# No exit is taken, so that a frame goes through all of them and each gate is asked.
WHOLE = ("--first-threshold", 1, "--exit-threshold", 1, "--gate-threshold", 1)
BOUND = 4e-5  # of an op's largest value

# Frame 1 of each runs every module.
WHOLE_MODELS = (
    "resnet18,input=64,branches=3,reuse=ema,gate=eg",
    "resnet18,input=64,dataset=hmdb51,classes=5,reuse=frm,crm=0",
    "resnet34,input=64,dataset=hmdb51,classes=51,reuse=ap,branches=1",
    "resnet50,input=64",
    "resnet101,input=64,dataset=hmdb51,classes=5,reuse=na",
    "resnet152,input=64,dataset=hmdb51,classes=5,gate=eg,reuse=ap",
    "vgg16,input=64,branches=3",
    "mobilenetv2,input=64,gate=eg",
    "mobilenetv2,input=75,dataset=hmdb51,classes=51,branches=3,scale=1,reuse=none",
    "efficientnetb3,input=64",
    "efficientnetb3,input=96,dataset=hmdb51,classes=20,branches=3,scale=2,crm=2,gate=eg,reuse=ema",
)
# Model, frame, options of the run: less than every module.
PARTLY = (
    ("resnet18,input=64", 0, ("--no-fold",)),
    ("resnet18,input=64,first=1", 9, ("--no-fold", "--exit-threshold", 1, "--gate-threshold", 1)),
    ("resnet18,input=64,first=1", 2, ("--no-fold", "--mode", "t", "--gate-threshold", 1)),
    ("resnet18,input=64,reuse=ap", 3, ("--no-fold", "--mode", "full")),
    ("resnet18,input=64,first=1", 1, ("--no-fold", "--gate", "none")),
    ("resnet18,input=64,first=1", 1, ("--no-fold", "--gate", "random", "--seed", 5)),
    ("resnet18,input=64,branches=0", 9, ("--no-fold",)),
    ("resnet18,input=64", 1, ("--no-fold", "--first-threshold", "1,1,0", "--exit-threshold",
                              "1,0,1", "--gate-threshold", 1, "--temperature", "1,2,0.5")),
    ("resnet18,input=64,first=1", 1, ("--cpu", "c")),
    ("resnet18,input=64,first=1", 1, ("--exact",)),
)


def dump(tlee, folder, model, video, frame, *options):
    call(tlee, "run", "--dump", folder, "--dump-frame", frame, *options, model, video)
    return folder


def run_audit(*words):
    """Exit status and output."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = audit.main([str(word) for word in words])
    return status, out.getvalue()


def check_good(name, *words):
    status, said = run_audit("--tolerance", BOUND, *words)
    lines = said.splitlines()
    check(status == 0 and lines[-1].startswith("ok: "), "audit " + name,
          "; ".join(line for line in lines if re.match("ok|FAILED|audit", line)))


def check_bad(name, pattern, *words):
    """An audit that must fail with a line that fits the pattern."""
    status, said = run_audit(*words)
    fits = [line for line in said.splitlines() if re.search(pattern, line)]
    check(status == 1 and fits, "audit finds " + name, (fits or [said[-300:]])[0])


# --- All is well ---

def check_models(tlee, folder, video):
    for number, model in enumerate(WHOLE_MODELS):
        model = "random:" + model
        for options in (("--no-fold",), ()):
            where = os.path.join(folder, "model%d%s" % (number, "".join(options)))
            dump(tlee, where, model, video, 1, *options, *WHOLE)
            check_good(" ".join((model,) + options), where, model, "--every-module")
    for number, (model, frame, options) in enumerate(PARTLY):
        where = dump(tlee, os.path.join(folder, "part%d" % number), "random:" + model, video, frame,
                     *options)
        check_good("%s frame %d %s" % (model, frame, " ".join(map(str, options))), where,
                   "random:" + model)


def save(folder, state, changes=(), **how):
    """A checkpoint and its configuration, which `changes` are made to."""
    os.makedirs(folder)
    checkpoint, config = os.path.join(folder, "ckpt.pth.tar"), os.path.join(folder, "config.yml")
    torch.save({"epoch": 1, "state_dict": state}, checkpoint, **how)
    text = CONFIG % (1.0, 1.0)
    for old, new in changes:
        text = text.replace(old, new)
    with open(config, "w") as file:
        file.write(text)
    return checkpoint, config


def check_checkpoints(tlee, folder, video):
    """Layouts, prefix, the number of ema, a picture that is resized and cropped, --half."""
    settings = Settings("resnet18", dataset="hmdb51", classes=5, gate="eg", input=64)
    state = TLEE(settings).fill().state_dict()
    ema = dict(state, **{"feature_func.beta": torch.tensor(0.75)})
    cases = (("plain", state, (), {}, ()),
             ("old", with_prefix(ema), [("useFeatureFunc: mp", "useFeatureFunc: ema"),
                                        ("resize: 64", "resize: 75")],
              {"_use_new_zipfile_serialization": False}, ()),
             ("half", state, (), {}, ("--half",)))
    for name, tensors, changes, how, half in cases:
        checkpoint, config = save(os.path.join(folder, name), tensors, changes, **how)
        model = os.path.join(folder, name + ".tlee")
        python(CONVERT, checkpoint, "--config", config, "-o", model, *half)
        where = dump(tlee, os.path.join(folder, name + "_dump"), model, video, 1, "--no-fold",
                     "--gate-threshold", 1)
        check_good("checkpoint " + name, where, checkpoint, "--config", config, "--every-module",
                   *half)


# --- Something is wrong ---

def change_weight(folder, description):
    """A checkpoint that differs from the description in one weight."""
    state = TLEE(Settings.parse(description)).fill().state_dict()
    state["backbone.baseModel.5.0.conv2.weight"][3, 2, 1, 1] += 0.5
    return save(os.path.join(folder, "changed"), state, [("useGateFunc: eg", "useGateFunc: gm")])


class Changed:
    """The index of a dump, changed for a while."""

    def __init__(self, where):
        self.path = os.path.join(where, "index.json")
        with open(self.path) as file:
            self.text = file.read()

    def __call__(self, change):
        index = json.loads(self.text)
        change(index)
        with open(self.path, "w") as file:
            json.dump(index, file)

    def restore(self):
        with open(self.path, "w") as file:
            file.write(self.text)


def leave_out(name, last=False):
    def change(index):
        rows = [row for row in index["ops"] if row["name"] == name]
        index["ops"].remove(rows[-1 if last else 0])
    return change


def check_left_out(where, model, index):
    for name, last in (("backbone.baseModel.0", False), ("backbone.baseModel.4.1.bn2", False),
                       ("backbone.baseModel.6.0.relu", True), ("backbone.baseModel.8", False),
                       ("backbone.branches.1", False), ("backbone.branches.0.crm.relu2", False),
                       ("feature_func", True), ("classifiers.0", True),
                       ("exit_selector.0.fc1", True), ("exit_selector.0.fc2", False)):
        index(leave_out(name, last))
        check_bad(name + " left out", "FAILED: module %s, exit .* has no op for it" % name, where,
                  model)


def check_index(where, model, index):
    def rename(found):
        found["ops"][7]["name"] = "backbone.baseModel.4.7.conv1"

    def decide(found):
        found["settings"]["exit_threshold"] = [0.0, 0.0, 0.0]

    def reshape(found):
        found["ops"][-1]["shape"] = [5, 1, 1]

    index(rename)
    check_bad("an op too many", "FAILED: op 7 backbone.baseModel.4.7.conv1 .* has no counterpart",
              where, model)
    index(decide)
    check_bad("another path", r"FAILED: PyTorch goes through the exits \[0\], .*\[0, 1, 2\]",
              where, model)
    index(reshape)
    check_bad("another shape", "npy: has the shape .1., index.json says .5, 1, 1.", where, model)


def places(found):
    """Each value in an object or list and below it, as the container and the key."""
    for key in range(len(found)) if isinstance(found, list) else list(found):
        yield found, key
        if isinstance(found[key], (list, dict)):
            yield from places(found[key])


def check_hostile(where, model, index):
    """Whatever an index says, there is a line for it."""
    rng = random.Random(4)
    count = len(list(places(json.loads(index.text))))
    wrong = 0
    for value in (None, True, -1, 3, 10**30, 1e999, "../x", "conv2d+add", "\x1b[31m", [], {}, [1]):
        for at in sorted(rng.sample(range(count), 5)):
            def spoil(found, at=at, value=value):
                container, key = list(places(found))[at]
                container[key] = value
            index(spoil)
            status, said = run_audit(where, model)
            wrong += status not in (0, 1) or "\x1b" in said
    check(not wrong, "audit of a spoilt index", "%d without a clear end" % wrong)

    def grow(found):
        found["picture"]["file"] = "huge.npy"
        found["picture"]["shape"] = [10**6, 10**6, 3]

    index(grow)
    with open(os.path.join(where, "huge.npy"), "wb") as file:
        text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000000, 3), }\n"
        file.write(b"\x93NUMPY\x01\x00" + bytes([len(text), 0]) + text)
    check_bad("an array that is not there", "huge.npy: ", where, model)
    with open(os.path.join(where, "huge.npy"), "wb"):
        pass
    check_bad("an empty array", "huge.npy: is no .npy file", where, model)
    for text, message in (("[" * 100000, "is no JSON"), ("[]", "has no 'frame'"), ("", "no JSON")):
        with open(index.path, "w") as file:
            file.write(text)
        check_bad("index " + text[:3], "index.json: .*" + message, where, model)


def check_data(where, model, index):
    """A number of an array is changed, and then its checksum in the index too."""
    row = json.loads(index.text)["ops"][20]
    path = os.path.join(where, row["file"])
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data[-1] ^= 0x01  # of the exponent of the last number
    with open(path, "wb") as file:
        file.write(data)
    check_bad("another checksum", re.escape(row["file"]) + ": has the checksum", where, model)
    count = 4
    for size in row["shape"]:
        count *= size

    def sign(found):
        found["ops"][20]["checksum"] = "crc32:%08x" % zlib.crc32(data[-count:])

    index(sign)
    check_bad("a changed number", r"FAILED: 1 of \d+ above .* op 20 %s \(" % row["name"], where,
              model)


def check_failures(tlee, folder, video):
    model = "random:resnet18,input=64,dataset=hmdb51,classes=5"
    where = dump(tlee, os.path.join(folder, "wrong"), model, video, 1, "--no-fold", *WHOLE)
    checkpoint, config = change_weight(folder, model)
    check_bad("one changed weight", r"FAILED: \d+ of \d+ above 0.0001 .* the first is op \d+ "
              r"backbone.baseModel.5.0.conv2 \(conv2d\), exit 0: off by", where, checkpoint,
              "--config", config)
    check_bad("another model", "classes is 5 in the dump, 6 in the model", where,
              model.replace("classes=5", "classes=6"))
    check_bad("another seed", "the first is op 0 backbone.baseModel.0 ", where, model + ",seed=1")
    first = dump(tlee, os.path.join(folder, "first"), model, video, 0, "--no-fold", *WHOLE)
    check_bad("modules that were not run", "FAILED: 3 modules were not on this frame's way", first,
              model, "--every-module")
    index = Changed(where)
    check_left_out(where, model, index)
    check_index(where, model, index)
    check_hostile(where, model, index)
    index.restore()
    check_data(where, model, index)


def check_command(tlee, folder, video, real):
    """The program as users call it."""
    where = dump(tlee, os.path.join(folder, "command"), "random:resnet18,input=64", video, 0)
    said = python(AUDIT, where, "random:resnet18,input=64",
                  "--top", 3)
    check("\nok: " in said, "audit.py", said.splitlines()[-1])
    trace = run_engine(tlee, "random:resnet18,input=64,frames=8", video)
    check_trace("torch_run.py", trace["steps"], json.loads(
        python(TORCH_RUN, "random:resnet18,input=64,frames=8", video)))
    with open(os.path.join(folder, "bad1.ppm"), "wb") as file:
        file.write(b"P6\n# a comment\n1 1\n255\nabc")
    for model, where, message in (("resnet18,input=64,frames=8", folder, "bad1.ppm: is no whole"),
                                  ("resnet18,input=64,frames=9", video, "no published order")):
        try:
            check(False, "torch_run.py takes " + python(TORCH_RUN, "random:" + model, where))
        except Failed as failure:
            check("torch_run.py: " in str(failure) and message in str(failure)
                  and "Traceback" not in str(failure), "torch_run.py refuses", str(failure))
    if not real:
        return
    checkpoint, config = (os.path.join(real, name) for name in ("ckpt.best.pth.tar", "config.yml"))
    model = os.path.join(folder, "real.tlee")
    python(CONVERT, checkpoint, "--config", config, "-o", model)
    for clip in sorted(glob.glob(os.path.join(real, "clip*"))):
        check_trace("real torch_run.py " + os.path.basename(clip),
                    run_engine(tlee, model, clip)["steps"],
                    json.loads(python(TORCH_RUN, checkpoint, clip, "--config", config)))
    for frame in (0, 1, 9):
        for options in (("--no-fold",), ()):
            where = dump(tlee, os.path.join(folder, "real%d%s" % (frame, "".join(options))), model,
                         os.path.join(real, "clip0"), frame, *options, *WHOLE)
            check_good(" ".join(("real frame %d" % frame,) + options), where, checkpoint,
                       "--config", config)


def run(tlee, real):
    with tempfile.TemporaryDirectory(prefix="tlee-parity-") as folder:
        video = os.path.join(folder, "video")
        pictures.write_folder(video, 80, 66, 5, 12)
        for part in (check_models, check_checkpoints, check_failures):
            try:
                part(tlee, folder, video)
            except Failed as failure:
                check(False, part.__name__, str(failure))
        try:
            check_command(tlee, folder, video, real)
        except Failed as failure:
            check(False, "audit.py", str(failure))
