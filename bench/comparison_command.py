# SPDX-License-Identifier: MIT
"""The options that the comparisons share, and how they prepare their inputs."""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARY = os.path.join(os.path.dirname(HERE), "build", "libtlee.so")


def some_of(allowed):
    """A type of option: words with commas between them."""
    def parse(text):
        for word in text.split(","):
            if word not in allowed:
                raise argparse.ArgumentTypeError("%r is none of %s" % (word, ", ".join(allowed)))
        return text.split(",")
    return parse


def at_least(least):
    def parse(text):
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError("%r is no number from %d" % (text, least))
        return int(text)
    return parse


def parser(description):
    made = argparse.ArgumentParser(description=description,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--threads", metavar="A,B", default="1,2",
                      type=lambda text: [at_least(1)(word) for word in text.split(",")],
                      help="one comparison for each (%(default)s)")
    made.add_argument("--rounds", metavar="N", type=at_least(2), default=12,
                      help="turns of each engine (%(default)s)")
    made.add_argument("--runs", metavar="N", type=at_least(1), default=4,
                      help="timed runs in a turn, after one that is not (%(default)s)")
    made.add_argument("--library", metavar="PATH", default=LIBRARY,
                      help="this engine (build/libtlee.so)")
    made.add_argument("--json", metavar="FILE", help="write all times to a file, too")
    return made


def prepare(script, *words):
    """In a process of its own, whose memory and threads are gone when the engines start."""
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run([sys.executable, os.path.join(HERE, script), *words], env=env)
    if done.returncode:
        sys.exit("%s ended with status %d" % (script, done.returncode))
