# SPDX-License-Identifier: MIT
"""What tlee show prints to terminals of several kinds, and that it stays within 80 columns."""
import os
import pty
import re
import subprocess
import unicodedata

from cli_tool import LIMIT, WORDS, check, good, shown_on, write_ppm, write_y4m
from eval_data import write_model

ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")
#: The environment of a terminal that says nothing of itself.
SILENT = {"TERM": "xterm", "COLORTERM": "", "NO_COLOR": "", "LC_ALL": "", "LC_CTYPE": "",
          "LANG": ""}


def on_terminal(variables, *line):
    """What a terminal gets to see; line ends as a program writes them."""
    master, terminal = pty.openpty()
    child = subprocess.Popen(WORDS + list(line), stdin=subprocess.DEVNULL, stdout=terminal,
                             stderr=subprocess.PIPE,
                             env=dict(os.environ, **dict(SILENT, **variables)))
    os.close(terminal)
    shown = shown_on(master)
    errors = child.communicate(timeout=LIMIT)[1]
    check(child.returncode == 0 and not errors, line, "fails:", errors)
    return shown.decode("utf-8").replace("\r\n", "\n")


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in ESCAPE.sub("", line))


def check_width(text):
    wide = [line for line in text.splitlines() if columns(line) > 80]
    check(not wide, "too wide:", wide[:3])


def test_plain(model, clips):
    """What is no terminal gets ASCII without escapes, whatever the environment says."""
    line = ("show", "--runs", "1", model) + tuple(clips)
    rich = dict(os.environ, TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C.UTF-8")
    texts = [good(*line, env=rich).out, good(*line).out,
             on_terminal({"TERM": "dumb", "LANG": "en_GB.UTF-8"}, *line)]
    for text in texts:
        check(text.isascii() and "\x1b" not in text, "not plain:", repr(text)[:300])
        check_width(text)
        check("\n  1: frame " in text, "no strip:", text[:600])
    bare = good("show", "--pictures", "none", *line[1:]).out
    check("\n  1: frame " not in bare and "\nsaved: " in bare, "pictures none:", bare[:600])


def test_colours(model, clips):
    line = ("show", "--runs", "1", model, clips[0])
    for variables, colours, blocks in (
            ({"COLORTERM": "truecolor", "LANG": "en_GB.UTF-8"}, "2", True),
            ({"COLORTERM": "24bit", "LC_CTYPE": "C.utf8"}, "2", True),
            ({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8@euro"}, "5", True),
            ({"TERM": "xterm-256color", "LC_ALL": "C", "LANG": "en_GB.UTF-8"}, "5", False),
            ({"LANG": "en_GB.UTF-8"}, None, True), ({}, None, False),
            ({"TERM": "", "COLORTERM": "truecolor"}, None, False),
            ({"COLORTERM": "truecolor", "NO_COLOR": "1", "LANG": "en_GB.UTF-8"}, None, True)):
        text = on_terminal(variables, *line)
        kinds = {code.split(";")[1] for code in ESCAPE.findall(text) if code[:3] in ("38;", "48;")}
        check(kinds == ({colours} if colours else set()), variables, "gets colours", kinds)
        check(bool(colours) == ("\x1b" in text), variables, "gets escapes")
        check(blocks != text.isascii(), variables, "gets characters", text[:300])
        check_width(text)
        check(text.count("\x1b[0m") == 0 or text.rstrip().endswith("\x1b[0m"), "ends in colour")
    forced = good("show", "--pictures", "colour", *line[1:]).out
    check("\x1b[48;2;" in forced, "--pictures colour:", forced[:200])
    grey = on_terminal({"COLORTERM": "truecolor"}, "show", "--pictures", "grey", *line[1:])
    check("\x1b[" not in grey and "\n  1: frame " in grey, "--pictures grey:", grey[:200])


def test_pictures(model, temp):
    """A picture of two halves: its colours stand where they belong."""
    folder = os.path.join(temp, "halves")
    os.mkdir(folder)
    row = bytes([200, 0, 0]) * 32 + bytes([0, 0, 200]) * 32
    for k in (1, 2, 3):
        with open(os.path.join(folder, "%d.ppm" % k), "wb") as file:
            file.write(b"P6\n64 64\n255\n" + row * 64)
    text = good("show", "--runs", "1", "--pictures", "colour", "--first-threshold", "0", model,
                folder).out
    rows = [line for line in text.splitlines() if "\x1b[48;2;" in line]
    # 25 columns: 12 of the one, one that is both, 12 of the other; in the dark, a third as bright.
    wanted = ["48;2;200;0;0"] * 12 + ["48;2;0;0;200", "38;2;200;0;0"] + ["48;2;0;0;200"] * 12
    for row in rows:
        bright = row.split("\x1b[0m")[0]
        check(ESCAPE.findall(bright) == wanted, "colours:", ESCAPE.findall(bright))
        check(ESCAPE.sub("", bright) == "  " + " " * 12 + "\u258c" + " " * 12, "shapes:", bright)
        check("\x1b[48;2;66;0;0m" in row, "no frame is dark:", row)
    check(len(rows) == 13, "rows of the picture:", len(rows))
    grey = good("show", "--runs", "1", "--first-threshold", "0", model, folder).out
    strip = grey.split("looked at\n\n")[1].splitlines()[0]
    check(strip[2] == "@" and strip[26] == " " or strip == "  " + "@" * 13, "grey:", repr(strip))


def test_width(temp):
    """Names and numbers of any length and kind are cut."""
    labels = ["\u884c\u52d5" * 40, "x" * 300, "\u00e9" * 40, "caf\u00e9 " * 30, "\U0001f600" * 50]
    folder = os.path.join(temp, "wide")
    os.mkdir(folder)
    for seed in (7, 8, 9):
        model = write_model(os.path.join(folder, "m%d%s.tlee" % (seed, "y" * 200)), seed=seed,
                            labels=labels)
        clip = write_y4m(os.path.join(folder, "c\x1b[31m\n" + "\u52d5" * 60 + ".y4m"), 30)
        tall = os.path.join(folder, "tall%d" % seed)
        os.mkdir(tall)
        write_ppm(os.path.join(tall, "123456789012.ppm"), 64, 700, 1, 1)
        for options in (("--first-threshold", "0.123456789,0.2,0.3"),
                        ("--first-threshold", "1", "--gate-threshold", "0.98765432101,1,1")):
            text = good("show", "--runs", "1", "--film", folder, *options, model, clip, tall).out
            check_width(text)
            check("\x1b" not in text and ".." in text, "not cut:", text[:300])
