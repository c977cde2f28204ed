# SPDX-License-Identifier: MIT
"""Command lines of the Python tools: what is wrong with one is said in one line, with status 2."""
import argparse

from fault import printable


class Parser(argparse.ArgumentParser):
    """For a program named by `prog`: its description as it stands, options by their whole names."""

    def __init__(self, **options):
        options = dict({"allow_abbrev": False,
                        "formatter_class": argparse.RawDescriptionHelpFormatter}, **options)
        super().__init__(**options)

    def error(self, message):
        program = self.prog.split()[0]  # a parser of a subcommand has that behind it
        self.exit(2, "%s: %s (%s --help)\n" % (program, printable(message), program))


def number(least, most=None, kind=float):
    """A type of option: a number from `least` to `most`, or of any size from `least` on."""
    def read(word):
        try:
            value = kind(word)
        except ValueError:
            value = None
        if value is None or not least <= value <= (value if most is None else most):
            raise argparse.ArgumentTypeError("'%s' is no %s from %s%s" % (
                word, "whole number" if kind is int else "number", least,
                "" if most is None else " to %s" % most))
        return value
    return read


def whole(least, most=None):
    """A type of option: a whole number."""
    return number(least, most, int)
