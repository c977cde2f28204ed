# SPDX-License-Identifier: MIT
"""Milliseconds of a frame to each exit on this machine, by `tlee bench`."""
from op_list import call


class Times:
    """ms: medians, of a frame through all exits up to each one."""

    def __init__(self, facts):
        self.ms = [row["ms"]["median"] for row in facts["exits"]]
        self.machine = "%s, %s, %d threads" % (facts["cpu"] or "unknown CPU", facts["isa"],
                                               facts["threads"])


def measure(command, name, runs):
    """runs: how many; None for as many as take about two seconds."""
    return Times(call(command, "bench", "--json", *(["--runs", str(runs)] if runs else []), name))
