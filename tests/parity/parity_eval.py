# SPDX-License-Identifier: MIT
"""`tlee eval` decides about every video of a data set as PyTorch does: hundreds of generated clips
through random: models, and the clips of a trained checkpoint."""
import collections
import dataclasses
import json
import os
import shutil
import tempfile

import numpy as np
import torch

import paths
import pictures
from parity_harness import CONVERT, Failed, call, check, python
from torch_tlee.frames import prepare, read_ppm, source_frames
from torch_tlee.macs import Costs
from torch_tlee.network import TLEE
from torch_tlee.settings import Settings

CLIPS = 320
SIZES = ((64, 64), (80, 64), (64, 85), (48, 40), (96, 72))
#: Closer than this to a threshold, PyTorch and the engine may go different ways.
NEAR = 1e-4
MOST_NEAR = 0.05  # of the videos
BATCH = 64
# Model; first, exit and gate threshold, chosen so that videos and frames end at many places.
CASES = (
    ("resnet18,input=64,seed=1", 0.2511, 0.3591, 0.4061),
    ("resnet18,input=64,dataset=hmdb51,classes=20,branches=3,gate=eg,reuse=none,frames=8,seed=5",
     0.3811, 0.3218, 0.5078),
    ("mobilenetv2,input=64,dataset=hmdb51,classes=30,branches=1,reuse=ap,frames=8,seed=1",
     0.3083, 0.0653, 0.5259),
)


def write_clips(folder):
    """Number of frames of each clip, a folder named after its index."""
    counts = []
    for index in range(CLIPS):
        width, height = SIZES[index % len(SIZES)]
        counts.append(4 + index % 11)
        pictures.write_folder(os.path.join(folder, str(index)), width, height, index, counts[-1])
    return counts


class Clip:
    """One video on its way through the reference."""

    def __init__(self, folder, count, settings):
        self.folder, self.settings = folder, settings
        self.numbers = source_frames(count, settings.frames)
        self.steps = []

    def frame(self, t):
        picture = read_ppm(os.path.join(self.folder, "img_%05d.ppm" % self.numbers[t]))
        return prepare(picture.copy(), self.settings.resize, self.settings.input)

    def decide(self, model, t, features):
        """Takes frame t; whether there must be another."""
        z_prev = torch.from_numpy(self.steps[-1]["feature"])[None] if self.steps else None
        self.steps += model.steps(t, features, z_prev)
        return not self.steps[-1]["finished"]


def decide_all(model, clips):
    """The steps of all clips; many clips' frames go through the backbone at once."""
    left = clips
    for t in range(model.settings.frames):
        after = []
        for begin in range(0, len(left), BATCH):
            batch = left[begin:begin + BATCH]
            features = list(model.features(torch.cat([clip.frame(t) for clip in batch])))
            for number, clip in enumerate(batch):
                if clip.decide(model, t, [(b, z[number:number + 1]) for b, z in features]):
                    after.append(clip)
        left = after


@dataclasses.dataclass
class Expected:
    """What a record has to say of one video. near: whether rounding may decide its way; ties:
    whether it may decide its classes' ranks."""
    answer: dict
    truth_rank: int
    near: bool
    ties: bool


def expected_of(settings, costs, steps, truth):
    last, ends = steps[-1], {step["frame"]: step["exit"] for step in steps}
    answer = {"label": last["top1"], "frame": last["frame"], "exit": last["exit"],
              "frames_seen": last["frame"] + 1, "frame_exits": list(ends.values()),
              "gmac": costs.gmac(steps)}
    logits = np.asarray(last["logits"])
    others = np.delete(logits, truth)
    return Expected(answer, int((others > logits[truth]).sum()),
                    paths.margin(settings, steps) < NEAR,
                    bool(np.abs(others - logits[truth]).min() < NEAR))


def differing(record, expected):
    """What one record says otherwise."""
    wrong = ["%s %r, expected %r" % (key, record[key], value)
             for key, value in expected.answer.items()
             if key != "gmac" and record[key] != value]
    if abs(record["gmac"] - expected.answer["gmac"]) > 1e-9:
        wrong.append("gmac %r, expected %r" % (record["gmac"], expected.answer["gmac"]))
    if not expected.ties and record["truth_rank"] != expected.truth_rank:
        wrong.append("truth_rank %d, expected %d" % (record["truth_rank"], expected.truth_rank))
    return wrong


def summary_of(records, settings):
    """What eval has to print, of its own records."""
    def mean(values):
        return sum(values) / len(records)

    left_at = [[0] * (settings.branches + 1) for _ in range(settings.frames)]
    for record in records:
        left_at[record["frame"]][record["exit"]] += 1
    return {"videos": len(records), "failed": [], "left_at": left_at,
            "top1": mean([record["label"] == record["truth"] for record in records]),
            "top5": mean([record["truth_rank"] < 5 for record in records]),
            "gmac_mean": mean([record["gmac"] for record in records]),
            "frames_mean": mean([record["frames_seen"] for record in records])}


