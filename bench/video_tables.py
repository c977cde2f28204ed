# SPDX-License-Identifier: MIT
"""Table 2: what a video costs that leaves at a frame and an exit."""
import os

from op_list import CLASSES, EXITS
from table_output import markdown_table, number, write_csv
from video_costs import FrameCosts, ends_of, places

HEAD = """## Table 2: cost of a video by where it leaves

GMAC of a video that gets its answer at that frame and exit, with branches, feature layer,
classifier and gate (%s, %d classes), or by the paper's figures. **The first number holds when each
earlier frame ended at exit 0, the second when each went through all layers**; every mixture lies
between them. Frames count from 0, in the order in which they are processed; on the last one the
first exit answers. `videos.csv` has the costs for each exit at which all earlier frames may have
ended, and both data sets.
"""
DATASET = "ucf101"
COLUMNS = ["exit %d" % b for b in range(EXITS)]


def span(cost, frame, last):
    """The cheapest and the dearest way there; cost: of a list of ends, in 10^9."""
    low, high = [cost(ends_of(frame, last, earlier)) for earlier in (0, EXITS - 1)]
    return number(low, 3) if frame == 0 else "%s .. %s" % (number(low, 3), number(high, 3))


def one_table(frames, cost):
    rows = {t: ["-"] * EXITS for t in range(frames)}
    for t, b in places(frames):
        rows[t][b] = span(cost, t, b)
    return markdown_table(["frame"] + COLUMNS, [[str(t)] + rows[t] for t in range(frames)])


def markdown(backbones):
    """Sections of text."""
    sections = [HEAD % (DATASET, CLASSES[DATASET])]
    for backbone in backbones:
        costs = FrameCosts(backbone.models[DATASET])
        whole = costs.frames * costs.whole() / 1e9
        sections.append("### %s\n\nPlain; %d whole frames without exits cost %s.\n" % (
            backbone.name, costs.frames, number(whole, 3)))
        sections.append(one_table(costs.frames, lambda ends, c=costs: c.video(ends) / 1e9))
        if costs.paper[0] is not None:
            sections.append("By the paper's figures; %d whole frames cost %s.\n" % (
                costs.frames, number(costs.frames * costs.paper[-1], 3)))
            sections.append(one_table(costs.frames, costs.paper_video))
    return sections


def write(backbones, folder):
    rows = []
    for backbone in backbones:
        for dataset, model in backbone.models.items():
            costs = FrameCosts(model)
            for t, b in places(costs.frames):
                for earlier in range(EXITS if t else 1):
                    ends = ends_of(t, b, earlier)
                    paper = costs.paper_video(ends)
                    rows.append([backbone.name, dataset, t, b, earlier if t else "",
                                 costs.video(ends), "" if paper is None else round(paper, 6)])
    write_csv(os.path.join(folder, "videos.csv"),
              ["backbone", "dataset", "frame", "exit", "exit_of_earlier_frames", "macs",
               "gmac_paper"], rows)
