# SPDX-License-Identifier: MIT
"""A trained checkpoint with clips and the answers expected for them, and videos as users have them.

DIR holds ckpt.best.pth.tar, config.yml, labels.txt, a folder for each clip and expected.json;
videos are files in DIR/../video.
"""
import glob
import json
import os
import shutil
import tempfile

from parity_harness import CONVERT, Failed, check, check_trace, python, run_engine, skip


def check_clips(tlee, model, real, labels):
    with open(os.path.join(real, "expected.json")) as file:
        expected = json.load(file)["expected"]
    for clip in expected:
        trace = run_engine(tlee, model, os.path.join(real, clip["clip"]))
        steps = [dict(step, confidence=step["conf"]) for step in clip["steps"]]
        check_trace("real " + clip["clip"], steps, trace)
        answer = [trace[key] for key in ("label", "frame", "exit", "class")]
        check(answer == [clip["label"], clip["frame"], clip["exit"], labels[clip["label"]]],
              "real %s answer" % clip["clip"], str(answer))


def check_videos(tlee, model, real):
    videos = sorted(glob.glob(os.path.join(real, "..", "video", "*")))
    if not videos or not shutil.which("ffmpeg"):
        skip("videos", "there are none" if not videos else "no ffmpeg")
        return
    for video in videos:
        name = "video " + os.path.basename(video)
        try:
            trace = run_engine(tlee, model, video)
            check(trace["steps"] and trace["class"] and 0 <= trace["confidence"] <= 1, name,
                  "%s at frame %d, exit %d" % (trace["class"], trace["frame"], trace["exit"]))
        except Failed as failure:
            check(False, name, str(failure))


def run(tlee, real):
    folder = tempfile.mkdtemp(prefix="tlee-parity-")
    try:
        model = os.path.join(folder, "model.tlee")
        labels = os.path.join(real, "labels.txt")
        python(CONVERT, os.path.join(real, "ckpt.best.pth.tar"), "--config",
               os.path.join(real, "config.yml"), "--labels", labels, "-o", model)
        with open(labels) as file:
            check_clips(tlee, model, real, file.read().split("\n"))
        check_videos(tlee, model, real)
    except Failed as failure:
        check(False, "real", str(failure))
    finally:
        shutil.rmtree(folder)
