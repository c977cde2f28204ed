# SPDX-License-Identifier: MIT
"""A small training from clips to the engine's answers: it learns, goes on after interruptions to
the same bits, and its checkpoint is converted and decided upon as any."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import types

import torch

import audit
import paths
import train_clips
from parity_harness import CONVERT, ROOT, Failed, call, check, differences, python, run_engine
from torch_tlee import load
from torch_tlee.frames import prepare, source_frames
from train import lists, videos

TRAIN = os.path.join(ROOT, "tools", "train", "train_tlee.py")
SETTINGS = ("--narrow", "--resize", 64, "--crop", 64, "--classes", 3, "--frames", 8,
            "--first-threshold", 0.85, "--exit-threshold", 0.6)
COURSE = ("--epochs", "backbone=5,branches=4,gate=4", "--lr",
          "backbone=0.04,branches=0.003,gate=0.003", "--batch", 6, "--gate-b", 0.4, "--threads", 1,
          "--seed", 3, "--colour", 0.1, "--zoom", 0.1)
#: Closer than this to a threshold, PyTorch and the engine may go different ways.
NEAR = 1e-4


def command(folder, out):
    words = (sys.executable, TRAIN, "--train", os.path.join(folder, "train.txt"), "--validation",
             os.path.join(folder, "validation.txt"), "--out", out, "--cache",
             os.path.join(folder, "cache")) + SETTINGS + COURSE
    return [str(word) for word in words]


def journal(out):
    with open(os.path.join(out, "log.jsonl")) as file:
        rows = [json.loads(line) for line in file if line.endswith("\n")]
    for row in rows:
        row.pop("seconds", None)
    return rows


def tensors(out, stage):
    content = torch.load(os.path.join(out, stage, "ckpt.best.pth.tar"))
    return content["state_dict"]


def differing(a, b):
    """Names of tensors that are not the same bits."""
    return sorted(name for name in set(a) | set(b)
                  if name not in a or name not in b or not torch.equal(a[name], b[name]))


# --- It learns ---

def check_learned(out):
    rows = journal(out)
    for stage, epochs in (("backbone", 5), ("branches", 4), ("gate", 4)):
        losses = [row["loss"] for row in rows if row.get("stage") == stage]
        check(len(losses) == epochs and losses[-1] < losses[0], "training: %s learns" % stage,
              "loss " + " ".join("%.3f" % loss for loss in losses))
    best = max(row["validation"]["top1"][-1][-1] for row in rows if row.get("stage") == "branches")
    check(best > 0.6, "training: validation", "top-1 %.2f of three classes" % best)


def check_frozen(out):
    backbone, branches, gate = (tensors(out, stage) for stage in ("backbone", "branches", "gate"))
    changed = [name for name in differing(backbone, branches)
               if not name.startswith("backbone.branches.")
               and not name.endswith(".num_batches_tracked")]
    check(not changed, "training: branches leave the backbone alone", " ".join(changed[:3]))
    changed = [name for name in differing(branches, gate) if not name.startswith("exit_selector.")]
    check(not changed, "training: the gate leaves all else alone", " ".join(changed[:3]))
    found = {stage: [row["validation"] for row in journal(out) if row.get("stage") == stage]
             for stage in ("backbone", "branches", "gate")}
    best = max(found["backbone"], key=lambda results: results["top1"][-1][-1])["top1"][-1]
    rows = [results["whole"] for results in found["branches"] + found["gate"]]
    check(len(rows) == 8 and all(row == best for row in rows),
          "training: the whole network stays as good as it was", "%s, then %s" % (best, rows))


# --- It goes on ---

def interrupt(words, out, after, number):
    """Ends the command with a signal once its log has so many lines, and a little later."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    path, begin = os.path.join(out, "log.jsonl"), time.monotonic()
    while process.poll() is None and time.monotonic() - begin < 100:
        if os.path.exists(path) and len(journal(out)) >= after:
            time.sleep(0.15)
            process.send_signal(number)
            break
        time.sleep(0.02)
    _, said = process.communicate(timeout=100)
    return process.returncode, said.decode()


