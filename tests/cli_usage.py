# SPDX-License-Identifier: MIT
"""The line itself: help, options wherever they stand, and everything that is wrong with a line."""
import os
import re

from cli_tool import SMALL, check, good, refused, tlee

HERE = os.path.dirname(os.path.abspath(__file__))
WITH_OPTIONS = ("run", "show", "eval", "sweep", "merge", "info", "prepare", "bench")
TAKES_VALUE = ("--top", "--threads", "--cpu", "--mode", "--first-threshold", "--exit-threshold",
               "--gate-threshold", "--temperature", "--gate", "--dump-frame", "--seed", "--order",
               "--every", "--matrix", "--load")


def test_help():
    overview = good("--help")
    refused(2, "tlee: which command?")
    for line in (("help",), ("-h",)):
        check(good(*line).out == overview.out, line, "is not the overview")
    for word in ("run", "show", "eval", "sweep", "merge", "info", "prepare", "verify", "bench",
                 "random:"):
        check(word in overview.out, word, "is not in the overview")
    for command in ("run", "show", "eval", "sweep", "merge", "info", "prepare", "verify", "bench",
                    "help"):
        page = good("help", command)
        check(page.out.startswith("usage: tlee " + command), page)
        check(good(command, "--help").out == page.out, command, "--help differs from help", command)
        check(good("--help", command, "x").out == page.out if command != "help" else True,
              "--help before", command)
    check(re.fullmatch(r"tlee \d+\.\d+\.\d+\n", good("--version").out), tlee("--version"))
    pages = [good("help", command) for command in WITH_OPTIONS]
    for page in [overview] + pages:
        check(all(len(line) <= 80 for line in page.out.splitlines()), "too wide:", page)


def test_man_page():
    with open(os.path.join(HERE, "..", "tools", "tlee.1"), encoding="utf-8") as file:
        items = ["-" + name for name in re.findall(r"^\.It Fl (\S+)", file.read(), re.M)]
    named = set(items)
    check(len(items) == len(named), "man page has an option twice:", sorted(items))
    pages = "".join(good("help", command).out for command in WITH_OPTIONS)
    helped = set(re.findall(r"^  (--\S+)", pages, re.M))
    helped -= {"--help", "--version"}
    check(named == helped and len(named) > 15, "man page and help differ in", named ^ helped)


def test_commands():
    refused(2, "tlee: unknown command 'frobnicate'", "frobnicate", SMALL)
    refused(2, "tlee: unknown command ''", "")
    refused(2, "tlee: unknown command 'frobnicate'", "help", "frobnicate")
    for name in ("watch", "selftest"):
        for line in ((name,), (name, "--json", SMALL, "input"), ("help", name)):
            check("later" in refused(2, "tlee: ", *line).err, line, "does not say that it is later")
    refused(2, "tlee: run needs MODEL INPUT", "run")
    refused(2, "tlee: run needs MODEL INPUT", "run", SMALL)
    refused(2, "tlee: info needs MODEL", "info", "--json")
    refused(2, "tlee: verify needs MODEL", "verify")
    refused(2, "tlee: bench needs MODEL", "bench")
    refused(2, "tlee: prepare needs MODEL -o FILE", "prepare", "-o", "x")
    refused(2, "tlee: run takes no further operand 'c'", "run", SMALL, "b", "c")
    refused(2, "tlee: info takes no further operand", "info", SMALL, "--", "--json")
    refused(2, "tlee: help takes no further operand", "help", "run", "info")


def test_options(folder):
    refused(2, "tlee: unknown option '--frobnicate'", "run", "--frobnicate", SMALL, folder)
    refused(2, "tlee: unknown option '-j'", "run", "-j", SMALL, folder)
    refused(2, "tlee: unknown option '--jso'", "run", SMALL, folder, "--jso")
    refused(2, "tlee: option '--json' takes no value", "run", SMALL, folder, "--json=yes")
    for option in TAKES_VALUE:
        refused(2, "tlee: option '%s' needs a value" % option, "run", SMALL, folder, option)
        for value in ("", "bogus", "-1", "1x", " 1", "nan", "0x1", "--json"):
            refused(2, "tlee: option '%s': " % option, "run", SMALL, folder, option, value)
        refused(2, "tlee: option '%s': '' " % option, "run", SMALL, folder, option + "=")
    for option in ("--top", "--threads", "--every"):
        refused(2, "tlee: option '%s': '0' " % option, "run", option, "0", SMALL, folder)
    for value in ("257", "4294967297", "18446744073709551617", "1.5", "2,", "+2"):
        refused(2, "tlee: option '--threads': ", "run", SMALL, folder, "--threads", value)
    refused(2, "tlee: option '--seed': ", "run", SMALL, folder, "--seed", "18446744073709551616")
    for option in ("--first-threshold", "--exit-threshold", "--gate-threshold"):
        for value in ("1.0001", "-0.1", "2", "inf", "1e9", ".", "0,5", "0.5,", ",0.5",
                      "1,1,1,1,1", "0.5,,0.5", "0.5 0.5"):
            refused(2, "tlee: option '%s': " % option, "run", SMALL, folder, option, value)
        for value in ("0.5,0.5", "0.5,0.5,0.5,0.5"):
            error = refused(2, "tlee: option '%s' has " % option, "run", SMALL, folder, option,
                            value).err
            check("the model has 3 exits" in error, error)
    for value in ("0", "0.0001", "1001", "1,2,x"):
        refused(2, "tlee: option '--temperature': ", "run", SMALL, folder, "--temperature", value)
    for value in ("1", "2"):
        refused(2, "tlee: option '--every' needs", "run", SMALL, folder, "--every", value)
    for option in ("--top", "--trace", "--threads", "--no-spin", "--seed", "--order", "--every"):
        value = {"--trace": (), "--no-spin": (), "--order": ("sequential",)}.get(option, ("3",))
        for command in ("info", "verify"):
            refused(2, "tlee: option '%s' means nothing to %s" % (option, command), command, SMALL,
                    option, *value)
    refused(2, "tlee: option '--layers' means nothing to run", "run", SMALL, folder, "--layers")
    refused(2, "tlee: option '--runs' means nothing to run", "run", SMALL, folder, "--runs", "2")
    refused(2, "tlee: option '--json' means nothing to", "--json")


