# SPDX-License-Identifier: MIT
"""tlee bench: what it prints, and that it fits what tlee info says."""
import os

from cli_recognise import check_types
from cli_tool import SMALL, check, good, refused
from cli_weights import weights_file

#: Set for emulated machines, which take seconds for each call.
QUICK = bool(os.environ.get("TLEE_QUICK"))
REAL = (float,)
UNKNOWN = (float, type(None))
NAME = (str, type(None))
KEYS = {"backbone": (str,), "input": (int,), "cpu": (str,), "board": NAME, "isa": (str,),
        "threads": (int,), "runs": (int,), "peak_gflops": REAL, "backbone_ms": (dict,),
        "exits": (list,), "load_ms": REAL, "first_answer_ms": REAL, "peak_rss_bytes": (int,),
        "clock_mhz": UNKNOWN, "clock_max_mhz": UNKNOWN, "governor": NAME,
        "temperature_c": UNKNOWN}
EXIT_KEYS = {"exit": (int,), "gmac": REAL, "ms": (dict,), "gflops": REAL, "share_of_peak": REAL}
LAYER_KEYS = {"part": (str,), "name": (str,), "op": (str,), "method": NAME, "macs": (int,),
              "ms": (dict,), "gflops": UNKNOWN, "share_of_peak": UNKNOWN}


def check_time(what, time):
    check_types(what, time, {"min": REAL, "median": REAL})
    check(0 <= time["min"] <= time["median"], what, "takes", time)


def near(a, b):
    return abs(a - b) <= 1e-9 * abs(b)


def check_speed(what, row, macs, whole_peak):
    """Speed and share follow from cost, median and peak."""
    if row["ms"]["median"] > 0:
        speed = 2e-6 * macs / row["ms"]["median"]
        check(near(row["gflops"], speed) and near(row["share_of_peak"], speed / whole_peak), what,
              row)


def test_objects():
    lines = ((2,), (1, "--mode", "t", "--exact"),
             (1, "--cpu", "c", "--gate", "none", "--mode", "full"))
    for threads, *options in lines[:1] if QUICK else lines:
        bench = good("bench", "--json", "--runs", "2", "--threads", str(threads), *options,
                     SMALL).json()
        info = good("info", "--json", *options, SMALL).json()
        check_types("bench", bench, KEYS)
        check_time("backbone", bench["backbone_ms"])
        check((bench["isa"], bench["backbone"], bench["input"]) ==
              (info["isa"], info["backbone"], info["input"]), bench)
        check((bench["threads"], bench["runs"]) == (threads, 2), bench)
        check([(row["exit"], row["gmac"]) for row in bench["exits"]]
              == [(row["exit"], row["gmac"]) for row in info["exits"]], bench["exits"])
        for row in bench["exits"]:
            check_types("exit", row, EXIT_KEYS)
            check_time("exit", row["ms"])
            check_speed("exit", row, row["gmac"] * 1e9, bench["peak_gflops"] * bench["threads"])
        check(bench["exits"][-1]["ms"]["median"] > 0 and bench["peak_gflops"] > 0, bench)
        check(0 < bench["load_ms"] < bench["first_answer_ms"], bench)
        check(bench["peak_rss_bytes"] > info["weight_bytes"] + info["arena_bytes"], bench)


def test_layers():
    bench = good("bench", "--json", "--layers", "--runs=1", "--threads=1", SMALL).json()
    info = good("info", "--json", "--layers", SMALL).json()
    check_types("bench", bench, dict(KEYS, layers=(list,)))
    names = [[tuple(row[key] for key in ("part", "name", "op", "macs")) for row in found["layers"]]
             for found in (bench, info)]
    check(names[0] == names[1] and names[0], "layers differ from those of info:", names[0])
    for row in bench["layers"]:
        check_types("layer", row, LAYER_KEYS)
        check_time(row["name"], row["ms"])
        check(row["ms"]["min"] == row["ms"]["median"], "one run", row)
        check((row["gflops"] is None) == (row["macs"] == 0 or row["ms"]["median"] == 0), row)
        if row["macs"]:
            check_speed(row["name"], row, row["macs"], bench["peak_gflops"])
        check(row["method"] is None or row["op"].startswith("conv2d"), row)
    heads = sum(row["ms"]["median"] for row in bench["layers"]
                if not row["part"].startswith(("stage", "branch")))
    whole = sum(row["ms"]["median"] for row in bench["layers"])
    check(heads < whole / 2, "the heads take", heads, "of", whole)
    plain = good("bench", "--json", "--layers", "--runs", "1", "--cpu", "c", SMALL).json()
    check(all(row["method"] is None for row in plain["layers"]), "plain C has methods", plain)
    check(any(row["method"] for row in bench["layers"]) == (bench["isa"] != "c"), "no methods",
          bench)


def test_text():
    text = good("bench", "--layers", "--runs", "1", SMALL).out
    for start in ("network ", "cpu ", "isa ", "peak ", "load ", "memory ", "runs        1\n",
                  "backbone ", "to exit 0 ", "to exit 2 ", "stage 0 ", "branch 1 ", "gate "):
        check("\n" + start in "\n" + text, "no line", repr(start), text)
    check(all(len(line) <= 80 for line in text.splitlines()), "too wide:", text)
    if QUICK:
        return
    short = good("bench", "--runs", "1", SMALL, "--threads", "1").out
    check("stage 0" not in short and "1 thread\n" in short, short)
    # What run takes, so that a line for it can be reused.
    good("bench", "--runs", "1", "--trace", "--top", "3", "--seed", "1", "--order", "sequential",
         "--every", "2", "--first-threshold", "0.5", "--no-spin", SMALL)


def test_bad_lines():
    for value in ("0", "", "-1", "10001", "x", "1.5", "--json"):
        refused(2, "tlee: option '--runs': ", "bench", SMALL, "--runs", value)
    refused(2, "tlee: option '--runs' needs a value", "bench", SMALL, "--runs")
    refused(2, "tlee: option '--threads': ", "bench", SMALL, "--threads", "257")
    refused(2, "tlee: option '--runs' means nothing to info", "info", SMALL, "--runs", "3")
    refused(2, "tlee: bench takes no further operand", "bench", SMALL, "x")
    refused(2, "tlee: random:alexnet: ", "bench", "random:alexnet")
    refused(1, "tlee: /nonexistent: ", "bench", "/nonexistent")


def test_file(temp):
    model = os.path.join(temp, "bench.tlee")
    with open(model, "wb") as file:
        file.write(weights_file(["a", "b", "c"], [2, 0, 1])[0])
    bench = good("bench", "--json", "--runs", "1", "--load", "map", model).json()
    check_types("bench", bench, KEYS)
    check(bench["input"] == 64 and len(bench["exits"]) == 1, bench)
    with open(model, "wb") as file:
        file.write(b"no model")
    refused(1, "tlee: %s: " % model, "bench", model)
