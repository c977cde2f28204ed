#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tlee run --dump: the arrays, what the index says of them, and what is refused."""
import json
import math
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile

import cli_tool
from cli_tool import SMALL, WORDS, check, good, refused
from cli_weights import weights_file
from dump_reader import Array, Dump, float32

QUICK = bool(os.environ.get("TLEE_QUICK"))
#: No exit is taken, so that a frame goes through all of them.
WHOLE = ("--first-threshold", "1", "--exit-threshold", "1", "--gate-threshold", "1")


def dump(temp, name, model, video, *options):
    folder = os.path.join(temp, name)
    run = good("run", "--json", "--trace", "--dump", folder, *options, model, video).json()
    return Dump(folder), run


def softmax(logits):
    powers = [math.exp(v - max(logits)) for v in logits]
    return [p / math.fsum(powers) for p in powers]


def close(found, expected, tolerance=2e-5):
    return len(found) == len(expected) and all(
        abs(a - b) <= tolerance * max(1, abs(b)) for a, b in zip(found, expected))


def check_steps(seen, run, t):
    """Exits, scores and gates are those that the run itself tells of."""
    steps = [step for step in run["steps"] if step["frame"] == t]
    exits = [{key: step[key] for key in ("exit", "confidence", "gate")} for step in steps]
    check(seen.index["exits"] == exits and seen.index["frame"] == t, seen.index["exits"], exits)
    check(seen.index["source_frame"] == steps[0]["source_frame"], "source frame")
    logits = seen.named("classifiers.0")
    check([exit for exit, _, _ in logits] == [step["exit"] for step in steps], "classifiers")
    for step, (_, _, array) in zip(steps, logits):
        check(array.values == tuple(map(float32, step["logits"])), "logits of exit", step["exit"])
    for step, (_, _, array) in zip(steps, seen.named("classifiers.0.softmax")):
        check(close(array.values, softmax(step["logits"])), "softmax of exit", step["exit"])
    gates = [(step["exit"], float32(step["gate"])) for step in steps if step["gate"] is not None]
    check([(exit, array.values[0]) for exit, _, array in seen.named("exit_selector.0.sigmoid")]
          == gates, "gates", gates)


def test_first_frame(folder, temp, pixels):
    """At t = 0 there is no feature before it, and no gate is asked."""
    seen, run = dump(temp, "first", SMALL, folder, "--no-fold", *WHOLE)
    plain = good("run", "--json", "--trace", "--no-fold", *WHOLE, SMALL, folder)
    check(plain.json()["steps"] == run["steps"], "the dump changes the answer")
    check_steps(seen, run, 0)
    number, info = seen.index["source_frame"], good("info", "--json", "--no-fold", SMALL).json()
    check(seen.index["fingerprint"] == info["fingerprint"], "fingerprint", info["fingerprint"])
    check(seen.picture.type == "|u1" and seen.picture.shape == [64, 80, 3]
          and bytes(seen.picture.values) == pixels(number), "picture", number)
    # Nothing is resized and 8 columns are cropped at either side: red, (value / 255 - mean) / std.
    expected = [(seen.picture.values[3 * (80 * y + x + 8)] / 255 - 0.43216) / 0.22803
                for y in range(64) for x in range(64)]
    check(seen.input.shape == [3, 64, 64] and close(seen.input.values[:64 * 64], expected), "input")
    check(seen.z_prev is None and not seen.named("feature_func")
          and not seen.named("exit_selector.0.fc1"), "of frames before")
    settings = seen.index["settings"]
    for key in ("first_threshold", "exit_threshold", "gate_threshold", "temperature"):
        check(settings[key] == [1, 1, 1], key, settings)
    check(settings["fold"] is False and settings["backbone"] == "resnet18"
          and settings["mode"] == "ts", settings)
    check(not any("+" in row["op"] or "+" in row["name"] for row in seen.ops), "something merged")


def test_values(folder, temp):
    """What some ops compute, from what lies in the dump beside them."""
    seen, _ = dump(temp, "values", SMALL, folder, "--no-fold", *WHOLE)
    norm, relu = (seen.named("backbone.baseModel.%d" % child)[0][2] for child in (1, 2))
    check(list(relu.values) == [max(v, 0.0) for v in norm.values], "relu of the stem")
    relus = seen.named("backbone.baseModel.4.0.relu")
    check(len(relus) == 2 and relus[0][2].values != relus[1][2].values, "a block's ReLUs")
    added = seen.named("backbone.baseModel.4.0.add")[0][2]
    shortcut = seen.named("backbone.baseModel.3")[0][2]
    branch = seen.named("backbone.baseModel.4.0.bn2")[0][2]
    check(close(added.values, [a + b for a, b in zip(shortcut.values, branch.values)]), "residual")
    for exit, _, array in seen.named("feature"):
        check(array.shape == [512], "feature of exit", exit)
    pooled = seen.named("backbone.baseModel.8")
    check([(exit, array.shape) for exit, _, array in pooled] == [(2, [512, 1, 1])], "pooling")
    fc1 = seen.named("backbone.branches.1.fc1")
    check([(exit, op, array.shape) for exit, op, array in fc1] == [(1, "linear", [512])], "fc1")


