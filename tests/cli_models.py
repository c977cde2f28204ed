# SPDX-License-Identifier: MIT
"""tlee info and verify, models from files, and everything that can be wrong with files."""
import os
import subprocess

from cli_recognise import check_types
from cli_tool import SMALL, WORDS, check, good, refused, tlee, write_ppm
from cli_weights import weights_file

KEYS = {"backbone": (str,), "dataset": (str,), "source": (str, type(None)), "classes": (int,),
        "labels": (list, type(None)), "mode": (str,), "branches": (int,), "frames": (int,),
        "order": (list,), "published_order": (bool,), "reuse": (str,), "gate": (str,),
        "thresholds": (dict,), "resize": (int,), "input": (int,), "feature": (int,),
        "parameters": (int,), "weight_bytes": (int,), "plain_weight_bytes": (int,),
        "half_weight_bytes": (int,),
        "arena_bytes": (int,), "workspace_bytes": (int,), "isa": (str,),
        "fingerprint": (str,),
        "gmac_full": (float,), "gmac_paper_full": (float, type(None)), "exits": (list,)}
EXIT_KEYS = {"exit": (int,), "gmac": (float,), "gmac_backbone": (float,),
             "gmac_paper": (float, type(None))}
LAYER_KEYS = {"part": (str,), "name": (str,), "op": (str,), "input": (list,), "output": (list,),
              "macs": (int,), "parameters": (int,), "kernel": (list, type(None)),
              "stride": (list, type(None)), "padding": (list, type(None)), "groups": (int,),
              "bias": (bool,)}
#: Published counts: convolutions and linear layers at 224 x 224 with 1000 classes; parameters.
PUBLISHED = {"resnet18": (1814073344, 11689512), "resnet34": (3663761408, 21797672),
             "resnet50": (4089184256, 25557032), "resnet101": (7801405440, 44549160),
             "resnet152": (11513626624, 60192808), "mobilenetv2": (300774272, 3504872),
             "efficientnetb3": (962708240, 12233232),
             # Its head ends 4096-512, then the classifier; torchvision's ends 4096-1000.
             "vgg16": (15470264320 - 4096 * 1000 + (4096 + 1000) * 512,
                       138365992 - 4097 * 1000 + 4097 * 512 + 513 * 1000)}
LABELS = ["YoYo", "caf\u00e9 \"creme\"", "back\\slash", "\u4e2d\u6587"]
ORDER = [2, 0, 1]


def test_info():
    for line in ((SMALL,), ("--mode", "t", SMALL), (SMALL + ",branches=0",)):
        info = good("info", "--json", *line).json()
        check_types("info", info, KEYS)
        for row in info["exits"]:
            check_types("exit", row, EXIT_KEYS)
        ts = info["mode"] == "ts"
        want = list(range(info["branches"] + 1)) if ts else [info["branches"]]
        check([row["exit"] for row in info["exits"]] == want, line, "has exits", info["exits"])
        check(set(info["thresholds"]) == {"first", "exit", "gate", "temperature"}, info)
        check(info["order"] == [3, 6, 7, 0, 4, 5, 2, 1] and info["published_order"], info["order"])
        check((info["backbone"], info["classes"], info["input"], info["labels"])
              == ("resnet18", 5, 64, None), info)
    check(good("info", "--json", SMALL).json()["thresholds"]
          == {"first": 0.99, "exit": 0.8, "gate": 0.5, "temperature": 1},
          "thresholds do not read back")
    check(good("info", "--json", "--mode", "full", SMALL).json()["mode"] == "full", "--mode full")
    check(good("info", "--json", "--gate", "none", SMALL).json()["gate"] == "none", "--gate none")


def test_layers():
    info = good("info", "--json", "--layers", SMALL).json()
    check_types("info", info, dict(KEYS, layers=(list,)))
    for row in info["layers"]:
        check_types("layer", row, LAYER_KEYS)
        check(len(row["input"]) == len(row["output"]) == 3, row)
    backbone = sum(row["macs"] for row in info["layers"] if row["part"].startswith("stage"))
    check(round(info["exits"][-1]["gmac_backbone"] * 1e9) == backbone, "backbone is", backbone)
    for options, norms in (((), False), (("--no-fold",), True), (("--exact",), False)):
        ops = [row["op"] for row in good("info", "--json", "--layers", *options,
                                         SMALL).json()["layers"]]
        check(any("batch_norm" in op for op in ops) == norms, options, "leaves", set(ops))
    text = good("info", "--layers", SMALL).out
    check(all(row["name"] in text for row in info["layers"]), "a layer is missing:", text)
    check(all(len(line) <= 80 for line in text.splitlines()), "too wide:", text)


def test_published_counts():
    for name, (macs, parameters) in sorted(PUBLISHED.items()):
        model = "random:%s,dataset=hmdb51,classes=1000,branches=0" % name
        info = good("info", "--json", model).json()
        found = round(info["exits"][0]["gmac"] * 1e9), info["parameters"]
        check(found == (macs, parameters), name, "has", found, "instead of", (macs, parameters))
        if name == "resnet18":
            text = good("info", model).out
            check("resnet18" in text and str(parameters) in text and " 1.81 " in text, text)