def test_files(temp):
    """A line that would lose a file which it names elsewhere is refused, and the file stays."""
    model, listed, kept = (os.path.join(temp, name) for name in ("m.tlee", "list", "kept"))
    for path in (model, listed, kept):
        with open(path, "w", encoding="utf-8") as file:
            file.write(path)
    new, link = os.path.join(temp, "new"), os.path.join(temp, "link")
    os.symlink(kept, link)
    read = "what is read"
    for option, what, path, line in (
            ("--confusion", "--records", kept, ("eval", "--records", link, model, listed)),
            ("--confusion", "--records", new, ("eval", "--records", new, model, listed)),
            ("--confusion", read, listed, ("eval", model, listed)),
            ("--points", "--features", kept, ("sweep", "--features", kept, model, listed)),
            ("--points", "--check", kept, ("sweep", "--check", link, model, listed)),
            ("--points", "--write", new, ("sweep", "--write", new, "--budget", "1ms", model,
                                          listed)),
            ("--write", read, listed, ("sweep", "--budget", "1ms", model, listed)),
            ("--output", read, kept, ("merge", listed, link)),
            ("--confusion", read, kept, ("merge", "-o", new, link)),
            ("--output", "--confusion", new, ("merge", "--confusion", new, kept)),
            ("--output", read, model, ("prepare", model))):
        refused(2, "tlee: option '%s' would overwrite %s, %s" % (option, what, path), *line, option,
                path)
    refused(2, "tlee: options '--features' and '--check-features' name one", "sweep", "--features",
            new, "--check", listed, "--check-features", new, model, listed)
    # These are no files that could be lost; the model is no model.
    for line in (("eval", "--confusion", "/dev/null", "--records", "/dev/null", model, listed),
                 ("sweep", "--budget", "1ms", "--write", model, model, listed)):
        refused(1, "tlee: %s: " % model, *line)
    for path in (model, listed, kept):
        with open(path, encoding="utf-8") as file:
            check(file.read() == path, "changed:", path)
    check(not os.path.exists(new), "made:", new)


def test_places(folder):
    """Options wherever they stand, in both spellings, the last of two counting."""
    fast = SMALL + ",first=0"
    want = good("run", "--json", "--top", "2", "--threads", "2", fast, folder)
    check(len(want.json().get("top", ())) == 2, want)
    for line in (("run", fast, folder, "--json", "--top", "2", "--threads", "2"),
                 ("--json", "--top=2", "run", fast, "--threads=2", folder),
                 ("run", fast, "--json", folder, "--top=4", "--top", "2"),
                 ("--top", "2", "--json", "--", "run", fast, folder),
                 ("run", "--json", "--top", "2", "--", fast, folder)):
        check(good(*line).without_times() == want.without_times(), line, "differs from", want)
    refused(1, "tlee: --json: ", "info", "--", "--json")
    refused(1, "tlee: --json: ", "run", fast, "--", "--json")


def test_instruction_sets(folder):
    """Each set either is what runs, or is refused by name."""
    there = []
    for name in ("c", "avx2", "avx512", "neon"):
        result = tlee("info", "--json", "--cpu", name, SMALL)
        if result.status == 0:
            there.append(name)
            check(result.json().get("isa") == name, name, "is not in use:", result)
            good("run", "--cpu", name, SMALL + ",first=0", folder)
        else:
            check(name in refused(2, "tlee: ", "info", "--cpu", name, SMALL).err, name, "not named")
            refused(2, "tlee: ", "run", "--cpu", name, SMALL, folder)
    check("c" in there and len(there) < 4, "available:", there)
    check(good("info", "--json", SMALL).json().get("isa") in there, "default is not available")