def test_later_frame(folder, temp):
    """At t > 0: reuse with the feature of the exit before, and the gate with both its arms."""
    before, _ = dump(temp, "before", SMALL, folder, "--no-fold", *WHOLE)
    seen, run = dump(temp, "later", SMALL, folder, "--no-fold", "--dump-frame", "1", *WHOLE)
    check_steps(seen, run, 1)
    check(seen.z_prev.values == before.named("feature")[-1][2].values, "z_prev")
    reused = seen.named("feature_func")
    check([exit for exit, _, _ in reused] == [0, 1, 2] and reused[0][1] == "maximum", "reuse")
    feature = seen.named("backbone.branches.0.fc1")[0][2].values
    check(list(reused[0][2].values) == list(map(max, feature, seen.z_prev.values)), "maximum")
    arms = seen.named("exit_selector.0.fc1")
    check([(exit, array.shape) for exit, _, array in arms]
          == [(b, [32]) for b in (0, 0, 1, 1, 2, 2)], "arms of the gate")
    # The second arm sees what the first one saw an exit before.
    check(arms[3][2].values == arms[0][2].values and arms[5][2].values == arms[2][2].values, "arms")


def test_eg_gate(folder, temp):
    """Its convolutions are maps of one pixel in PyTorch, its last layer is a vector."""
    seen, run = dump(temp, "eg", SMALL + ",gate=eg,branches=1,reuse=ema", folder, "--no-fold",
                     "--dump-frame", "1", *WHOLE)
    check_steps(seen, run, 1)
    for name, shape, count in (("conv1", [128, 1, 1], 4), ("conv2", [64, 1, 1], 4),
                               ("linear", [1], 2)):
        found = [array.shape for _, _, array in seen.named("exit_selector.0." + name)]
        check(found == [shape] * count, name, found)
    relus = [array.shape[0] for _, _, array in seen.named("exit_selector.0.relu")]
    check(relus == [128, 64, 128, 64] * 2, "relu", relus)


def test_folded(folder, temp):
    """Fewer ops, the same results; a model with the feature MLP merges a branch's end with it."""
    plain, _ = dump(temp, "unfolded", SMALL, folder, "--no-fold", *WHOLE)
    seen, run = dump(temp, "folded", SMALL, folder, *WHOLE)
    check_steps(seen, run, 0)
    check(len(seen.ops) < len(plain.ops) / 1.5, len(seen.ops), len(plain.ops))
    conv = seen.named("backbone.baseModel.4.0.conv2")[0]
    relu = plain.named("backbone.baseModel.4.0.relu")[1]
    check(conv[1] == "conv2d+add+relu" and close(conv[2].values, relu[2].values, 1e-4), conv[1])
    merged, _ = dump(temp, "merged", "random:resnet50,input=64,classes=5", folder, *WHOLE)
    check("backbone.branches.1.fc1+mlp.layers.0" in merged.names(), "no merged layer")
    for mode in ("t", "full"):
        seen, run = dump(temp, "mode_" + mode, SMALL, folder, "--mode", mode, *WHOLE)
        check({row["exit"] for row in seen.ops} == {2} and seen.index["settings"]["mode"] == mode,
              "exits of mode", mode)
        check_steps(seen, run, 0)


