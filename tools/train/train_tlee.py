#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains TLEE on lists of labelled clips (package train). Needs torch, torchvision and NumPy.

Writes, for each stage, OUT/STAGE/ckpt.best.pth.tar and config.yml, which convert.py takes, and
OUT/log.jsonl. Exit status 130: interrupted; the same command goes on.
"""
import dataclasses
import os
import signal
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# What an import makes of Ctrl-C is no line for people; there is nothing to save yet.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import torch  # noqa: E402

from fault import Fault, blaming  # noqa: E402
from train import lists, options, publish, start, state  # noqa: E402
from train.cache import Frames  # noqa: E402
from train.journal import Journal, say  # noqa: E402
from train.locks import Stopped, folder_locked  # noqa: E402
from train.loop import StageRun  # noqa: E402
from train.stages import STAGES  # noqa: E402

# What does not change the result, or is looked at closer.
FREE = {"out", "cache", "root", "train", "validation", "labels", "config", "device", "save_every",
        "table_every", "threads", "stages", "augmentation", "init", "start"}


class Data:
    """Clips to learn from and to check on, and the log."""

    def __init__(self, flags, settings):
        train = lists.read_list(flags.train, settings.classes, flags.root)
        validation = lists.read_list(flags.validation, settings.classes, flags.root)
        lists.check_apart(flags.train, train, flags.validation, validation)
        self.keys = [[os.path.abspath(clip.path), clip.frames, clip.label]
                     for clip in train + validation]
        self.lists = {"train": train, "validation": validation}
        self.flags, self.settings = flags, settings
        self.journal = Journal(os.path.join(flags.out, "log.jsonl"))

    def read(self, stop):
        folder = self.flags.cache or os.path.join(self.flags.out, "cache")
        for name, clips in self.lists.items():
            setattr(self, name, Frames(os.path.join(folder, name), clips, self.settings.frames,
                                       self.settings.resize, say, stop))


def facts_of(flags, settings, data, stages):
    """All that the result hangs on."""
    facts = {key: value for key, value in vars(flags).items() if key not in FREE}
    facts.update(dataclasses.asdict(settings), clips=state.number_of(data.keys), stages=stages,
                 torch=torch.__version__)
    for key in ("init", "start"):
        path = getattr(flags, key)
        facts[key] = [os.path.getsize(path), os.stat(path).st_mtime_ns] if path else None
    return facts


def settings_for(stage, settings):
    """Of the stage's network."""
    changes = {} if stage.branches else {"branches": 0}
    return dataclasses.replace(settings, **changes)


def begin(stage, flags, before):
    """The network as the stage begins; before: the one of the stage before."""
    state.seed_all("weights", flags.seed, stage.name)
    model = start.make(stage.settings)
    if not stage.gate:
        del model.exit_selector[:]
    if before is not None:
        start.carry_over(model, before.state_dict())
    elif flags.start:
        start.from_tlee(model, flags.start, say)
    elif flags.init:
        start.from_torchvision(model, flags.init)
    return model


def check_command(flags):
    """What no single flag tells."""
    if flags.init and flags.start:
        raise options.Misused("--init and --start: one network can be begun with")
    try:
        torch.empty(1, device=flags.device)
    except (AssertionError, RuntimeError) as error:
        raise options.Misused("--device %s: %s" % (flags.device, str(error).split("\n")[0]))


def prepare(flags):
    """Settings and the names of the stages; what cannot be built is said before clips are read."""
    check_command(flags)
    settings, warnings = options.network_settings(flags)
    for warning in warnings:
        say("warning: %s: %s" % (flags.config or "command line", warning))
    flags.augmentation = options.augmentation_of(flags)
    if flags.narrow:
        say("narrow: %g of ResNet-18's widths, input %d, branch_scale %d (the published 3 is for "
            "the full width), crm %d" % (settings.width, settings.input, settings.scale,
                                         settings.crm))
    with blaming(flags.config):
        start.make(settings)
    return settings, options.stages_of(flags, settings)


def train(flags, stopped):
    """One command, in a folder that is its own."""
    try:
        settings, names = prepare(flags)
    except Fault as fault:
        raise fault if fault.file else options.Misused(str(fault))
    stages = [STAGES[name](settings_for(STAGES[name], settings), flags) for name in names]
    data = Data(flags, settings)
    facts = facts_of(flags, settings, data, names)
    with folder_locked(flags.out):
        known = state.check_same(flags.out, facts)
        model = begin(stages[0], flags, None)
        data.read(stopped)
        if not known:
            data.journal.cut(0)
            data.journal.write(training=facts)
            state.claim(flags.out, facts)
        run_stages(stages, model, flags, data, stopped)


def run_stages(stages, model, flags, data, stopped):
    for number, stage in enumerate(stages):
        if number:
            model = begin(stage, flags, model)
        folder = os.path.join(flags.out, stage.name)
        path = StageRun(stage, model, data, flags, folder, stopped).run()
    print("%s %s" % (path, os.path.join(folder, publish.CONFIG)), flush=True)


def main():
    flags = options.make_parser().parse_args()
    torch.set_num_threads(flags.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    signals = []
    for number in (signal.SIGINT, signal.SIGTERM):
        # The first one ends the training after the step that goes on, a second one at once.
        signal.signal(number, lambda got, _: (signals.append(got),
                                              signal.signal(got, signal.SIG_DFL)))
    try:
        train(flags, lambda: bool(signals))
        return 0
    except Stopped:
        say("interrupted; the same command goes on")
        return 130
    except options.Misused as fault:
        say("%s (train_tlee.py --help)" % fault)
        return 2
    except Fault as fault:
        say("%s: %s" % (fault.file, fault) if fault.file else str(fault))
    except OSError as error:
        say("%s: %s" % (error.filename or "standard output", error.strerror))
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        say("out of memory: try a smaller --batch")
    return 1


if __name__ == "__main__":
    sys.exit(main())
