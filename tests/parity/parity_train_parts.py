# SPDX-License-Identifier: MIT
"""Parts of the trainer: what each stage learns in every kind of network, the gate's target, clips
as the engine reads them, and pretrained weights."""
import io
import json
import math
import os
import shutil
import tempfile
from types import SimpleNamespace

import numpy as np
import torch
import torchvision

import pictures
from fault import Fault
from parity_harness import Failed, call, check
from torch_tlee.settings import Settings
from train import augment, features, lists, stages, start, videos, y4m

OPTIONS = SimpleNamespace(smoothing=0.0, gate_b=0.5)
# Backbone and whatever differs from a small network of five classes.
NETWORKS = (
    ("resnet18", {"reuse": "mp", "gate": "gm", "dataset": "ucf101"}),
    ("resnet34", {"reuse": "ap", "gate": "eg", "branches": 3}),
    ("resnet50", {"reuse": "ema", "gate": "gm", "branches": 1, "beta": 0.5}),
    ("resnet101", {"reuse": "none", "gate": "eg"}),
    ("resnet152", {"reuse": "frm", "gate": "gm"}),
    ("vgg16", {"reuse": "na", "gate": "gm", "dataset": "ucf101"}),
    ("mobilenetv2", {"reuse": "mp", "gate": "eg", "width": 0.5}),
    ("efficientnetb3", {"reuse": "ap", "gate": "gm", "width": 0.5}),
    ("resnet18", {"reuse": "mp", "gate": "eg", "mode": "t"}),
)
LEARNED = {"backbone": ("backbone.baseModel.", "backbone.fc_layer.", "mlp.", "classifiers."),
           "branches": ("backbone.branches.",), "gate": ("exit_selector.",)}
LEARNED["joint"] = LEARNED["backbone"] + LEARNED["branches"]


# --- Stages ---

def changed_by(stage, model, frames, labels):
    """Names of the tensors that one step changes, and of those that should learn, but do not."""
    optimizer = torch.optim.SGD(stage.prepare(model), lr=0.01)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    loss, _ = stage.losses(model, stage.features(model, frames), labels)
    loss.backward()
    optimizer.step()
    changed = [name for name, value in model.state_dict().items()
               if not torch.equal(value, before[name])]
    idle = [name for name, value in model.named_parameters()
            if value.requires_grad and (value.grad is None or not value.grad.any())]
    return changed, idle


def check_stage(name, backbone, changes):
    torch.manual_seed(1)
    settings = Settings(backbone, **{**dict(dataset="few", classes=5, branches=2, scale=0, crm=2,
                                            frames=3, order=[1, 0, 2], input=64, width=0.125),
                                     **changes})
    if not stages.STAGES[name].branches:
        settings.branches = 0
    model = start.make(settings)
    stage = stages.STAGES[name](settings, OPTIONS)
    frames, labels = torch.rand(2, 3, 3, 64, 64), torch.tensor([1, 4])
    found, idle = changed_by(stage, model, frames, labels)
    strange = sorted(name for name in found if not name.startswith(LEARNED[stage.name]))
    # The gate's batch-norm stands in checkpoints and is not in use.
    idle = [parameter for parameter in idle if ".bn" not in parameter or stage.name != "gate"]
    check(not strange and found, "stage %s of %s leaves the rest alone" % (name, backbone),
          " ".join(strange[:3]))
    # A ReLU that is shut for all of a batch leaves biases and their like where they are.
    check(len(idle) <= len(found) / 10, "stage %s of %s learns" % (name, backbone),
          "%d tensors; idle: %s" % (len(found), " ".join(idle[:3])))


def check_gate_target():
    """loss <= b exp(t / (2 + exit + 1))"""
    for t, b in ((1, 0), (4, 1), (8, 3)):
        bound = 0.2 * math.exp(t / (3 + b))
        losses = torch.tensor([bound * 0.999, bound * 1.001])
        found = stages.gate_targets(features.Step(t, b, None, None), losses, 0.2)
        check(found.tolist() == [1.0, 0.0], "gate's target at frame %d, exit %d" % (t, b))


def check_running():
    """The running features are those of the program that decides, when nothing ends early."""
    for reuse in ("mp", "ap", "ema", "none"):
        settings = Settings("resnet18", dataset="few", classes=5, reuse=reuse, input=64, width=0.25,
                            scale=0, crm=1, frames=8, first=2, exit=2, gate_threshold=2)
        model = start.make(settings)
        frames = torch.rand(2, 8, 3, 64, 64)
        with torch.no_grad():
            steps = list(features.running(model, features.exit_features(model, frames, [0, 1, 2])))
        same = True
        for clip in range(2):
            decided = model.run(frames[clip, t:t + 1] for t in range(8))
            same = same and [(s.t, s.b) for s in steps[:22]] == [
                (s["frame"], s["exit"]) for s in decided]
            same = same and all(np.allclose(s.z[clip], d["feature"], atol=1e-5)
                                for s, d in zip(steps, decided))
        check(same, "running features with reuse " + reuse)


