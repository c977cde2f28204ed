#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds what `tlee run --dump DIR` wrote against PyTorch, op by op.

Needs torch and torchvision, and PyYAML for --config. The same checkpoint goes into the PyTorch TLEE
(torch_tlee/), the same picture through it, and each op's output must equal that of its module.
With --no-fold dumps every module must have an op too (audit_modules.py says what that means).
Exit status 0: all within the tolerance and nothing missing; 1: not so, or the input is at fault.
"""
import math
import sys

import numpy as np
import torch

from arguments import Parser
from audit_dump import Dump
from audit_modules import Counterparts, Recorder
from fault import Fault, listed, printable
from torch_tlee import load
from torch_tlee.frames import prepare

# Of an op's largest value. Float32 through a hundred layers, summed in another order, stays below.
TOLERANCE = 1e-4
MOST_MISSING = 6  # modules that are listed
ROW = "%-9s %-9s %-9s %5s %4s  %s"


def say(message):
    print("audit.py: " + printable(message), file=sys.stderr)


# --- The frame in PyTorch ---

def check_same_model(settings, dump):
    """Refuses a dump of another network, or of other settings of it."""
    pairs = {"backbone": settings.backbone, "dataset": settings.dataset,
             "classes": settings.classes, "branches": settings.branches, "reuse": settings.reuse,
             "frames": settings.frames, "resize": settings.resize, "side": settings.input}
    for key, value in pairs.items():
        if dump.settings.get(key) != value:
            raise Fault("%s is %s in the dump, %s in the model" % (key, dump.settings.get(key),
                                                                  value))


def take_settings(model, dump):
    """How the dump's run decided, which may differ from what the model says."""
    settings, found = model.settings, dump.settings
    settings.mode = found["mode"]
    settings.first, settings.exit = found["first_threshold"], found["exit_threshold"]
    settings.gate_threshold, settings.temperature = found["gate_threshold"], found["temperature"]
    if found["gate"] in ("none", "random"):
        del model.exit_selector[:]
    elif found["gate"] != settings.gate or (settings.decides and not model.exit_selector):
        raise Fault("gate is %s in the dump, the model has %s" % (
            found["gate"], settings.gate if model.exit_selector else "none"))


def prepare_picture(dump, settings):
    picture = dump.array(dump.index["picture"], "|u1")
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise Fault("the picture has the shape %s, must have three channels last"
                    % (picture.shape,))
    return prepare(picture, settings.resize, settings.input, settings.mean, settings.std)


def run_frame(model, dump, recorder, frame):
    """Exits of the frame that PyTorch goes through."""
    z_prev, exits = None, []
    if dump.frame > 0:
        z_prev = torch.from_numpy(dump.array(dump.index["z_prev"]))[None]

    def features():
        pairs = model.features(frame)
        for b in model.settings.evaluated:
            recorder.exit = b
            yield next(pairs)

    for step in model.steps(dump.frame, features(), z_prev):
        exits.append(step["exit"])
        # Where a coin fell only the engine knows.
        if dump.settings["gate"] == "random" and len(exits) == len(dump.index["exits"]):
            break
    return exits


# --- Comparing ---

class Row:
    """One comparison."""

    def __init__(self, op, expected, found):
        self.op = op
        self.largest = float(np.abs(expected).max())
        if expected.size == 1:  # the gate's logit, which may come out near 0
            self.largest = max(self.largest, 1.0)
        with np.errstate(invalid="ignore"):  # infinities that meet
            self.absolute = float(np.abs(found.astype(np.float64) - expected).max())
        self.relative = 0.0
        if not math.isfinite(self.absolute):
            self.relative = math.inf
        elif self.absolute:
            self.relative = self.absolute / self.largest if self.largest else math.inf

    def __str__(self):
        op = self.op
        return ROW % ("%.2e" % self.relative, "%.2e" % self.absolute, "%.3g" % self.largest,
                      op["number"], op["exit"], "%s (%s)" % (op["name"], op["op"]))


def compare(dump, counterparts, wrong):
    """A row for each op that has a counterpart; what else is wrong is added to `wrong`."""
    rows = []
    for op in dump.ops:
        expected, found = counterparts.of(op), dump.array(op)
        where = "op %s %s (%s), exit %s" % (op["number"], op["name"], op["op"], op["exit"])
        if expected is None:
            wrong.append("%s: PyTorch has no counterpart" % where)
        elif expected.shape != found.shape:
            wrong.append("%s: has the shape %s, in PyTorch %s" % (where, tuple(found.shape),
                                                                tuple(expected.shape)))
        else:
            rows.append(Row(op, expected.numpy(), found))
    return rows


