# SPDX-License-Identifier: MIT
"""The log, a JSON object a line, and what is said on standard error."""
import json
import os
import sys
import time

from fault import blaming, printable


def say(message):
    print("train_tlee.py: " + printable(message, 4000), file=sys.stderr, flush=True)


class Journal:
    """Lines of an interrupted training that its state does not know of are taken back."""

    def __init__(self, path):
        self.path = path

    def position(self):
        return os.path.getsize(self.path) if os.path.exists(self.path) else 0

    def cut(self, position):
        with blaming(self.path):
            if self.position() > position:
                os.truncate(self.path, position)

    def write(self, **row):
        with blaming(self.path), open(self.path, "a") as file:
            file.write(json.dumps(row) + "\n")


class Progress:
    """A line on the terminal that is written over, every so often."""

    def __init__(self, total):
        self.total, self.begin, self.last = total, time.monotonic(), 0.0
        self.shown = sys.stderr.isatty()

    def show(self, done, text):
        now = time.monotonic()
        if self.shown and (now - self.last > 0.5 or done == self.total):
            left = (now - self.begin) / max(done, 1) * (self.total - done)
            sys.stderr.write("\r%s  %d/%d  %.0f s left \x1b[K" % (text, done, self.total, left))
            sys.stderr.flush()
            self.last = now

    def clear(self):
        if self.shown:
            sys.stderr.write("\r\x1b[K")
