# SPDX-License-Identifier: MIT
"""Table 1: what each exit costs, by every way of counting, in bytes and in time."""
import os

import exit_texts as texts
from counting_rules import RULES, total
from op_list import CLASSES, EXITS, macs, parameters, torchvision_ops
from paper_figures import additions, counted_ops, published, ways
from table_output import markdown_table, number, write_csv
from video_costs import FrameCosts

MIB = 1 << 20
#: Ops that work in place.
IN_PLACE = ("batch_norm", "relu", "relu6", "silu", "sigmoid")
PARTS = (["stage %d" % b for b in range(EXITS)] + ["branch %d" % b for b in range(EXITS - 1)]
         + ["feature", "classifier", "gate"])


def rows_of(backbones):
    return [(backbone, b) for backbone in backbones for b in range(EXITS)]


# ---- The paper's figures ----

def figures(backbones):
    """One row for each exit."""
    rows = []
    for backbone in backbones:
        paper = published(backbone.plain)
        way = (ways(backbone.plain) or [None])[0]
        for b in range(EXITS):
            plain = macs(backbone.plain.backbone(b))
            row = [backbone.name, b, number(plain / 1e9, 4), "-", "-", "-", ""]
            if paper:
                row[3:5] = [str(paper[b]), "%+.2f %%" % (100 * (paper[b] * 1e9 / plain - 1))]
            if way:
                ops = counted_ops(backbone.plain, way.whole)[b]
                more = additions(way.rule, ops)
                last = macs(ops) - plain
                row[5:] = [number(way.counts[b] / 1e9, 5),
                           more + (", torchvision's end %+.2f" % (last / 1e6) if last else "")]
            rows.append(row)
    return markdown_table(["backbone", "exit", "plain GMAC", "paper", "deviation", "explained",
                           "counted beside multiplications, 10^6"], rows)


def reasons(backbones):
    """What the column "explained" is."""
    lines = []
    for backbone in backbones:
        found = ways(backbone.plain)
        if found:
            lines.append("- %s: all four by the rule of %s, %s%s.\n" % (
                backbone.name, " or ".join(way.rule.name for way in found),
                "cut down, not rounded, to the digits given" if found[0].cut else "rounded",
                "; the last one with torchvision's 1000 classes" if found[0].whole else ""))
        elif published(backbone.plain):
            lines.append("- %s: by none of the rules.\n" % backbone.name)
    return "".join(lines)


def fewer_branches(backbones):
    rows = []
    for backbone in backbones:
        for facts in backbone.fewer + [backbone.plain.facts]:
            cells = ["-" if row["gmac_paper"] is None else
                     "%.3f / %s" % (row["gmac_backbone"], row["gmac_paper"])
                     for row in facts["exits"]]
            cells += [""] * (EXITS - len(cells))
            if published(backbone.plain):
                rows.append([backbone.name, facts["branches"]] + cells)
    return markdown_table(["backbone", "B"] + ["exit %d" % b for b in range(EXITS)], rows)


# ---- Counters ----

def counters(backbones):
    rows = []
    for backbone in backbones:
        lists = [("exit %d" % b, ops) for b, ops in enumerate(counted_ops(backbone.plain, False))]
        lists.append(("torchvision", torchvision_ops(backbone.plain)))
        rows += [[backbone.name, what, parameters(ops)]
                 + [number(total(rule, ops) / 1e9, 4) for rule in RULES] for what, ops in lists]
    return markdown_table(["backbone", "to", "parameters"] + [rule.name for rule in RULES], rows)


def sources():
    return "".join("- %s: %s\n" % (rule.name, rule.source) for rule in RULES)


# ---- What the figures leave out ----

def parts(backbones):
    """One execution of each part; shares of a frame through all exits."""
    rows = []
    for backbone in backbones:
        costs = {dataset: FrameCosts(model) for dataset, model in backbone.models.items()}
        for part in PARTS:
            row, shares = [backbone.name, part], []
            for dataset, model in backbone.models.items():
                ops = model.part(part)
                times = EXITS if part in ("feature", "classifier", "gate") else 1
                share = 100 * times * macs(ops) / costs[dataset].frame(EXITS - 1)
                row += [number(macs(ops) / 1e6, 3), str(parameters(ops))] if ops else ["-", "-"]
                shares.append(number(share if ops else None, 3))
            rows.append(row + shares)
    names = list(CLASSES)
    return markdown_table(["backbone", "part"] + [text % name for name in names
                                                  for text in ("MMAC %s", "parameters %s")]
                          + ["%% of %s" % name for name in names], rows)