def check_complete(dump, counterparts, every_module, wrong):
    """Modules that the dump has nothing of. With folding many layers leave no map of their own."""
    missing, beyond = counterparts.unclaimed(), counterparts.not_run()
    if dump.settings["fold"]:
        print("\nfolded: layers that went into others are not looked for (--no-fold shows each)")
        return
    for call in missing[:MOST_MISSING]:
        wrong.append("module %s, exit %s, call %d: the dump has no op for it"
                     % (call.name, call.exit, call.nth))
    if len(missing) > MOST_MISSING:
        wrong.append("so has it none for %d more" % (len(missing) - MOST_MISSING))
    print()
    for reason, names in counterparts.excused.items():
        print("needs no op, %s: %s" % (reason, listed(sorted(names))))
    if beyond:
        print("not on this frame's way: %d modules (%s)" % (len(beyond), listed(beyond, 3)))
        if every_module:
            wrong.append("%d modules were not on this frame's way" % len(beyond))


def audit(flags):
    """True when all is as it must be."""
    dump = Dump(flags.dump)
    model, warnings = load.from_arguments(flags)
    for warning in warnings:
        say("warning: %s: %s" % (flags.model, warning))
    settings, wrong = model.settings, []
    check_same_model(settings, dump)
    take_settings(model, dump)
    recorder = Recorder(model)
    frame = prepare_picture(dump, settings)
    exits = run_frame(model, dump, recorder, frame)
    through = [row["exit"] for row in dump.index["exits"]]
    print("frame %d, %d ops, exits %s; PyTorch %s" % (
        dump.frame, len(dump.ops), listed([str(b) for b in through]), torch.__version__))
    if exits != through:
        wrong.append("PyTorch goes through the exits %s, the engine went through %s"
                     % (exits, through))
    counterparts = Counterparts(recorder, dump.settings["fold"])
    picture = {"number": "-", "name": "input", "op": "preprocessing", "exit": "-"}
    prepared = dump.array(dump.index["input"])
    if prepared.shape != frame[0].shape:
        raise Fault("the input has the shape %s in the dump, in PyTorch %s"
                    % (prepared.shape, tuple(frame[0].shape)))
    rows = [Row(picture, frame[0].numpy(), prepared)]
    rows += compare(dump, counterparts, wrong)
    print("\n" + ROW % ("relative", "absolute", "largest", "op", "exit", "name (op)"))
    worst_first = sorted(rows, key=lambda row: -row.relative)
    for row in worst_first[:flags.top]:
        print(row)
    check_complete(dump, counterparts, flags.every_module, wrong)
    above = [row for row in rows if not row.relative <= flags.tolerance]
    if above:
        wrong.append("%d of %d above %g of their largest value; in order of execution the first is "
                     "op %s %s (%s), exit %s: off by %.2e" % (
                         len(above), len(rows), flags.tolerance, above[0].op["number"],
                         above[0].op["name"], above[0].op["op"], above[0].op["exit"],
                         above[0].relative))
    for line in wrong:
        print("FAILED: " + line)
    if not wrong:
        print("ok: %d ops within %.2e of their largest value" % (len(dump.ops),
                                                                worst_first[0].relative))
    return not wrong


def main(words=None):
    parser = Parser(
        prog="audit.py", description=__doc__,
        usage="audit.py DIR CHECKPOINT [--config YAML] [--tolerance X] [--top N] [--half] "
        "[--every-module] [settings]")
    parser.add_argument("dump", metavar="DIR", help="what tlee run --dump wrote")
    load.add_arguments(parser)
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, metavar="X",
                        help="of a difference, relative to the op's largest value (%(default)g)")
    parser.add_argument("--top", type=int, metavar="N", help="list the N worst ops only")
    parser.add_argument("--every-module", action="store_true",
                        help="fail also when the frame did not go through all exits and the gate")
    flags = parser.parse_args(words)
    try:
        return 0 if audit(flags) else 1
    except Fault as fault:
        say("%s: %s" % (fault.file, fault) if fault.file else str(fault))
    except RuntimeError as error:  # shapes that do not go together, and what needs too much memory
        say("%s: PyTorch refuses it: %s" % (flags.dump, str(error)))
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
