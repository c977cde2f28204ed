# SPDX-License-Identifier: MIT
"""JSON of unknown origin: what is missing or of a wrong kind is named, with its place."""
import json
import math

from fault import Fault, blaming, shown

MAX_BYTES = 1 << 28
MOST = 1e300  # of any number; a whole one may be too large to become a float


def read_text(path):
    """The file as text."""
    with blaming(path):
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise Fault("is larger than %d bytes" % MAX_BYTES)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Fault("byte %d: is not UTF-8" % error.start)


def parse_object(text, where=""):
    """`where` begins the messages: 'line 3: ' or nothing."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Fault(where + "is not JSON: %s" % str(error).split(": ")[0])
    except RecursionError:
        raise Fault(where + "is nested too deeply")
    if not isinstance(value, dict):
        raise Fault(where + "is %s, not an object" % shown(value))
    return value


def read_object(path):
    text = read_text(path)
    with blaming(path):
        if not text.strip():
            raise Fault("is empty")
        return parse_object(text)


class Place:
    """An object of a file and the words that lead to it."""

    def __init__(self, value, where=""):
        self.value = value
        self.where = where

    def fail(self, key, reason):
        raise Fault("%s%s %s" % (self.where, key, reason))

    def get(self, key):
        if key not in self.value:
            self.fail(key, "is missing")
        return self.value[key]

    def whole(self, key, least=0, most=10**6):
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fail(key, "is %s, not a whole number from %d to %d" % (shown(value), least, most))
        return value

    def number(self, key, least=0.0, most=math.inf, null=False):
        value = self.get(key)
        if value is None and null:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not (
                least <= value <= min(most, MOST)):
            to = "" if most == math.inf else " to %g" % most
            self.fail(key, "is %s, not a number from %g%s" % (shown(value), least, to))
        return float(value)

    def text(self, key, null=False):
        value = self.get(key)
        if not isinstance(value, str) and not (null and value is None):
            self.fail(key, "is %s, not text" % shown(value))
        return value

    def place(self, key):
        """The object at that key."""
        value = self.get(key)
        if not isinstance(value, dict):
            self.fail(key, "is %s, not an object" % shown(value))
        return Place(value, "%s%s: " % (self.where, key))

    def places(self, key):
        """The objects of the list at that key, of which there must be one at least."""
        values = self.get(key)
        if not isinstance(values, list) or not values:
            self.fail(key, "is %s" % ("an empty list" if values == [] else
                                      shown(values) + ", not a list"))
        rows = []
        for number, value in enumerate(values):
            where = "%s%s[%d]" % (self.where, key, number)
            if not isinstance(value, dict):
                raise Fault("%s is %s, not an object" % (where, shown(value)))
            rows.append(Place(value, where + ": "))
        return rows