def test_file_model(folder, temp):
    data, tensors = weights_file(LABELS, ORDER)
    model = os.path.join(temp, "narrow.tlee")
    with open(model, "wb") as file:
        file.write(data)
    check(good("verify", model).out == "ok: %d tensors, %d bytes\n" % (tensors, len(data)),
          tlee("verify", model))
    info = good("info", "--json", model).json()
    check_types("info", info, KEYS)
    check(info["labels"] == LABELS and info["source"] == "tests" and info["mode"] == "full"
          and info["order"] == ORDER and not info["published_order"]
          and info["thresholds"]
          == {"first": None, "exit": None, "gate": 0.5, "temperature": 1}, info)
    run = good("run", "--json", model, folder)
    check(good("run", "--json", "--load", "map", model, folder).without_times()
          == run.without_times(), "--load map changes the answer")
    run = run.json()
    check(run["order"] == "configured" and run["class"] == LABELS[run["label"]], run)
    check([row["class"] for row in run["top"]] == [LABELS[row["label"]] for row in run["top"]], run)
    text = good("run", model, folder).out
    check(text.startswith("answer      %s (class %d)\n" % (run["class"], run["label"])), text)

    refused(2, "tlee: ", "run", "--cpu", "neon" if info["isa"] != "neon" else "avx2", model, folder)

    damaged = os.path.join(temp, "damaged.tlee")
    with open(damaged, "wb") as file:
        file.write(data[:-1] + bytes([data[-1] ^ 1]))
    for command in (("verify", damaged), ("info", damaged), ("run", damaged, folder)):
        refused(1, "tlee: %s: " % damaged, *command)
    good("run", "--no-verify", damaged, folder)
    with open(damaged, "wb") as file:
        file.write(weights_file(LABELS, ORDER, classifier_bias=float("nan"))[0])
    refused(1, "tlee: %s: " % damaged, "run", damaged, folder)


def test_bad_models(folder, temp):
    names = {"empty": b"", "text": b"not a model\n" * 50, "zeros": bytes(4096),
             "magic": b"\x89TLEE\r\n\x1a" + b"\xff" * 200}
    for name, data in names.items():
        with open(os.path.join(temp, name), "wb") as file:
            file.write(data)
    names = [os.path.join(temp, name) for name in names]
    for name in names + [os.path.join(temp, "missing"), temp, "", os.path.join(temp, "text", "x")]:
        for line in (("verify", name), ("info", name), ("run", name, folder)):
            refused(1, "tlee: %s: " % name, *line)
    refused(1, "tlee: a?b?[31m: ", "info", "a\nb\x1b[31m")
    refused(2, "tlee: random:: ", "info", "random:")
    refused(2, "tlee: random:alexnet: ", "info", "random:alexnet")
    for keys in ("classes", "colour=1", "classes=x", "branches=4", "first=2", "gate=bogus",
                 "frames=9"):
        name = "random:resnet18," + keys
        refused(2, "tlee: %s: " % name, "info", name)


def test_bad_inputs(temp):
    fast = SMALL + ",first=0"
    empty = os.path.join(temp, "empty_folder")
    mixture = os.path.join(temp, "mixture")
    broken = os.path.join(temp, "broken")
    for folder in (empty, mixture, broken):
        os.mkdir(folder)
    for name in ("img_1.ppm", "img_2.pgm"):
        write_ppm(os.path.join(mixture, name), 64, 64, 0, 1)
    with open(os.path.join(broken, "img_1.ppm"), "wb") as file:
        file.write(b"P6\n64 64\n255\n")
    garbage = os.path.join(temp, "garbage.y4m")
    with open(garbage, "wb") as file:
        file.write(bytes(range(256)) * 9)
    for name in (empty, mixture, broken, garbage, os.path.join(temp, "missing"), ""):
        result = tlee("run", fast, name)
        last = (result.err.splitlines() or [""])[-1]
        check(result.status == 1 and not result.out and last.startswith("tlee: %s: " % name),
              name, result)
        check(all(line.startswith("tlee: warning: ") for line in result.err.splitlines()[:-1]),
              "more than one error:", result)


def test_output(folder):
    """A result that cannot be written is a failure with one line."""
    lines = (("run", "--json", "--trace", SMALL + ",first=0", folder), ("info", SMALL),
             ("info", "--json", "--layers", SMALL), ("help", "run"), ("--version",))
    for line in lines:
        if os.path.exists("/dev/full"):
            with open("/dev/full", "wb") as full:
                refused(1, "tlee: standard output: ", *line, stdout=full)
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            refused(1, "tlee: standard output: ", *line, stdout=pipe)
        if len(WORDS) > 1:
            continue  # an emulator would open files of its own in the closed place
        done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh"] + WORDS + list(line),
                              stderr=subprocess.PIPE)
        check(done.returncode == 1 and done.stderr.count(b"\n") == 1
              and done.stderr.startswith(b"tlee: standard output: "), line, "closed:", done)