def check_resume(folder, whole):
    out = os.path.join(folder, "interrupted")
    words, parts = command(folder, out), []
    for after, number, status in ((2, signal.SIGTERM, 130), (4, signal.SIGKILL, -9),
                                  (8, signal.SIGINT, 130)):
        found, said = interrupt(words, out, after, number)
        parts.append(len(journal(out)))
        check(found == status, "training: stopped by signal %d" % number,
              "status %s, %s" % (found, said.strip().split("\n")[-1]))
    call(*words)
    check(journal(out) == journal(whole), "training: the log of one that was interrupted",
          "after %s lines" % parts)
    for stage in ("backbone", "branches", "gate"):
        changed = differing(tensors(out, stage), tensors(whole, stage))
        check(not changed, "training: %s of one that was interrupted" % stage,
              " ".join(changed[:3]) or "the same bits")


def check_other(folder, out):
    """The same folder, another training."""
    try:
        call(*command(folder, out), "--batch", "5")
        check(False, "training: another one in the same folder")
    except Failed as failure:
        check("training.json: is of another training: batch is 6 there, 5 here" in str(failure),
              "training: another one in the same folder", str(failure)[-200:])


# --- The engine decides as PyTorch does ---

def pytorch_steps(model, clip):
    settings = model.settings
    numbers = source_frames(clip.frames, settings.frames, settings.order)
    pictures, _ = videos.read_clip(clip, settings.frames)
    steps = model.run(prepare(pictures[k], settings.resize, settings.input, settings.mean,
                              settings.std).to(model.dtype()) for k in settings.order)
    for step in steps:
        step["source_frame"] = numbers[step["frame"]]
    return steps


def check_engine(tlee, folder, out, half):
    checkpoint, config = (os.path.join(out, "gate", name)
                          for name in ("ckpt.best.pth.tar", "config.yml"))
    model_file = os.path.join(folder, "model%s.tlee" % "".join(half))
    python(CONVERT, checkpoint, "--config", config, "-o", model_file, *half)
    flags = types.SimpleNamespace(model=checkpoint, config=config, half=bool(half))
    for setting in load.model_settings.SETTINGS:
        setattr(flags, setting.name.replace("-", "_"), None)
    model = load.from_checkpoint(checkpoint, flags)[0].double()
    clips = lists.read_list(os.path.join(folder, "validation.txt"), 3)
    wrong, near, worst, ends = [], 0, 0.0, set()
    for clip in clips:
        steps = pytorch_steps(model, clip)
        if paths.margin(model.settings, steps) < NEAR:
            near += 1
            continue
        ends.add((steps[-1]["frame"], steps[-1]["exit"]))
        trace = run_engine(tlee, model_file, clip.path)
        said, error = differences(steps, trace)
        wrong += said
        worst = max(worst, error)
    name = "training: engine and PyTorch%s" % " ".join(("",) + half)
    check(not wrong and near < len(clips) / 4, name, "; ".join(wrong[:2]) or (
        "%d clips, %d near a threshold, logits off by %.1e, ends %s" % (
            len(clips), near, worst, sorted(ends))))
    whole = journal(out)[-1]["validation"]["gmac_whole"]
    check(abs(whole - trace["gmac_full"]) < 1e-9, "training: cost of the whole network",
          "%r, the engine counts %r" % (whole, trace["gmac_full"]))
    return model_file, checkpoint, config


def check_audit(tlee, folder, model, checkpoint, config):
    where = os.path.join(folder, "dump")
    clip = os.path.join(folder, "validation", "0_0")
    call(tlee, "run", "--dump", where, "--dump-frame", 1, "--no-fold", "--first-threshold", 1,
         "--exit-threshold", 1, "--gate-threshold", 1, model, clip)
    status = audit.main([where, checkpoint, "--config", config, "--every-module", "--top", "1"])
    check(status == 0, "training: audit of a narrow checkpoint")


def run(tlee):
    with tempfile.TemporaryDirectory(prefix="tlee-parity-") as folder:
        try:
            train_clips.write_split(folder, "train", 10, 0)
            train_clips.write_split(folder, "validation", 6, 100)
            out = os.path.join(folder, "out")
            call(*command(folder, out))
            check_learned(out)
            check_frozen(out)
            check_resume(folder, out)
            check_other(folder, out)
            check_engine(tlee, folder, out, ("--half",))
            check_audit(tlee, folder, *check_engine(tlee, folder, out, ()))
        except Failed as failure:
            check(False, "training", str(failure))
