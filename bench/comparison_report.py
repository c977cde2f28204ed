# SPDX-License-Identifier: MIT
"""Reports of turns.measure as text and as JSON."""
import datetime
import json
import os
import platform
import re
import sys

ROW = "  %-11s %8s %8s %8s %8s   %-8s %-13s %s"


def machine():
    try:
        with open("/proc/cpuinfo") as file:
            cpu = re.search(r"(?:model name|Model|Hardware)\s*: (.*)", file.read()).group(1)
    except (OSError, AttributeError):
        cpu = platform.machine()
    return {"cpu": cpu, "cpus": os.cpu_count(), "system": platform.platform(),
            "date": datetime.datetime.now().isoformat(" ", "minutes")}


def show_machine():
    print("%(cpu)s, %(cpus)d CPUs, %(system)s, %(date)s" % machine(), flush=True)


def show_ratio(report, ours):
    absent = ["%s (%s)" % pair for pair in report["absent"].items()]
    without = "; not compared: " + ", ".join(absent) if absent else ""
    ratio = report["ratio"]
    if ratio:
        print("  ratio %.3f = %s / %s by medians; half of the rounds within %.3f to %.3f%s" % (
            ratio["ratio"], ours, ratio["to"], ratio["low"], ratio["high"], without))
    else:
        print("  no ratio%s" % without)


def show(title, report, ours):
    print("\n" + title)
    for fault in report["faults"]:
        print("  FAULT: " + fault)
    if report["faults"]:
        print("  so no engine is timed")
    print(ROW % ("ms", "min", "1/4", "median", "3/4", "agrees", "version", "setting"))
    for name, engine in report["engines"].items():
        times = ["%.2f" % engine[key] if key in engine else "-"
                 for key in ("min_ms", "low_ms", "median_ms", "high_ms")]
        print(ROW % (name, *times, engine["agreement"], engine["version"], engine["setting"]))
    show_ratio(report, ours)
    for warning in report["warnings"]:
        print("  warning: " + warning)
    sys.stdout.flush()


def finish(reports, path):
    """Writes the JSON file, if path is not None; exit status of the command."""
    if path is not None:
        with open(path, "w") as file:
            json.dump({"machine": machine(), "comparisons": reports}, file, indent=1)
            file.write("\n")
    return 0 if all(report["ratio"] for report in reports) else 1
