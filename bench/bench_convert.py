# SPDX-License-Identifier: MIT
"""The project's own converter, for the scripts that prepare a comparison."""
import os
import subprocess
import sys

CONVERT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools",
                       "convert.py")


def convert(checkpoint, model, *settings):
    """What it has to say is shown only when it fails."""
    words = [sys.executable, CONVERT, checkpoint, "-o", model, *map(str, settings)]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(done.stdout.decode("utf-8", "replace"))
