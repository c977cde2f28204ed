#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a weights file from a checkpoint of the published system, a file of torch.save.

Needs neither PyTorch nor any other package but PyYAML, and that only for --config. Nothing that a
checkpoint holds is run. Settings come from the published YAML or from flags, which override it.
"""
import functools
import os
import re
import signal
import stat
import sys
import time

import model_settings
import weights_file
from arguments import Parser
from checkpoint import BETA, check_of, open_checkpoint, open_regular, read_beta, shapes_of
from fault import Fault, blaming, listed, printable
from tlee_layout import needed_tensors

MAX_LABEL_BYTES = 1 << 24
MAX_LABELS = 65536  # of one key of a weights file
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def say(message):
    print("convert.py: " + printable(message), file=sys.stderr)


def warn(path, warnings):
    for warning in warnings:
        say("warning: %s: %s" % (path, warning))


def name_ignored(path, what, names):
    if names:
        say("%s: ignored %s: %s" % (path, what, listed(names)))


def read_labels(path, settings):
    """One class name a line."""
    with blaming(path):
        with open(path, "rb") as file:
            data = file.read(MAX_LABEL_BYTES + 1)
        if len(data) > MAX_LABEL_BYTES:
            raise Fault("is larger than %d bytes" % MAX_LABEL_BYTES)
        try:
            lines = data.decode("utf-8-sig").split("\n")
        except UnicodeDecodeError as error:
            raise Fault("byte %d: is not UTF-8" % error.start)
        labels = [line.strip() for line in lines]
        while labels and not labels[-1]:
            labels.pop()
        if len(labels) != settings.classes:
            raise Fault("has %d class names, but %s is %d"
                        % (len(labels), settings.place("classes"), settings.classes))
        if len(labels) > MAX_LABELS:
            raise Fault("has %d class names, a weights file holds up to %d"
                        % (len(labels), MAX_LABELS))
        for number, label in enumerate(labels, 1):
            if not label or len(label) > 200 or CONTROL.search(label):
                raise Fault("line %d: must be 1 to 200 characters, none of them a control character"
                            % number)
        return labels


def metadata_of(settings, source, labels, beta):
    """Keys and values of the weights file."""
    rows = [("backbone", settings.backbone), ("dataset", settings.dataset),
            ("classes", settings.classes), ("labels", labels), ("branches", settings.branches),
            ("branch_scale", settings.branch_scale), ("crm", settings.crm),
            ("mode", settings.mode), ("frames", settings.frames), ("order", settings.order),
            ("first_threshold", settings.first_threshold),
            ("exit_threshold", settings.exit_threshold), ("reuse", settings.reuse),
            ("ema_beta", beta), ("gate", settings.gate), ("resize", settings.resize),
            ("crop", settings.crop), ("mean", settings.mean), ("std", settings.std),
            ("paper_gmac", settings.paper_gmac), ("source", printable(source, 200))]
    return [(key, value if isinstance(value, list) else [value])
            for key, value in rows if value is not None]


def pieces_of(path, checkpoint, name, tensor, dtype):
    """The tensor's data as the weights file holds it."""
    with blaming(path):
        try:
            for values in checkpoint.values(tensor):
                yield weights_file.encode(values, dtype)
        except Fault as fault:
            raise Fault("tensor %s: %s" % (name, fault))


def file_tensors(path, checkpoint, state, names, half):
    """What weights_file writes for each needed tensor."""
    tensors = []
    for name in names:
        tensor = state[name]
        check_of(name, tensor)
        # Batch-norm statistics and biases are few, and their rounding would shift whole channels.
        dtype = weights_file.F16 if half and len(tensor.shape) > 1 else weights_file.F32
        pieces = functools.partial(pieces_of, path, checkpoint, name, tensor, dtype)
        tensors.append(weights_file.Tensor(name, dtype, tensor.shape, pieces))
    return tensors


def check_output(output, inputs):
    """Refuses to write over an input, or over something that is no file."""
    with blaming(output):
        if not os.path.exists(output):
            return
        if not stat.S_ISREG(os.stat(output).st_mode):
            raise Fault("is there already and no regular file")
        for path in inputs:
            if path and os.path.exists(path) and os.path.samefile(path, output):
                raise Fault("is also an input")


def convert(flags):
    start = time.monotonic()
    path = flags.checkpoint
    check_output(flags.output, (path, flags.config, flags.labels))
    with blaming(flags.config):
        settings, warnings, unknown = model_settings.read_settings(flags, flags.config)
    warn(flags.config or "command line", warnings)
    name_ignored(flags.config, "keys", unknown)
    labels = read_labels(flags.labels, settings) if flags.labels else None
    with blaming(path), open(path, "rb", opener=open_regular) as file:
        checkpoint, state, entries = open_checkpoint(file)
        name_ignored(path, "entries", entries)
        names, warnings = needed_tensors(settings, shapes_of(state))
        warn(path, warnings)
        beta = read_beta(checkpoint, state) if settings.reuse == "ema" else None
        used = set(names) | ({BETA} if beta is not None else set())
        name_ignored(path, "tensors", sorted(
            name for name in set(state) - used if not name.endswith(".num_batches_tracked")))
        metadata = metadata_of(settings, os.path.basename(path), labels, beta)
        tensors = file_tensors(path, checkpoint, state, names, flags.half)
        with blaming(flags.output):
            # Through a link to what it points at.
            written = weights_file.write_file(os.path.realpath(flags.output), metadata, tensors)
    print("%s: %s for %s, %d classes, %d branches: %d tensors, %d bytes, in %.1f s" % (
        printable(flags.output), settings.backbone, settings.dataset, settings.classes,
        settings.branches, len(tensors), written, time.monotonic() - start), flush=True)


def main():
    parser = Parser(
        prog="convert.py", description=__doc__,
        usage="convert.py CHECKPOINT [--config YAML] -o MODEL [--labels FILE] [--half] [settings]")
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="file of torch.save")
    parser.add_argument("-o", "--output", metavar="MODEL", required=True, help="file to write")
    parser.add_argument("--config", metavar="YAML", help="the published configuration")
    parser.add_argument("--labels", metavar="FILE", help="one class name a line")
    parser.add_argument("--half", action="store_true",
                        help="store weights of two and more dimensions in half precision")
    model_settings.add_flags(parser.add_argument_group("settings"))
    flags = parser.parse_args()
    # So that what is half written is taken away then too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        convert(flags)
        return 0
    except Fault as fault:
        if fault.file is None:  # settings that come from the command line alone
            parser.error(printable(str(fault)))
        say("%s: %s" % (fault.file, fault))
    except OSError as error:
        say("standard output: %s" % error.strerror)
    except MemoryError:
        say("%s: out of memory" % flags.checkpoint)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 1


if __name__ == "__main__":
    sys.exit(main())
