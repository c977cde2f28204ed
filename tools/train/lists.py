# SPDX-License-Identifier: MIT
"""Published file lists: a line `path frames label` for each clip, as `tlee eval` reads them."""
import collections
import os

from fault import Fault, blaming, printable

MAX_LIST_BYTES = 256 << 20

# path: as it can be opened; frames: None where they are to be counted; line: from 1.
Clip = collections.namedtuple("Clip", "path frames label line")


def whole_number(word):
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else None


def parse_line(line, number, classes, root):
    words = line.rsplit(None, 2)  # from the end: a path may hold blanks
    if len(words) != 3:
        raise Fault("line %d: must be 'path frames label'" % number)
    path, frames, label = words
    count, index = whole_number(frames), whole_number(label)
    if frames != "-" and not count:
        raise Fault("line %d: frames '%s' is neither a whole number above 0 nor -"
                    % (number, printable(frames, 40)))
    if index is None:
        raise Fault("line %d: label '%s' is not a whole number" % (number, printable(label, 40)))
    if index >= classes:
        raise Fault("line %d: label %d, but the classes are 0 to %d (%s)"
                    % (number, index, classes - 1, path))
    return Clip(os.path.normpath(os.path.join(root, path)), count, index, number)


def read_list(path, classes, root=None):
    """The clips; relative paths are looked up under root, else in the list's own folder."""
    root = os.path.dirname(path) if root is None else root
    with blaming(path):
        with open(path, "rb") as file:
            data = file.read(MAX_LIST_BYTES + 1)
        if len(data) > MAX_LIST_BYTES:
            raise Fault("has more than %d bytes, too many for a list" % MAX_LIST_BYTES)
        lines = data.decode("utf-8-sig", "surrogateescape").rstrip().split("\n")
        if lines == [""]:
            raise Fault("is empty: no line 'path frames label'")
        clips = [parse_line(line.strip(), number, classes, root)
                 for number, line in enumerate(lines, 1)]
        check_clips(clips)
    return clips


def check_clips(clips):
    """Each is there, and there once."""
    lines = {}
    for clip in clips:
        if clip.path in lines:
            raise Fault("line %d: has the clip of line %d again: %s"
                        % (clip.line, lines[clip.path], clip.path))
        lines[clip.path] = clip.line
        if not os.path.exists(clip.path):
            raise Fault("line %d: there is no %s" % (clip.line, clip.path))


def check_apart(train_path, train, validation_path, validation):
    """What was learned by heart tells nothing about other clips."""
    lines = {os.path.realpath(clip.path): clip.line for clip in train}
    for clip in validation:
        line = lines.get(os.path.realpath(clip.path))
        if line is not None:
            raise Fault("line %d: %s is also a clip to train on (%s, line %d)"
                        % (clip.line, clip.path, train_path, line), validation_path)
