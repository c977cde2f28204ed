# SPDX-License-Identifier: MIT
"""matplotlib as all pictures use it: looks, colours, and files that depend on the input alone."""
import io
import os

from fault import Fault, blaming

#: What a file's suffix asks for, and what would make two files of one picture differ.
FORMATS = {
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
}
#: Okabe and Ito's colours, which the colour-blind tell apart; black is the axes'.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
ANSWER = "#D55E00"
GREY = "#808080"
#: Of exits: the deeper, the darker, also in print without colours.
DEPTHS = ["#A1DAB4", "#41B6C4", "#2C7FB8", "#253494"]
STYLE = {
    "font.size": 8, "axes.titlesize": 9, "axes.labelsize": 8, "legend.fontsize": 7,
    "xtick.labelsize": 7, "ytick.labelsize": 7, "axes.linewidth": 0.6, "lines.linewidth": 1.4,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "axes.spines.top": False,
    "axes.spines.right": False, "axes.axisbelow": True, "grid.linewidth": 0.4,
    "grid.color": "#DDDDDD", "legend.frameon": False, "hatch.linewidth": 0.6,
    "svg.hashsalt": "tlee", "svg.fonttype": "path", "pdf.fonttype": 42, "savefig.dpi": 250,
    "figure.dpi": 100, "figure.constrained_layout.w_pad": 0.03,
    "figure.constrained_layout.h_pad": 0.03,
}


def set_up(font=None):
    """Whatever a user's matplotlibrc says; without a screen."""
    try:
        import matplotlib
        import matplotlib.figure  # noqa: F401: set_up is where a missing part shows
    except ImportError as error:
        raise Fault("needs matplotlib (Debian: python3-matplotlib): %s" % error)
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(STYLE)
    if font:
        check_font(font)
        matplotlib.rcParams["font.family"] = font


def check_font(font):
    from matplotlib import font_manager
    try:
        font_manager.findfont(font, fallback_to_default=False)
    except ValueError:
        raise Fault("--font: there is no font '%s' here" % font)


class Looks:
    """What a command line may choose about any picture; the width is in inches."""

    def __init__(self, title=None, width=None, font=None):
        self.title, self.width, self.font = title, width, font


def plain(text):
    """As it is: matplotlib would read what stands between dollars as a formula."""
    return text.replace("$", "\\$")


def new_figure(looks, width, height):
    """A figure of this size in inches, or of these proportions at the width asked for."""
    from matplotlib.figure import Figure
    scale = looks.width / width if looks.width else 1
    figure = Figure(figsize=(width * scale, height * scale), constrained_layout=True)
    if looks.title:
        figure.suptitle(plain(looks.title), fontsize=9)
    return figure


def save(figure, path):
    """Nothing is left at `path` of a picture that could not be drawn."""
    suffix = os.path.splitext(path)[1].lower()
    data = io.BytesIO()
    figure.savefig(data, format=suffix[1:], metadata=FORMATS[suffix])
    with blaming(path), open(path, "wb") as file:
        file.write(data.getvalue())