# ---- Bytes and time ----

def activation_bytes(ops):
    """What convolutions and linear layers write, and the largest input and output of an op."""
    written = sum(op.outputs for op in ops if op.macs)
    largest = max(op.inputs + op.outputs for op in ops if op.op not in IN_PLACE)
    return 4 * written, 4 * largest


def weights_to(model, last):
    """Bytes of the parameters that a frame to this exit takes, as floats."""
    names = PARTS[:last + 1] + ["branch %d" % b for b in range(last + 1)] + PARTS[-3:]
    return 4 * sum(parameters(model.part(name)) for name in names)


def exit_row(backbone, dataset, b):
    """Numbers of an exit with everything that the figures leave out: macs, share of that, bytes of
    activations written, of the largest op, of weights, ms, ms/GMAC."""
    model, times = backbone.models[dataset], backbone.times.get(dataset)
    all_macs, inner = FrameCosts(model).frame(b), macs(model.backbone(b))
    ms = times.ms[b] if times else None
    return [all_macs, 100 * (1 - inner / all_macs), *activation_bytes(model.backbone(b)),
            weights_to(model, b), ms, ms and 1e9 * ms / all_macs]


def exits(backbones, dataset):
    rows = []
    for backbone, b in rows_of(backbones):
        count, share, written, largest, weights, ms, each = exit_row(backbone, dataset, b)
        rows.append([backbone.name, b, number(count / 1e9, 4), number(share, 2)]
                    + [number(size / MIB, 2) for size in (written, largest, weights)]
                    + [number(ms, 2), number(each, 2)])
    return markdown_table(["backbone", "exit", "GMAC", "% left out", "written MiB",
                           "largest op MiB", "weights MiB", "ms", "ms/GMAC"], rows)


def engine_memory(backbones):
    rows = [[backbone.name, dataset, facts["parameters"]]
            + [number(facts[key] / MIB, 2)
               for key in ("plain_weight_bytes", "weight_bytes", "arena_bytes")]
            for backbone in backbones for dataset, facts in backbone.engine.items()]
    return markdown_table(["backbone", "data set", "parameters", "weights MiB", "packed MiB",
                           "arena MiB"], rows)


# ---- All together ----

def markdown(backbones):
    """Sections of text."""
    times = [time for backbone in backbones for time in backbone.times.values()]
    machine = times[0].machine if times else texts.NOT_MEASURED
    sections = [texts.FIGURES, figures(backbones), texts.REASONS, reasons(backbones), texts.FEWER,
                fewer_branches(backbones), texts.COUNTERS + "\n" + sources(), counters(backbones),
                texts.PARTS, parts(backbones)]
    for dataset, classes in CLASSES.items():
        sections += [texts.EXITS % (dataset, classes, machine), exits(backbones, dataset)]
    return sections + [texts.MEMORY, engine_memory(backbones)]


def write(backbones, folder):
    """exits.csv: exact counts of the backbone alone; costs.csv: all that belongs to an exit."""
    rows, costs = [], []
    for backbone in backbones:
        paper = published(backbone.plain) or [""] * EXITS
        lists = list(enumerate(counted_ops(backbone.plain, False)))
        for b, ops in lists + [("torchvision", torchvision_ops(backbone.plain))]:
            rows.append([backbone.name, b, paper[b] if b in range(EXITS) else "", parameters(ops)]
                        + [total(rule, ops) for rule in RULES])
        costs += [[backbone.name, dataset, b]
                  + ["" if value is None else value for value in exit_row(backbone, dataset, b)]
                  for dataset in CLASSES for b in range(EXITS)]
    write_csv(os.path.join(folder, "exits.csv"),
              ["backbone", "to_exit", "gmac_paper", "parameters"]
              + [("%s %s" % (rule.name, rule.unit)).replace(" ", "_").lower() for rule in RULES],
              rows)
    write_csv(os.path.join(folder, "costs.csv"),
              ["backbone", "dataset", "exit", "macs", "percent_left_out", "activation_bytes",
               "largest_op_bytes", "weight_bytes", "ms", "ms_per_gmac"], costs)
