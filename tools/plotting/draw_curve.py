# SPDX-License-Identifier: MIT
"""Accuracy against cost: all settings, the front of the best, and runs to compare them with."""
from .figure import COLOURS, GREY, MARKERS, new_figure, plain
from .points import front

#: What a legend calls the points of `points.FEWER`.
FEWER = "whole network, fewer frames"

AXES = {
    "gmac": "cost (GMAC per video)",
    "gmac_paper": "cost (GMAC per video, as the paper counts)",
    "ms": "time (ms per video)",
}
#: Marker and its size.
REFERENCES = [("*", 9), ("D", 4.5), ("v", 5), ("^", 5), ("h", 6), ("X", 5)]
#: From here on settings are drawn as pixels: as so many shapes they would fill megabytes.
MANY = 1500


def draw_settings(axes, points, colour, label):
    """All settings, faintly; of those at one place one."""
    points = sorted(set(points))
    axes.scatter([cost for cost, _ in points], [100 * accuracy for _, accuracy in points], s=5,
                 color=colour, alpha=0.35, linewidths=0, zorder=2, label=label,
                 rasterized=len(points) > MANY)


def draw_front(axes, points, colour, marker, label, right):
    """Between two settings the cheaper one is what can be had: steps, not slopes."""
    best = front(points)
    costs, accuracies = [cost for cost, _ in best], [100 * accuracy for _, accuracy in best]
    axes.step(costs + [max(right, costs[-1])], accuracies + accuracies[-1:], where="post",
              color=colour, zorder=3)
    axes.plot(costs, accuracies, linestyle="none", marker=marker, markersize=3.5, color=colour,
              markeredgecolor="white", markeredgewidth=0.4, zorder=4)
    axes.plot([], [], color=colour, marker=marker, markersize=3.5, label=label)


def draw_fewer(axes, points, colour, label):
    """Between two numbers of frames some videos can have the one and the rest the other: slopes."""
    axes.plot([cost for cost, _ in points], [100 * accuracy for _, accuracy in points],
              linestyle="--", linewidth=1, marker=".", markersize=3.5, color=colour, zorder=2.5,
              label=label)


def draw_curves(axes, curves, right, settings):
    one = len(curves) == 1
    for number, (label, points) in enumerate(curves):
        colour, marker = (kinds[number % len(kinds)] for kinds in (COLOURS, MARKERS))
        if settings:
            draw_settings(axes, points.settings, GREY if one else colour,
                          "settings" if one else None)
        draw_front(axes, points.settings, colour, marker,
                   "Pareto front" if one else plain(label), right)
        if points.fewer:
            draw_fewer(axes, points.fewer, "black" if one else colour,
                       FEWER if one else "%s: %s" % (plain(label), FEWER))


def draw(looks, curves, references, cost, settings):
    """curves: a list of (label, Points). references: of (label, points). settings: draw them all,
    or the front alone?"""
    figure = new_figure(looks, 4.2, 3.0)
    axes = figure.add_subplot()
    shown = [point for _, points in curves
             for point in points.fewer + (points.settings if settings else front(points.settings))]
    shown += [point for _, points in references for point in points]
    draw_curves(axes, curves, max(cost for cost, _ in shown), settings)
    for number, (label, points) in enumerate(references):
        marker, size = REFERENCES[number % len(REFERENCES)]
        axes.plot([cost for cost, _ in points], [100 * accuracy for _, accuracy in points], marker,
                  markersize=size, color="black", zorder=5, markeredgecolor="white",
                  markeredgewidth=0.4, label=plain(label))
    axes.set_xlabel(AXES[cost])
    axes.set_ylabel("top-1 accuracy (%)")
    axes.set_xlim(left=0)
    axes.margins(y=0.08)
    axes.grid(True)
    axes.legend(loc="lower right")
    return figure
