# SPDX-License-Identifier: MIT
"""`tlee run` against the reference: random: models, folders of pictures, setting by setting."""
import os
import shutil
import tempfile

import paths
import pictures
from parity_harness import Failed, check, check_trace, run_engine
from torch_tlee.network import TLEE
from torch_tlee.settings import Settings

# Model, width and height of the pictures, frames of the video, further options of the command.
SETTINGS = (
    ("resnet18,input=64", 85, 64, 40, ()),
    ("resnet18,input=64,branches=1,reuse=ap", 64, 64, 12, ()),
    ("resnet18,input=64,branches=3,reuse=ema,gate=eg", 64, 90, 33, ()),
    ("resnet18,input=72,branches=3,reuse=none,frames=8", 100, 72, 9, ()),
    ("resnet18,input=80,branches=2,reuse=frm,frames=16", 60, 45, 120, ()),
    ("resnet18,input=96,branches=1,reuse=na,gate=eg,frames=16", 131, 97, 17, ()),
    ("resnet18,input=64,mode=t", 64, 77, 31, ()),
    ("resnet18,input=64,mode=t,gate=eg,reuse=ap,branches=3", 77, 64, 10, ()),
    ("resnet18,input=64,branches=0,frames=8", 64, 64, 5, ()),
    ("resnet18,input=64,reuse=ema", 80, 64, 26, ("--mode", "full")),
    ("resnet18,input=64,branches=3,reuse=ap", 80, 64, 28, ("--mode", "t")),
    ("resnet18,input=64,gate=eg", 64, 64, 50, ("--gate", "none")),
    ("resnet18,input=64,dataset=hmdb51,classes=51", 120, 90, 60, ()),
    ("resnet18,input=64,dataset=hmdb51,classes=51,branches=3,gate=eg", 90, 120, 44, ()),
    ("resnet18,input=64,dataset=hmdb51,classes=51,branches=1,reuse=ap,frames=8", 65, 64, 3, ()),
    ("resnet18,input=64,dataset=hmdb51,classes=51,reuse=ema,frames=16", 64, 65, 1, ()),
    ("resnet18,input=100,dataset=hmdb51,classes=7,scale=1,crm=1,branches=3", 143, 100, 21, ()),
    ("resnet18,input=64,dataset=hmdb51,classes=12,scale=2,crm=4,branches=1,reuse=none", 64, 64, 23,
     ()),
    ("resnet18,input=64,seed=18446744073709551615", 64, 64, 19, ()),
    ("resnet34,input=64", 96, 64, 35, ()),
    ("resnet34,input=80,branches=3,gate=eg,reuse=none,frames=8", 80, 106, 30, ()),
    ("resnet34,input=64,dataset=hmdb51,classes=51,branches=1,frames=16", 64, 64, 80, ()),
    ("resnet50,input=64", 64, 96, 45, ()),
    ("resnet50,input=64,branches=3,gate=eg,reuse=ap,frames=8", 96, 64, 22, ()),
    ("resnet50,input=80,dataset=hmdb51,classes=51,branches=1,reuse=ema", 106, 80, 16, ()),
    ("vgg16,input=64", 64, 80, 18, ()),
    ("vgg16,input=64,dataset=hmdb51,classes=51,branches=3,gate=eg,reuse=ap,frames=8", 71, 64, 15,
     ()),
    ("mobilenetv2,input=64", 80, 64, 37, ()),
    ("mobilenetv2,input=96,dataset=hmdb51,classes=51,branches=1,gate=eg,reuse=ema", 96, 100, 21,
     ()),
    ("mobilenetv2,input=72,branches=3,scale=1,crm=3,reuse=ap,frames=8", 90, 72, 12, ()),
    ("efficientnetb3,input=64", 64, 77, 44, ()),
    ("efficientnetb3,input=80,dataset=hmdb51,classes=51,branches=1,gate=eg,reuse=ema,frames=16", 96,
     80, 31, ()),
    ("efficientnetb3,input=75,branches=3,scale=2,crm=2,reuse=none,frames=8", 75, 88, 9, ()),
    ("resnet101,input=64,dataset=hmdb51,classes=51,frames=8", 64, 64, 14, ()),
    ("resnet152,input=64,dataset=hmdb51,classes=51,gate=eg,frames=8", 64, 64, 14, ()),
)


def find_path(model, width, height, count):
    """What paths.search gives: a path that ends in the middle of the video, where there is one."""
    last = model.settings.frames - 1
    for t in (4, 2, 1, last, 0) if model.settings.decides else (last,):
        try:
            return paths.search(model, width, height, count, (t, None), 0, tries=2)
        except LookupError:
            continue
    raise Failed("no path with values far enough from their thresholds")


def prepare_model(description, options):
    settings = Settings.parse("random:" + description)
    model = TLEE(settings).fill().double()
    for option, value in zip(options[::2], options[1::2]):
        if option == "--mode":
            settings.mode = value
        else:
            del model.exit_selector[:]
    return model


def check_setting(tlee, folder, description, width, height, count, options):
    model = prepare_model(description, options)
    seed, frames, (first, leave, gate), steps, _ = find_path(model, width, height, count)
    for step in steps:
        step["source_frame"] = frames.numbers[step["frame"]]
    pictures.write_folder(folder, width, height, seed, count)
    trace = run_engine(tlee, "random:" + description, folder, "--first-threshold", first,
                       "--exit-threshold", leave, "--gate-threshold", gate, *options)
    check_trace(" ".join((description,) + options), steps, trace)


def run(tlee):
    for setting in SETTINGS:
        folder = tempfile.mkdtemp(prefix="tlee-parity-")
        try:
            check_setting(tlee, os.path.join(folder, "video"), *setting)
        except Failed as failure:
            check(False, setting[0], str(failure))
        finally:
            shutil.rmtree(folder)