def test_short_video(folder, temp):
    """A frame that was not reached, and a stream that ends before it."""
    never = os.path.join(temp, "never")
    err = refused(1, "tlee: %s: no frame 3 " % never, "run", "--dump", never, "--dump-frame", "3",
                  "--first-threshold", "0", SMALL, folder).err
    check("ended at frame 0, exit 0" in err and not os.path.exists(never), err)
    os.mkdir(never)
    refused(1, "tlee: %s: no frame 3 " % never, "run", "--dump", never, "--dump-frame", "3",
            "--first-threshold", "0", SMALL, folder)
    check(os.listdir(never) == [], "left in", never, os.listdir(never))
    stream = cli_tool.write_y4m(os.path.join(temp, "short.y4m"), 3)
    lines = cli_tool.tlee("run", "--dump", never, "--dump-frame", "3", "--order", "sequential",
                          *WHOLE, SMALL, stream)
    check(lines.status == 1 and "no frame 3 " in lines.err.splitlines()[-1], lines)
    good("run", "--dump", never, "--dump-frame", "2", "--order", "sequential", *WHOLE, SMALL,
         stream, warnings=1)
    check(Dump(never).index["source_frame"] == 3, "the third frame of a stream")
    refused(2, "tlee: option '--dump-frame': the model looks at 8 frames, 0 to 7", "run", "--dump",
            os.path.join(temp, "new"), "--dump-frame", "8", SMALL, folder)
    check(not os.path.exists(os.path.join(temp, "new")), "a folder was made for nothing")
    refused(2, "tlee: option '--dump-frame' needs '--dump DIR'", "run", "--dump-frame", "0", SMALL,
            folder)


def test_not_finite(folder, temp):
    """What such a frame computed is there to be looked at, though the video fails."""
    model, path = os.path.join(temp, "inf.tlee"), os.path.join(temp, "inf")
    with open(model, "wb") as file:
        file.write(weights_file(["a", "b"], [1, 0], classifier_bias=math.inf)[0])
    refused(1, "tlee: %s: the score of class 0 at frame 0" % model, "run", "--dump", path, model,
            folder)
    with open(os.path.join(path, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    last = {row["name"]: row for row in index["ops"]}["classifiers.0"]
    check(index["exits"] == [] and last["max"] is None and last["mean"] is None, last)
    check(Array(os.path.join(path, last["file"])).values[0] == math.inf, "the score is not there")


def limit_files():
    """Files may have 100 kB, as if the disk were full then."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))


def test_refusals(folder, temp):
    full = os.path.join(temp, "full")
    os.mkdir(full)
    kept = os.path.join(full, "notes.txt")
    with open(kept, "w") as file:
        file.write("mine")
    for name in (full, full + "/"):
        refused(1, "tlee: %s: is there already and not empty" % name, "run", "--dump", name, SMALL,
                folder)
    check(os.listdir(full) == ["notes.txt"] and os.path.getsize(kept) == 4, os.listdir(full))
    refused(1, "tlee: %s: " % kept, "run", "--dump", kept, SMALL, folder)
    missing = os.path.join(temp, "no", "such")
    refused(1, "tlee: %s: No such file" % missing, "run", "--dump", missing, SMALL, folder)
    for line in (("info", SMALL), ("bench", SMALL), ("eval", SMALL, folder)):
        refused(2, "tlee: option '--dump' means nothing to " + line[0], "--dump", missing, *line)
    if os.getuid():
        os.chmod(full, 0o555)
        inside = os.path.join(full, "dump")
        refused(1, "tlee: %s: Permission denied" % inside, "run", "--dump", inside, SMALL, folder)
    new = os.path.join(temp, "video_missing")
    refused(1, "tlee: ", "run", "--dump", new, SMALL, os.path.join(temp, "no_video"))
    check(not os.path.exists(new), "a folder for a video that is not there")


def test_full_disk(folder, temp):
    """One line that names the file and the reason, and nothing is left."""
    for name in ("made", "given"):
        path = os.path.join(temp, "disk_" + name)
        if name == "given":
            os.mkdir(path)
        done = subprocess.run(WORDS + ["run", "--no-fold", "--dump", path, SMALL, folder],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=cli_tool.LIMIT,
                              preexec_fn=limit_files)
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        check(done.returncode == 1 and len(lines) == 1 and not done.stdout
              and re.match(r"tlee: %s/0000-exit0-backbone.baseModel.0.npy: File too large$"
                           % re.escape(path), lines[0]), done)
        check(os.listdir(path) == [] if name == "given" else not os.path.exists(path), "left over")


def main():
    with tempfile.TemporaryDirectory() as temp:
        folder = cli_tool.write_video(os.path.join(temp, "video"), 14)

        def pixels(number):
            return b"".join(cli_tool.pixel(0, number, x, y) for y in range(64) for x in range(80))

        quick = ((test_first_frame, folder, temp, pixels), (test_full_disk, folder, temp))
        return cli_tool.run(quick if QUICK else quick + (
            (test_values, folder, temp), (test_later_frame, folder, temp),
            (test_eg_gate, folder, temp), (test_folded, folder, temp),
            (test_not_finite, folder, temp), (test_short_video, folder, temp),
            (test_refusals, folder, temp)))


if __name__ == "__main__":
    sys.exit(main())
