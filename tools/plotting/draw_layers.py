# SPDX-License-Identifier: MIT
"""Time in each layer, in the order in which they run, and how much of the machine they use."""
from .bench_times import HEADS
from .figure import COLOURS, new_figure

#: More names than this would not be readable side by side.
NAMED = 75
OTHERS = "other ops"


def kinds_of(bars):
    """The kinds of bars that take a visible share of the time, most first."""
    time = {}
    for bar in bars:
        time[bar.kind] = time.get(bar.kind, 0) + bar.ms
    whole = sum(time.values())
    kinds = sorted((kind for kind in time if kind != HEADS and time[kind] >= 0.005 * whole),
                   key=lambda kind: (-time[kind], kind))
    return kinds[:len(COLOURS)]


def colours_of(bars):
    """The colour of each kind, in the order of a legend; small kinds become OTHERS."""
    kinds = kinds_of(bars)
    rows = dict(zip(kinds, COLOURS), **{HEADS: "#606060", OTHERS: "#B0B0B0"})
    for bar in bars:
        bar.kind = bar.kind if bar.kind in rows else OTHERS
    used = {bar.kind for bar in bars}
    return {kind: colour for kind, colour in rows.items() if kind in used}


def parts_of(bars):
    """(part, first, last) of each run of the backbone's layers of one stage."""
    runs = []
    for number, bar in enumerate(bars):
        if runs and runs[-1][0] == bar.part:
            runs[-1][2] = number
        else:
            runs.append([bar.part, number, number])
    return [run for run in runs if bars[run[1]].in_backbone]


def draw_stages(axes, bars, labelled):
    for number, (part, first, last) in enumerate(parts_of(bars)):
        if number % 2 == 0:
            axes.axvspan(first - 0.5, last + 0.5, color="#F2F2F2", linewidth=0, zorder=0)
        if labelled:
            axes.annotate(part, ((first + last) / 2, 1), xycoords=("data", "axes fraction"),
                          xytext=(0, 2), textcoords="offset points", ha="center", va="bottom",
                          fontsize=7)


def draw_bars(axes, bars, colours):
    for kind, colour in colours.items():
        chosen = [number for number, bar in enumerate(bars) if bar.kind == kind]
        axes.bar(chosen, [bars[number].ms for number in chosen], 0.8, color=colour, label=kind)
    axes.set_ylabel("time (ms)")
    axes.grid(True, axis="y")


def draw_shares(axes, bars, colours):
    for kind, colour in colours.items():
        chosen = [number for number, bar in enumerate(bars)
                  if bar.kind == kind and bar.share is not None]
        axes.plot(chosen, [100 * bars[number].share for number in chosen], "o", color=colour,
                  markersize=3 if len(bars) <= NAMED else 2, clip_on=False, markeredgewidth=0)
    axes.set_ylim(0, max(100, *(105 * (bar.share or 0) for bar in bars)))
    axes.set_ylabel("of peak (%)")
    axes.grid(True, axis="y")


def draw(looks, bench):
    bars, colours = bench.bars, colours_of(bench.bars)
    named = len(bars) <= NAMED
    figure = new_figure(looks, min(max(3.4, 0.13 * len(bars) + 0.9), 7.2), 3.4 if named else 2.8)
    with_shares = any(bar.share is not None for bar in bars)
    rows = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [2, 1]}) \
        if with_shares else [figure.subplots()]
    for number, axes in enumerate(rows):
        draw_stages(axes, bars, number == 0)
    draw_bars(rows[0], bars, colours)
    if with_shares:
        draw_shares(rows[1], bars, colours)
    rows[-1].set_xlim(-0.6, len(bars) - 0.4)
    if named:
        rows[-1].set_xticks(range(len(bars)))
        rows[-1].set_xticklabels([bar.name for bar in bars], rotation=90, fontsize=6)
    else:
        rows[-1].set_xticks([])
        rows[-1].set_xlabel("%d layers, in the order in which they run" % len(bars))
    rows[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.1),
                   ncol=max(int(figure.get_figwidth() / 1.5), 1), columnspacing=1.4,
                   borderpad=0, handlelength=1.4)
    return figure