def small_model(**changes):
    settings = Settings("resnet18", dataset="few", classes=5, input=64, width=0.25, scale=0, crm=1,
                        frames=8, **changes)
    return start.make(settings).eval()


def check_early_ends():
    """Where a frame ends early, the next one goes on from that exit."""
    model, last = small_model(reuse="mp"), [1, 0, 2, 2, 0, 1, 0, 2]
    z = {b: torch.rand(2, 8, model.backbone.d0) for b in range(3)}
    steps = list(features.running(model, z, last))
    check([(s.t, s.b) for s in steps] == [(t, b) for t in range(8) for b in range(last[t] + 1)],
          "frames end at given exits")
    before, right = None, True
    for step in steps:
        own = z[step.b][:, step.t]
        right = right and torch.equal(step.z, own if step.t == 0 else torch.max(own, before))
        before = step.z
    check(right, "the next frame goes on from the exit of the last one")


def check_joint_losses():
    """The mean of the whole network's loss alone and of the exits', which end at random, but not
    where nothing is learned."""
    model = small_model(reuse="mp")
    stage = stages.STAGES["joint"](model.settings, OPTIONS)
    z, labels = {b: torch.rand(4, 8, model.backbone.d0) for b in range(3)}, torch.arange(4)
    with torch.no_grad():
        found = stage.losses(model, z, labels)
        exits = stages.STAGES["branches"](model.settings, OPTIONS).losses(model, z, labels)
        alone = [torch.nn.functional.cross_entropy(model.classifiers[0](
            z[2][:, :t + 1].amax(1)), labels) for t in range(8)]
        wanted = (sum(alone) / 8 + exits[0]) / 2
    check(torch.allclose(found[0], wanted, atol=1e-6) and found[1] == exits[1],
          "joint losses", "%s and not %s" % (found, wanted))

    ends, real = [], stages.running
    stages.running = lambda *words: ends.append(words[2:]) or real(*words)
    torch.manual_seed(4)
    for _ in range(60):
        stage.losses(model, z, labels)
    stages.running = real
    ends = [last for words in ends for last in words]
    alike = [last[0] for last in ends if len(set(last)) == 1]
    check(len(ends) == 60 and 15 < len(alike) < 45 and set(alike) == {0, 1, 2}
          and {exit for last in ends for exit in last} == {0, 1, 2} and all(
              len(last) == 8 for last in ends), "joint training ends frames at random exits, half "
          "of the times all at one", "%d of %d alike" % (len(alike), len(ends)))


def check_frames_a_step():
    """Some frames of a clip, in processing order, other ones each time; all for the gate."""
    settings = Settings("resnet18", dataset="few", classes=5, input=64, width=0.25, frames=8)
    how, random = augment.Augmentation(frames=3), torch.Generator().manual_seed(2)
    drawn = [augment.clip_order(settings, how, random) for _ in range(50)]
    places = [[settings.order.index(frame) for frame in order] for order in drawn]
    check(all(len(order) == 3 and order == sorted(order) for order in places)
          and {frame for order in drawn for frame in order} == set(range(8))
          and len(set(map(tuple, drawn))) > 25, "a few frames a step", str(drawn[:3]))
    options = SimpleNamespace(augmentation=how)
    check([stages.STAGES[name](settings, options).augmentation().frames for name in
           ("backbone", "branches", "joint", "gate")] == [3, 3, 3, 0], "all frames for the gate")


# --- Clips ---

def engine_picture(tlee, folder, path, frame):
    where = os.path.join(folder, "dump")
    shutil.rmtree(where, ignore_errors=True)
    call(tlee, "run", "--dump", where, "--dump-frame", frame, "--first-threshold", 1,
         "--gate-threshold", 1, "random:resnet18,input=64,branches=0,frames=8", path)
    with open(os.path.join(where, "index.json")) as file:
        index = json.load(file)
    return np.load(os.path.join(where, index["picture"]["file"]))


def check_reader(tlee, folder):
    """The same levels as the engine's, of noise in all forms of Y4M, and through ffmpeg."""
    random = np.random.default_rng(5)
    for number, (name, width, height) in enumerate((
            ("C444 XCOLORRANGE=FULL", 66, 70), ("C444", 64, 65), ("C420jpeg", 67, 65),
            ("C420mpeg2 XCOLORRANGE=LIMITED", 64, 67), ("C420paldv", 65, 64), ("", 70, 64))):
        small = (0 if "444" in name else 1)
        chroma = ((width + small) >> small) * ((height + small) >> small)
        frames = [random.integers(0, 256, width * height + 2 * chroma).astype(np.uint8).tobytes()
                  for _ in range(9)]
        path = os.path.join(folder, "noise%d.y4m" % number)
        with open(path, "wb") as file:
            file.write(b"YUV4MPEG2 W%d H%d F25:1 %s\n" % (width, height, name.encode()))
            file.writelines(b"FRAME\n" + planes for planes in frames)
        ours, _ = videos.read_clip(lists.Clip(path, None, 0, 1), 8)
        same = [np.array_equal(engine_picture(tlee, folder, path, t), ours[k])
                for t, k in ((0, 3), (2, 7))]
        check(all(same), "y4m %s of %d x %d" % (name or "without C", width, height))


