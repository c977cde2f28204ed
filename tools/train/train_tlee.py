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

import torch  # noqa: E402

from fault import Fault, printable  # noqa: E402
from train import lists, options, publish, start, state  # noqa: E402
from train.cache import Frames  # noqa: E402
from train.journal import Journal, say  # noqa: E402
from train.loop import StageRun, Stopped  # noqa: E402
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

    def read(self):
        folder = self.flags.cache or os.path.join(self.flags.out, "cache")
        for name, clips in self.lists.items():
            setattr(self, name, Frames(os.path.join(folder, name), clips, self.settings.frames,
                                       self.settings.resize, say))


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


def prepare(flags):
    """Settings and the names of the stages; what cannot be built is said before clips are read."""
    settings, warnings = options.network_settings(flags)
    for warning in warnings:
        say("warning: %s: %s" % (flags.config or "command line", warning))
    flags.augmentation = options.augmentation_of(flags)
    if flags.narrow:
        say("narrow: %g of ResNet-18's widths, input %d, branch_scale %d (the published 3 is for "
            "the full width), crm %d" % (settings.width, settings.input, settings.scale,
                                         settings.crm))
    start.make(settings)
    return settings, options.stages_of(flags, settings)


def train(flags, stopped):
    settings, names = prepare(flags)
    stages = [STAGES[name](settings_for(STAGES[name], settings), flags) for name in names]
    data = Data(flags, settings)
    facts = facts_of(flags, settings, data, names)
    known = state.check_same(flags.out, facts)
    model = begin(stages[0], flags, None)
    data.read()
    if not known:
        state.claim(flags.out, facts)
        data.journal.write(training=facts)
    for number, stage in enumerate(stages):
        if number:
            model = begin(stage, flags, model)
        folder = os.path.join(flags.out, stage.name)
        path = StageRun(stage, model, data, flags, folder, stopped).run()
    print("%s %s" % (path, os.path.join(folder, publish.CONFIG)))


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
    except Fault as fault:
        say("%s: %s" % (fault.file, fault) if fault.file else str(fault))
    except OSError as error:
        say("%s: %s" % (error.filename, error.strerror))
    except MemoryError:
        say("out of memory")
    return 1


if __name__ == "__main__":
    sys.exit(main())
