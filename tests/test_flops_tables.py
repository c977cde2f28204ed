#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tables of `make bench`: exact counts, what other counters print for the same networks, the
published figures, and costs of videos against those that the engine counts as it runs."""
import csv
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(HERE, "..", "bench")
sys.path[:0] = [BENCH]

import cli_tool  # noqa: E402
import exit_tables  # noqa: E402
import paper_figures  # noqa: E402
from cli_tool import WORDS, check, good, write_y4m  # noqa: E402
from counting_rules import RULES, total  # noqa: E402
from op_list import (BACKBONES, EXITS, Model, describe, macs, parameters, read_model,  # noqa: E402
                     torchvision_ops)
from video_costs import FrameCosts, ends_of, places  # noqa: E402

#: torchvision 0.14: multiply-accumulates of convolutions and linear layers at 224 x 224 with 1000
#: classes, and parameters.
PLAIN = {"resnet18": (1814073344, 11689512), "resnet34": (3663761408, 21797672),
         "resnet50": (4089184256, 25557032), "resnet101": (7801405440, 44549160),
         "resnet152": (11513626624, 60192808), "vgg16": (15470264320, 138365992),
         "mobilenetv2": (300774272, 3504872), "efficientnetb3": (962708240, 12233232)}
#: The same with TLEE's own end, 4096-512 and 512-1000.
VGG_OWN = 15468777472

#: What the tools themselves print for torchvision's networks (vgg16_bn) at 224 x 224, run with
#: PyTorch 1.13 and torchvision 0.14 in the versions that counting_rules.py names.
TOOLS = ("fvcore", "ptflops aten", "ptflops 0.6.9", "ptflops 0.7.5", "thop 0.0.31", "thop 0.1.1",
         "torchinfo", "DeepSpeed")
PRINTED = {
    "resnet18": (1819065856, 1814074344, 1822177768, 1825313768, 1819066368, 1824033792, 1814083944,
                 3636250112),
    "resnet34": (3671262720, 3663762408, 3675629032, 3680019432, 3671263232, 3678739456, 3663779432,
                 7339389440),
    "resnet50": (4111512576, 4089185256, 4121925096, 4132436968, 4111514624, 4133742592, 4089238376,
                 8211108352),
    "resnet101": (7833969664, 7801406440, 7849500136, 7865129960, 7833971712, 7866435584,
                  7801511784, 15650904576),
    "resnet152": (11558835200, 11513627624, 11580687848, 11602639848, 11558837248, 11603945472,
                  11513779048, 23094313472),
    "vgg16": (15497384448, 15483821032, 15530618344, 15550320616, 15510957056, 15524504576,
              15483829480, 31000873472),
    "mobilenetv2": (314193216, 300775272, 320237288, 320300008, 314130496, 327486720, 300809384,
                    614967488),
    "efficientnetb3": (993639392, 962729320, 993660472, 1010257000, 993680272, 1019632544,
                       962816616, 1968005440)}

#: Published figures and the counters whose rule gives them.
PAPER = {"resnet50": ([0.79, 1.83, 3.29, 4.1], {"fvcore", "thop 0.0.31"}, True),
         "vgg16": ([4.754, 9.389, 14.018, 15.531], {"ptflops 0.6.9"}, False),
         "mobilenetv2": ([0.086, 0.135, 0.181, 0.319], {"ptflops 0.6.9", "ptflops 0.7.5"}, False),
         "efficientnetb3": ([0.045, 0.295, 0.629, 0.992],
                            {"ptflops 0.6.9", "fvcore", "thop 0.0.31"}, False)}

#: MiB of the largest op's input and output, where batch-norm and activations work in place.
LARGEST = {"resnet18": 3.83, "resnet50": 6.12, "vgg16": 24.5, "mobilenetv2": 5.74,
           "efficientnetb3": 8.61}


def counts(model):
    name = model.facts["backbone"]
    ops = torchvision_ops(model)
    found = macs(ops), parameters(ops)
    check(found == PLAIN[name], name, "has", found, "instead of", PLAIN[name])
    own = macs(model.backbone(EXITS - 1)) + macs(model.part("classifier"))
    check(own == (VGG_OWN if name == "vgg16" else PLAIN[name][0]), name, "with its own end", own)
    rules = {rule.name: rule for rule in RULES}
    for tool, printed in zip(TOOLS, PRINTED[name]):
        found = total(rules[tool], ops)
        check(found == printed, name, tool, "prints", printed, "and not", found)


def engine_sums(model):
    """What the engine says of its exits, against sums over its ops."""
    costs = FrameCosts(model)
    for b, row in enumerate(model.facts["exits"]):
        check(round(row["gmac"] * 1e9) == costs.frame(b), model.facts["backbone"], row)
        check(round(row["gmac_backbone"] * 1e9) == macs(model.backbone(b)), row)
    check(round(model.facts["gmac_full"] * 1e9) == costs.frames * costs.whole(), "gmac_full")
    check(model.facts["parameters"] == parameters(model.ops), "parameters")


def figures(model):
    name = model.facts["backbone"]
    if name not in PAPER:
        check(paper_figures.published(model) is None and not paper_figures.ways(model), name)
        return
    published, rules, cut = PAPER[name]
    check(paper_figures.published(model) == published, name, paper_figures.published(model))
    ways = paper_figures.ways(model)
    check({way.rule.name for way in ways} == rules, name, ways)
    check(all(way.cut == cut and way.whole == (name == "vgg16") for way in ways), name, ways)


def bytes_of_ops(model):
    name = model.facts["backbone"]
    largest = exit_tables.activation_bytes(model.backbone(EXITS - 1))[1]
    check(abs(largest / 2**20 - LARGEST.get(name, largest / 2**20)) < 0.006, name, largest)


def every_op(model):
    """EfficientNet-B3 has 26 blocks with squeeze-and-excitation."""
    kinds = [op.op for op in model.backbone(EXITS - 1)]
    found = {kind: kinds.count(kind) for kind in ("scale_channels", "sigmoid", "adaptive_avg_pool",
                                                  "silu", "add", "linear")}
    check(found == {"scale_channels": 26, "sigmoid": 26, "adaptive_avg_pool": 27, "linear": 52,
                    "silu": 2 + 26 + 26 + 24, "add": 19}, found)
    check(sum(op.is_convolution for op in model.backbone(EXITS - 1)) == 2 + 24 + 3 * 26 + 26,
          "convolutions")


def a_video(temp, line, gate, *options):
    """Cost of a run, from the path that it took, against what the engine counted."""
    options = (("--gate", gate) if gate else ()) + options
    model = read_model(WORDS, line, *options[:2 if gate else 0])
    costs = FrameCosts(model)
    video = write_y4m(os.path.join(temp, "video.y4m"), 12)
    run = good("run", "--json", "--trace", *options, line, video).json()
    ends = []
    for step in run["steps"]:
        ends[step["frame"]:] = [step["exit"]]
    check(round(run["gmac"] * 1e9) == costs.video(ends), line, options, ends, run["gmac"])
    paper = costs.paper_video(ends)
    check(run["gmac_paper"] == paper if paper is None else abs(run["gmac_paper"] - paper) < 1e-9,
          line, ends, run["gmac_paper"], paper)
    check((len(ends) - 1, ends[-1]) in places(costs.frames), ends)
    return tuple(ends)


def videos():
    line = "random:resnet50,input=64,dataset=%s,classes=7,branches=3,frames=8"
    seen = set()
    with tempfile.TemporaryDirectory() as temp:
        for dataset in ("hmdb51", "ucf101"):
            name = line % dataset
            for gate, options in (
                    (None, ("--first-threshold", "0")),
                    (None, ("--first-threshold", "1", "--gate-threshold", "1")),
                    (None, ("--first-threshold", "1", "--gate-threshold", "0")),
                    ("none", ("--first-threshold", "1", "--exit-threshold", "0")),
                    ("none", ("--first-threshold", "1", "--exit-threshold", "1")),
                    ("none", ("--first-threshold", "1")),
                    ("random", ("--first-threshold", "1", "--exit-threshold", "1"))):
                seen.add(a_video(temp, line % dataset, gate, *options))
        seen.add(a_video(temp, "random:resnet18,input=64,classes=3,branches=3", "none",
                         "--first-threshold", "1"))
    for path in (ends_of(0, 0, 0), ends_of(7, 0, 0), ends_of(7, 0, 3)):
        check(tuple(path) in seen, path, "is not among", seen)


def the_program():
    """All of it, for one backbone; emulated machines measure nothing."""
    with tempfile.TemporaryDirectory() as temp:
        for runs in ("0",) if os.environ.get("TLEE_QUICK") else ("0", "1"):
            done = subprocess.run(
                [sys.executable, os.path.join(BENCH, "flops_tables.py"), "--tlee", " ".join(WORDS),
                 "--out", temp, "--backbones", "resnet18", "--runs", runs],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            text = done.stdout.decode("utf-8", "replace")
            check(done.returncode == 0 and "Table 1" in text and "Table 2" in text, text)
            with open(os.path.join(temp, "tables.md"), encoding="utf-8") as file:
                check(text.startswith(file.read()), "the file is not what was printed")
            rows = {}
            for name in ("exits", "costs", "videos"):
                with open(os.path.join(temp, name + ".csv"), newline="", encoding="utf-8") as file:
                    rows[name] = list(csv.DictReader(file))
            check(int(rows["exits"][-1]["torchvision_mac"]) == PLAIN["resnet18"][0], rows["exits"])
            check([row["exit"] for row in rows["costs"]] == list("0123") * 2, rows["costs"])
            check(all((row["ms"] == "") == (runs == "0") for row in rows["costs"]), rows["costs"])
            check(len(rows["videos"]) == 2 * (4 + 8 * 4 * 4 + 4), len(rows["videos"]))
            full = [row for row in rows["videos"] if row["dataset"] == "hmdb51"
                    and (row["frame"], row["exit"]) == ("0", "3")]
            check(full[0]["macs"] == str(FrameCosts(read_model(
                WORDS, describe("resnet18", "hmdb51"))).frame(3, gate=False)), full)
    for words in (("/nonexistent/tlee",), tuple(WORDS) + ("--bogus",)):
        done = subprocess.run(
            [sys.executable, os.path.join(BENCH, "flops_tables.py"), "--tlee", " ".join(words),
             "--out", os.path.join(tempfile.gettempdir())], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        check(done.returncode != 0 and len(lines) == 1, words, lines)


def main():
    for name in BACKBONES:
        model = read_model(WORDS, describe(name, "hmdb51", 1000))
        check(isinstance(model, Model) and model.facts["branches"] == EXITS - 1, name)
        counts(model)
        engine_sums(model)
        figures(model)
        bytes_of_ops(model)
        if name == "efficientnetb3":
            every_op(model)
    engine_sums(read_model(WORDS, describe("mobilenetv2", "ucf101", branches=2)))
    videos()
    the_program()
    print("%d passed, %d failed" % (cli_tool.passed, cli_tool.failed))
    return 1 if cli_tool.failed or not cli_tool.passed else 0


if __name__ == "__main__":
    sys.exit(main())