def check_ffmpeg(tlee, folder):
    if not shutil.which("ffmpeg"):
        return
    source = os.path.join(folder, "noise0.y4m")
    path = os.path.join(folder, "video.mkv")
    call("ffmpeg", "-v", "error", "-i", source, "-c:v", "ffv1", path)
    for frames in (None, 9, 7):
        ours, warnings = videos.read_clip(lists.Clip(path, frames, 0, 1), 8)
        theirs, _ = videos.read_clip(lists.Clip(source, frames, 0, 1), 8)
        near = max(np.abs(a.astype(int) - b).max() for a, b in zip(ours, theirs))
        check(not warnings and near <= 2, "video through ffmpeg, %s frames" % frames,
              "levels off by %d from the Y4M reader's" % near)
    same = np.array_equal(engine_picture(tlee, folder, path, 0),
                          videos.read_clip(lists.Clip(path, None, 0, 1), 8)[0][3])
    check(same, "video through ffmpeg, as the engine")


def check_missing_frame(folder):
    """Frame 1 stands in for one that cannot be read."""
    path = os.path.join(folder, "torn")
    pictures.write_folder(path, 64, 64, 1, 12)
    with open(os.path.join(path, "img_00006.ppm"), "wb") as file:
        file.write(b"P6\n64 64\n255\nshort")
    found, warnings = videos.read_clip(lists.Clip(path, 12, 0, 1), 8)
    numbers = [1, 2, 4, 6, 7, 9, 11, 11]
    expected = [pictures.picture(64, 64, 1, 1 if n == 6 else n) for n in numbers]
    check(all(np.array_equal(a, b) for a, b in zip(found, expected)) and len(warnings) == 1
          and "frame 6" in warnings[0], "a frame that cannot be read", "; ".join(warnings))


# --- Pretrained weights ---

def check_pretrained(folder):
    for backbone, published in (("resnet18", "resnet18"), ("mobilenetv2", "mobilenet_v2")):
        torch.manual_seed(2)
        other = getattr(torchvision.models, published)(weights=None).eval()
        path = os.path.join(folder, published + ".pth")
        torch.save(other.state_dict(), path)
        model = start.make(Settings(backbone, dataset="few", classes=5, branches=0, input=64))
        start.from_torchvision(model, path)
        x = torch.rand(1, 3, 64, 64)
        with torch.no_grad():
            ours = next(iter(model.features(x)))[1]
            last = list(other.children())[-1]
            last = last[-1] if isinstance(last, torch.nn.Sequential) else last
            check(torch.allclose(last(ours), other(x), atol=1e-5), "pretrained " + published)
    deeper = os.path.join(folder, "resnet34.pth")
    torch.save(torchvision.models.resnet34(weights=None).state_dict(), deeper)
    for backbone, path in (("resnet34", os.path.join(folder, "resnet18.pth")),
                           ("resnet18", deeper), ("mobilenetv2", deeper)):
        model = start.make(Settings(backbone, dataset="few", classes=5, branches=0, input=64))
        try:
            start.from_torchvision(model, path)
            check(False, "pretrained weights of another backbone than " + backbone)
        except Fault as fault:
            check(backbone in str(fault) and fault.file == path,
                  "pretrained weights of another backbone than " + backbone, str(fault))


def check_header():
    try:
        y4m.Y4M(io.BytesIO(b"YUV4MPEG2 W64 H64 C420p10\n"))
        check(False, "y4m of 10 bits")
    except Fault as fault:
        check("C420p10" in str(fault), "y4m of 10 bits", str(fault))


def run(tlee):
    with tempfile.TemporaryDirectory(prefix="tlee-parity-") as folder:
        torch.set_num_threads(1)
        for backbone, changes in NETWORKS:
            for name in stages.STAGES:
                check_stage(name, backbone, changes)
        check_gate_target()
        check_running()
        check_early_ends()
        check_joint_losses()
        check_frames_a_step()
        try:
            check_reader(tlee, folder)
            check_ffmpeg(tlee, folder)
        except Failed as failure:
            check(False, "clips", str(failure))
        check_missing_frame(folder)
        check_header()
        check_pretrained(folder)
