# SPDX-License-Identifier: MIT
"""The cases of an oracle, a folder with golden.py and cases/*.json, and more made with it."""
import glob
import json
import os
import re
import shutil
import tempfile

from parity_harness import BOUND, CONVERT, Failed, call, check, python

DEFAULTS = {"backbone": "resnet18", "dataset": "hmdb51", "classes": 51, "branches": 2,
            "reuse": "mp", "gate": "gm", "mode": "ts", "scale": 3, "crm": 3, "frames": 10,
            "exit": 0.8, "first": 0.99}
VIDEOS = [{"seed": 31, "w": 320, "h": 240, "n": 61, "speed": 0.4},
          {"seed": 32, "w": 224, "h": 300, "n": 12, "speed": 1.0}]
# Settings that differ from the defaults; file_options: how the checkpoint is written.
SPECS = (
    ("branch1_ap", {"branches": 1, "reuse": "ap"}, {"old_layout": True}),
    ("branch3_eg", {"branches": 3, "gate": "eg", "classes": 20}, {"module_prefix": True}),
    ("ema_beta", {"reuse": "ema", "beta": 0.75, "dataset": "ucf101", "classes": 101},
     {"beta_key": 0.75}),
    ("ema", {"reuse": "ema", "frames": 8}, {}),
    ("none_eg", {"reuse": "none", "gate": "eg"}, {"old_layout": True, "module_prefix": True}),
    ("frm", {"reuse": "frm", "branches": 3}, {}),
    ("na_t", {"reuse": "na", "mode": "t"}, {}),
    ("frames8", {"frames": 8, "branches": 1, "gate": "eg", "reuse": "ap"}, {}),
    ("frames16", {"frames": 16}, {}),
    ("resnet34", {"backbone": "resnet34", "dataset": "ucf101", "classes": 101}, {}),
    ("vgg16", {"backbone": "vgg16", "dataset": "ucf101", "classes": 101}, {}),
    ("vgg16_3_branches", {"backbone": "vgg16", "branches": 3, "gate": "eg", "frames": 8}, {}),
    ("mobilenetv2", {"backbone": "mobilenetv2", "dataset": "ucf101", "classes": 101}, {}),
    ("mobilenetv2_3_branches", {"backbone": "mobilenetv2", "branches": 3, "scale": 2, "crm": 2,
                                "gate": "eg", "reuse": "ap"}, {"module_prefix": True}),
    ("mobilenetv2_1_branch", {"backbone": "mobilenetv2", "branches": 1, "mode": "t"},
     {"old_layout": True}),
    ("efficientnetb3", {"backbone": "efficientnetb3", "dataset": "ucf101", "classes": 101}, {}),
    ("efficientnetb3_3_branches", {"backbone": "efficientnetb3", "branches": 3, "scale": 2,
                                   "crm": 2, "reuse": "ema", "gate": "eg"}, {"old_layout": True}),
    ("efficientnetb3_1_branch", {"backbone": "efficientnetb3", "branches": 1, "reuse": "none"}, {}),
    ("resnet50_eg", {"backbone": "resnet50", "gate": "eg", "branches": 3}, {"module_prefix": True}),
)


def check_video(tlee, golden, case_path, name, folder, k):
    name = "oracle %s video %d" % (name, k)
    trace = os.path.join(folder, "trace%d.json" % k)
    try:
        with open(trace, "w") as file:
            file.write(call(tlee, "run", "--json", "--trace", os.path.join(folder, "model.tlee"),
                            os.path.join(folder, "video%d" % k)))
        said = python(golden, "compare", case_path, k, trace).strip()
        worst = float(re.search(r"difference (\S+)", said).group(1))
        check(worst < BOUND, name, said)
    except Failed as failure:
        check(False, name, str(failure))


def check_case(tlee, golden, case_path, name):
    """One comparison for each video of the case."""
    with open(case_path) as file:
        videos = len(json.load(file)["videos"])
    folder = tempfile.mkdtemp(prefix="tlee-parity-")
    try:
        python(golden, "build", case_path, folder)
        python(CONVERT, os.path.join(folder, "ckpt.best.pth.tar"), "--config",
               os.path.join(folder, "config.yml"), "-o", os.path.join(folder, "model.tlee"))
        for k in range(videos):
            check_video(tlee, golden, case_path, name, folder, k)
    finally:
        shutil.rmtree(folder)


def make_case(golden, folder, name, settings, file_options):
    """Path of a case with thresholds chosen by the oracle."""
    spec = dict(file_options, name=name, seed=len(name), config=dict(DEFAULTS, **settings),
                videos=VIDEOS)
    spec_path, case_path = (os.path.join(folder, name + end) for end in (".spec", ".json"))
    with open(spec_path, "w") as file:
        json.dump(spec, file)
    python(golden, "calibrate", spec_path, case_path)
    return case_path


def run(tlee, oracle):
    golden = os.path.join(oracle, "golden.py")
    given = sorted(glob.glob(os.path.join(oracle, "cases", "*.json")))
    check(bool(given), "oracle cases", "%d in %s" % (len(given), oracle))
    folder = tempfile.mkdtemp(prefix="tlee-parity-")
    try:
        for spec in [(path,) for path in given] + list(SPECS):
            name = os.path.basename(spec[0])
            try:
                path = spec[0] if len(spec) == 1 else make_case(golden, folder, *spec)
                check_case(tlee, golden, path, name)
            except Failed as failure:
                check(False, "oracle " + name, str(failure))
    finally:
        shutil.rmtree(folder)
