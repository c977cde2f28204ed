# SPDX-License-Identifier: MIT
"""A film strip: the frames of one video that were looked at, and what was thought of each."""
from .figure import ANSWER, DEPTHS, plain
from .thumbnails import thumbnail

PER_ROW = 10
DASHED = {"color": "black", "linewidth": 0.7, "linestyle": (0, (3, 2))}


class Thresholds:
    """Where lines are drawn; None: nowhere."""

    def __init__(self, first=None, exit=None, gate=None):
        self.first, self.exit, self.gate = first, exit, gate


class Plan:
    """Where everything goes, in inches: rows of pictures, each with its diagrams below."""

    left, right, top, gap = 0.42, 0.06, 0.2, 0.08
    confidence, gate, between = 0.62, 0.42, 0.14

    def __init__(self, looks, frames, proportion, with_gates, entries):
        self.looks = looks
        self.columns = min(frames, PER_ROW)
        self.rows = -(-frames // PER_ROW)
        widest = min(7.2, 0.5 + 1.25 * self.columns)
        self.width = looks.width or max(widest, 3.4)
        self.cell = min((self.width - self.left - self.right) / self.columns - self.gap, 1.6)
        self.picture = self.cell * min(proportion, 2)
        self.with_gates = with_gates
        self.row = self.top + self.picture + self.between + self.confidence + (
            self.between + self.gate if with_gates else 0) + 0.08
        self.head = 0.25 if looks.title else 0
        self.entries = max(int(self.width / 0.9), 1)
        self.legend = 0.1 + 0.15 * -(-entries // self.entries)
        self.height = self.head + self.rows * self.row + self.legend

    @property
    def bottom(self):
        return 0.05 / self.height

    def figure(self):
        from matplotlib.figure import Figure
        figure = Figure(figsize=(self.width, self.height))
        if self.looks.title:
            figure.suptitle(plain(self.looks.title), fontsize=9, y=1 - 0.06 / self.height, va="top")
        return figure

    def cells(self, figure, number):
        """Axes of a frame's picture, confidences and gates (None where there are none)."""
        row = self.columns * (self.cell + self.gap) - self.gap
        x = max(self.left, (self.width - row) / 2) + number % self.columns * (self.cell + self.gap)
        y = self.height - self.head - number // self.columns * self.row - self.top
        axes = []
        for height in [self.picture, self.confidence] + [self.gate] * self.with_gates:
            y -= height
            axes.append(figure.add_axes((x / self.width, y / self.height, self.cell / self.width,
                                         height / self.height)))
            y -= self.between
        return axes + [None] * (not self.with_gates)


def draw_picture(axes, picture, title, answered):
    axes.imshow(thumbnail(picture), interpolation="none")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(title, fontsize=7, pad=3)
    for edge in axes.spines.values():
        edge.set_visible(True)
        edge.set_color(ANSWER if answered else "#404040")
        edge.set_linewidth(2.2 if answered else 0.6)


def clean(axes, exits, leftmost, label):
    """Axes from 0 to 1 whose numbers stand at the left of a row alone."""
    around = 0.6 if exits > 1 else 1.5
    axes.set_xlim(-around, exits - 1 + around)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1])
    axes.set_xticks([])
    axes.grid(True, axis="y")
    axes.spines["left"].set_visible(leftmost)
    if leftmost:
        axes.set_ylabel(label, fontsize=7)
        axes.set_yticklabels(["0", "", "1"])
    else:
        axes.set_yticklabels([])
        axes.tick_params(left=False)


def value_text(axes, x, y, above):
    """A probability, `above` points over its mark."""
    axes.annotate(("%.2f" % y).lstrip("0") if y < 0.995 else "1.0", (x, y), xytext=(0, above),
                  textcoords="offset points", ha="center", va="bottom", fontsize=6,
                  annotation_clip=False)


def draw_confidences(axes, steps, answered, threshold):
    for step in steps:
        last = answered and step is steps[-1]
        axes.bar([step.exit], [step.confidence], 0.76, color=DEPTHS[step.exit],
                 edgecolor=ANSWER if last else "none", linewidth=1.6 if last else 0)
        value_text(axes, step.exit, step.confidence, 1.5)
    if threshold is not None:
        axes.axhline(threshold, **DASHED)


def draw_gates(axes, steps, threshold):
    for step in steps:
        if step.gate is not None:
            axes.vlines(step.exit, 0, step.gate, color="#404040", linewidth=0.9)
            axes.plot([step.exit], [step.gate], "D", markersize=3, color="#404040", clip_on=False)
            value_text(axes, step.exit, step.gate, 3)
    if threshold is not None:
        axes.axhline(threshold, **DASHED)


def legend_entries(exits, with_gates, with_thresholds):
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    handles = [Patch(color=DEPTHS[b], label="exit %d" % b) for b in range(exits)]
    if with_gates:
        handles.append(Line2D([], [], marker="D", markersize=3, color="#404040", linewidth=0.9,
                              label="gate"))
    if with_thresholds:
        handles.append(Line2D([], [], label="threshold", **DASHED))
    handles.append(Patch(facecolor="none", edgecolor=ANSWER, linewidth=1.6, label="answered here"))
    return handles


def draw(looks, trace, pictures, thresholds):
    frames, exits = trace.frames, trace.exits
    with_gates = any(step.gate is not None for frame in frames for step in frame.steps)
    sizes = [(pictures[frame.number].width, pictures[frame.number].height) for frame in frames]
    entries = legend_entries(exits, with_gates,
                             any(value is not None for value in vars(thresholds).values()))
    plan = Plan(looks, len(frames), max(h / w for w, h in sizes), with_gates, len(entries))
    figure = plan.figure()
    for number, frame in enumerate(frames):
        answered = number == len(frames) - 1
        picture, confidence, gate = plan.cells(figure, number)
        draw_picture(picture, pictures[frame.number], "%d: frame %d" % (number + 1, frame.number),
                     answered)
        leftmost = number % plan.columns == 0
        clean(confidence, exits, leftmost, "confidence")
        draw_confidences(confidence, frame.steps, answered,
                         thresholds.exit if number or thresholds.first is None
                         else thresholds.first)
        if gate:
            clean(gate, exits, leftmost, "gate")
            draw_gates(gate, frame.steps, thresholds.gate)
    figure.legend(handles=entries, loc="lower center", bbox_to_anchor=(0.5, plan.bottom),
                  ncol=min(plan.entries, len(entries)), borderpad=0, handlelength=1.4,
                  columnspacing=1.4)
    return figure
