# SPDX-License-Identifier: MIT
"""How the Python tools say what is wrong: one line that names the place, whatever a file holds."""
import contextlib


class Fault(Exception):
    """Something is wrong with an input; `file` is the path at fault, once it is known."""

    def __init__(self, message, file=None):
        super().__init__(message)
        self.file = file


@contextlib.contextmanager
def blaming(path):
    """Faults and system errors in the block are the fault of `path`, unless another is named."""
    try:
        yield
    except Fault as fault:
        fault.file = fault.file or path
        raise
    except OSError as error:
        raise Fault(error.strerror or str(error), path)


def printable(text, limit=1000):
    """text cut to `limit` characters, with '?' for what could begin a new line or steer a
    terminal."""
    clean = "".join(c if c.isprintable() else "?" for c in text[:limit])
    return clean + "..." if len(text) > limit else clean


def shown(value):
    """A value from a file as a message shows it; containers only by their kind, for they may be
    without end."""
    if isinstance(value, str):
        return "'%s'" % printable(value, 60)
    if value is None or isinstance(value, (bool, float)):
        return str(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else "a huge number"
    return "a mapping" if isinstance(value, dict) else "a " + type(value).__name__


def listed(names, limit=6):
    """'a, b, c and 12 more'."""
    names = [printable(name, 80) for name in names[:limit]] + names[limit:]
    if len(names) <= limit:
        return ", ".join(names)
    return "%s and %d more" % (", ".join(names[:limit]), len(names) - limit)