def same(found, expected):
    return abs(found - expected) < 1e-9 if isinstance(expected, float) else found == expected


def evaluate(tlee, folder, root, model, rows, *options):
    """The records, by index, and the summary. rows: path, frames, label of each video."""
    names = os.path.join(folder, "list.txt"), os.path.join(folder, "records.jsonl")
    with open(names[0], "w") as file:
        file.writelines("%s %d %d\n" % row for row in rows)
    if os.path.exists(names[1]):
        os.remove(names[1])
    summary = json.loads(call(tlee, "eval", "--json", "--jobs", "2", "--threads", "1", "--root",
                              root, "--records", names[1], *options, model, names[0]))
    with open(names[1]) as file:
        records = sorted(map(json.loads, file), key=lambda record: record["index"])
    return records, summary


def compare(name, settings, rows, records, summary, expected, most_near=MOST_NEAR):
    found = [(record["index"], record["path"], record["truth"]) for record in records]
    if not check(found == [(index, path, truth) for index, (path, _, truth) in enumerate(rows)],
                 name + " has a record for each video", "%d records" % len(found)):
        return
    clear = [pair for pair in zip(records, expected) if not pair[1].near]
    wrong = ["video %d: %s" % (record["index"], text) for record, wanted in clear
             for text in differing(record, wanted)]
    near = len(records) - len(clear)
    check(not wrong, name + " decides as PyTorch does",
          "; ".join(wrong[:3]) or "%d videos, %d more near a threshold" % (len(clear), near))
    check(near <= most_near * len(records), name + " is far from thresholds", "%d near" % near)
    wrong = ["%s %r, expected %r" % (key, summary[key], value)
             for key, value in summary_of(records, settings).items()
             if not same(summary[key], value)]
    check(not wrong, name + " sums up its records", "; ".join(wrong[:3]))


def check_spread(name, settings, expected):
    """A test in which all videos go one way would show little."""
    answers = [wanted.answer for wanted in expected]
    places = collections.Counter((answer["frame"], answer["exit"]) for answer in answers)
    ends = collections.Counter(b for answer in answers for b in answer["frame_exits"])
    labels = {answer["label"] for answer in answers}
    details = "answers at %d places, at most %d at one; frames end at exits %s; %d labels" % (
        len(places), max(places.values()), dict(sorted(ends.items())), len(labels))
    check(len({frame for frame, _ in places}) > settings.frames / 2
          and max(places.values()) < len(answers) / 2 and len(labels) > 4
          and set(ends) == set(range(settings.branches + 1)), name + " goes many ways", details)


def check_case(tlee, folder, clips_folder, counts, case):
    description, first, leave, gate = case
    settings = Settings.parse("random:" + description)
    settings.first, settings.exit, settings.gate_threshold = first, leave, gate
    model = TLEE(settings).fill()
    clips = [Clip(os.path.join(clips_folder, str(index)), count, settings)
             for index, count in enumerate(counts)]
    decide_all(model, clips)
    rows = [(str(index), count, 7 * index % settings.classes)
            for index, count in enumerate(counts)]
    costs = Costs(model)
    expected = [expected_of(settings, costs, clip.steps, truth)
                for clip, (_, _, truth) in zip(clips, rows)]
    name = "eval " + description
    check_spread(name, settings, expected)
    records, summary = evaluate(
        tlee, folder, clips_folder, "random:" + description, rows, "--first-threshold", first,
        "--exit-threshold", leave, "--gate-threshold", gate)
    compare(name, settings, rows, records, summary, expected)


def check_real(tlee, folder, real):
    """Against expected.json in the checkpoint's folder (parity_real.py)."""
    with open(os.path.join(real, "expected.json")) as file:
        oracle = json.load(file)
    settings = Settings(**oracle["config"])
    costs = Costs(TLEE(settings))
    rows, expected = [], []
    for clip in oracle["expected"]:
        steps = [dict(step, confidence=step["conf"], finished=step["video_exit"])
                 for step in clip["steps"]]
        rows.append((clip["clip"], clip["frames"], clip["truth"]))
        expected.append(expected_of(settings, costs, steps, clip["truth"]))
    model = os.path.join(folder, "model.tlee")
    python(CONVERT, os.path.join(real, "ckpt.best.pth.tar"), "--config",
           os.path.join(real, "config.yml"), "-o", model)
    records, summary = evaluate(tlee, folder, real, model, rows)
    compare("eval of the trained checkpoint", settings, rows, records, summary, expected)


def run(tlee, real):
    folder = tempfile.mkdtemp(prefix="tlee-parity-")
    try:
        clips = os.path.join(folder, "clips")
        counts = write_clips(clips)
        for case in CASES:
            try:
                check_case(tlee, folder, clips, counts, case)
            except Failed as failure:
                check(False, "eval " + case[0], str(failure))
        if real:
            check_real(tlee, folder, real)
    except Failed as failure:
        check(False, "eval", str(failure))
    finally:
        shutil.rmtree(folder)
