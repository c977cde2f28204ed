# SPDX-License-Identifier: MIT
"""Where frames and videos ended: bars of how frames ended, a map of where answers were given."""
from .figure import DEPTHS, GREY, new_figure


def draw_bars(axes, tally, frames, exits):
    """Of all videos, the share that came to each frame, by the exit at which the frame ended."""
    from matplotlib.patches import Patch
    steps, below = range(1, frames + 1), [0.0] * frames
    for b in range(exits):
        for counts, hatch in ((tally.passed, None), (tally.answered, "//////")):
            heights = [100 / tally.videos * counts.get((t, b), 0) for t in range(frames)]
            axes.bar(steps, heights, 0.8, below, color=DEPTHS[b], edgecolor="white",
                     linewidth=0, hatch=hatch)
            below = [low + height for low, height in zip(below, heights)]
    axes.set_ylabel("videos (%)")
    axes.set_ylim(0, 100)
    axes.grid(True, axis="y")
    axes.tick_params(bottom=False)
    handles = [Patch(color=DEPTHS[b], label="left at exit %d" % b) for b in range(exits)]
    handles.append(Patch(facecolor=GREY, edgecolor="white", hatch="//////", linewidth=0,
                         label="with the answer"))
    axes.legend(handles=handles, loc="upper right")


def percent(share):
    """A cell's text: short, but never 0 for what happened."""
    if not share:
        return ""
    return "%.0f" % (100 * share) if share >= 0.095 else "<0.1" if share < 0.0005 else (
        "%.1f" % (100 * share))


def draw_map(figure, axes, tally, frames, exits, with_bar):
    shares = [[tally.answered.get((t, b), 0) / tally.videos for t in range(frames)]
              for b in range(exits)]
    largest = max(max(row) for row in shares)
    image = axes.imshow([[100 * share for share in row] for row in shares], cmap="Oranges",
                        vmin=0, vmax=100 * largest, aspect="auto", origin="lower",
                        extent=(0.5, frames + 0.5, -0.5, exits - 0.5))
    for b in range(exits):
        for t in range(frames):
            if frames <= 16:
                axes.text(t + 1, b, percent(shares[b][t]), ha="center", va="center", fontsize=6.5,
                          color="white" if shares[b][t] > 0.6 * largest else "black")
    axes.set_yticks(range(exits))
    axes.set_ylabel("exit")
    axes.set_xlabel("frame, in processing order")
    for edge in axes.spines.values():
        edge.set_visible(False)
    axes.tick_params(length=0)
    if with_bar:
        figure.colorbar(image, ax=axes, label="answers (%)", aspect=8, pad=0.01)


def draw(looks, tally, frames=0, exits=0):
    """frames, exits: how many the network has, where the records do not come to all of them."""
    frames, exits = max(frames, tally.frames), max(exits, tally.exits)
    figure = new_figure(looks, min(max(3.2, 0.42 * frames + 0.9), 7.2), 2.5 + 0.25 * exits)
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={
        "height_ratios": [1.7, 0.25 + 0.25 * exits]})
    draw_bars(upper, tally, frames, exits)
    draw_map(figure, lower, tally, frames, exits, frames > 16)
    apart = 1 + (frames - 1) // 20
    lower.set_xticks(range(1, frames + 1, apart))
    lower.set_xlim(0.5, frames + 0.5)
    return figure
