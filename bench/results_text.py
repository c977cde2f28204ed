# SPDX-License-Identifier: MIT
"""The results as Markdown."""
import results_numbers as numbers
from results_data import DIFFICULTIES
from table_output import markdown_table, number

NAMES = {"whole": "whole network", "tlee": "TLEE, thresholds of the model",
         "one": "first frame alone, last exit", "fewer gmac": "fewer frames, TLEE's GMAC",
         "fewer ms": "fewer frames, TLEE's ms"}


def percent(value, decimals=1):
    return "-" if value is None else "%.*f" % (decimals, 100 * value)


def signed(value):
    return "-" if value is None else "%+.1f" % (100 * value)


def threshold(value):
    """Of a model that has none, a dash."""
    return "-" if value is None else "%g" % value


def rows_of(results):
    """(order, kind, Row) as the main table has them; Row None: there is none."""
    return [(order, kind, results.rows[order].get(kind))
            for order in results.rows for kind in NAMES]


def main_table(results):
    cells = []
    for order, kind, row in rows_of(results):
        if row is None:
            cells.append([order, NAMES[kind]] + ["-"] * 8)
            continue
        whole = results.rows[order]["whole"]
        cells.append([order, NAMES[kind], percent(row.top1)]
                     + [percent(value) for value in row.by_difficulty]
                     + [number(row.gmac, 4), percent(row.gmac / whole.gmac), number(row.ms, 2),
                        percent(row.ms / whole.ms), number(row.frames, 2)])
    return markdown_table(["order", "what", "top-1 %", "easy", "hard", "GMAC", "% of whole", "ms",
                           "% of whole", "frames"], cells)


def choice_table(order, sweep):
    cells = []
    for asked, point in numbers.choices(sweep):
        if point is None:
            cells.append([order, asked] + ["-"] * 10)
            continue
        check, whole = point["check"], sweep["fewer_frames"][-1]["check"]
        cells.append([order, asked] + [threshold(point[key]) for key in ("first", "exit", "gate")]
                     + [percent(point["top1"]), percent(check["top1"]),
                        signed(check["top1"] - whole["top1"]), number(check["gmac"], 4),
                        percent(check["gmac"] / whole["gmac"]), percent(check["ms"] / whole["ms"]),
                        signed(check["gain"])])
    return markdown_table(["order", "asked", "first", "exit", "gate", "validation %", "test %",
                           "to whole", "GMAC", "% GMAC", "% ms", "gain"], cells)


def above_line(order, sweep):
    above, count, least, average = numbers.above_fewer(sweep)
    if not count:
        return "With order %s every setting of the front costs less than one frame." % order
    return ("With order %s %d of %d settings of validation's front are above fewer frames at the "
            "same cost on test (%d more cost less than one frame); the gain is %s points on "
            "average, %s at least." % (order, above, count, len(sweep["front_gmac"]) - count,
                                       signed(average), signed(least)))


def left_table(results, order):
    frames, exits = results.facts["frames"], results.facts["branches"] + 1
    records = results.records[order]["tlee"]
    tables = [numbers.left_at(records, frames, exits)]
    tables += [numbers.left_at(records, frames, exits,
                               lambda record, name=name:
                               results.data.difficulty[record["path"]] == name)
               for name in DIFFICULTIES]
    cells = [[str(t + 1)] + [str(count) for count in tables[0][t]]
             + [str(sum(table[t])) for table in tables] for t in range(frames)]
    shares = ", ".join("exit %d %s %%" % (b, percent(share)) for b, share in
                       enumerate(numbers.frame_exits(records, exits)))
    return ("Order %s. Of all frames that were looked at ended at %s.\n\n" % (order, shares)
            + markdown_table(["frame"] + ["exit %d" % b for b in range(exits)]
                             + ["all"] + list(DIFFICULTIES), cells))


#: Columns of the table of classes: order and kind.
CLASS_COLUMNS = [(order, kind) for order in ("sampled", "sequential")
                 for kind in ("whole", "tlee", "one")]


def class_rows(results):
    """Name, clips, and top-1 by CLASS_COLUMNS, of each class."""
    rows = []
    for label, name in enumerate(results.data.classes):
        of_class = [[record for record in results.records[order][kind] if record["truth"] == label]
                    for order, kind in CLASS_COLUMNS]
        rows.append([name, len(of_class[0])]
                    + [numbers.mean(map(numbers.is_right, records)) for records in of_class])
    return rows


def class_table(results):
    header = ["%s, %s" % ({"whole": "whole", "tlee": "TLEE", "one": "one frame"}[kind], order)
              for order, kind in CLASS_COLUMNS]
    return markdown_table(["class", "clips"] + header,
                          [row[:2] + [percent(value) for value in row[2:]]
                           for row in class_rows(results)])


def other_section(results):
    """The model against the same one in other storage."""
    cells = []
    for kind, other in results.other.items():
        mine = results.records["sampled"][kind]
        cells.append([NAMES[kind],
                      percent(results.rows["sampled"][kind].top1, 2),
                      percent(numbers.mean(map(numbers.is_right, other)), 2),
                      str(sum(a["label"] != b["label"] for a, b in zip(mine, other))),
                      str(sum(a["frame_exits"] != b["frame_exits"] for a, b in zip(mine, other)))])
    return ["## Against %s\n" % results.other_name,
            markdown_table(["", "top-1 %", "the other's", "other answers", "other paths"], cells)]


def order_note(results):
    shortest, longest = results.data.frames()
    seen = [len(record["frame_exits"]) for record in results.records["sequential"]["whole"]]
    short = sum(count < results.facts["frames"] for count in seen)
    span = 1 + results.every * (results.facts["frames"] - 1)
    return (
        "Clips have %d to %d frames. %d of them are sampled over the whole clip and looked at in "
        "the order %s; `--order sequential --every %d` takes frames 1, %d, ... %d as they come, so "
        "that the end of longer clips is not seen. A clip that ends before the %d frames "
        "are there gets the answer of its last one, without the last frame's rule: %d of %d "
        "clips." % (shortest, longest, results.facts["frames"],
                    " ".join(map(str, results.facts["order"])), results.every,
                    1 + results.every, span, results.facts["frames"], short, len(seen)))


def markdown(results):
    facts = results.facts
    lines = [
        "# Results of %s\n" % results.model_name,
        "%d test clips%s, %d to choose by. %s at %d x %d, %d frames, %d branches, `--jobs 1`, %s, "
        "%s kernels; model %s.\n" % (
            len(results.data.lists["test"]), " (a part)" if results.data.limited else "",
            len(results.data.lists["validation"]), facts["backbone"], facts["input"],
            facts["input"], facts["frames"], facts["branches"], results.threads, facts["isa"],
            facts["fingerprint"]),
        order_note(results) + "\n", main_table(results),
        "Fewer frames: the whole network, stopped after fewer frames of the same order, between "
        "two numbers of frames on the straight line; at TLEE's cost as `tlee sweep` has it, whose "
        "times are those of recording. A dash: TLEE costs less than one frame.\n",
        "## Thresholds chosen on validation\n",
        "For each order the settings of validation's front that fit, and what they come to on "
        "test; gain: points of top-1 above fewer frames at the same GMAC.\n"]
    for order, sweeps in results.sweeps.items():
        lines += [choice_table(order, sweeps["validation"]),
                  above_line(order, sweeps["validation"]) + "\n"]
    lines += ["![Accuracy against cost](%s)\n" % picture for picture in results.pictures]
    lines += ["## Where clips were left\n", left_table(results, "sampled"),
              left_table(results, "sequential"), "## Classes\n", "Top-1 in percent.\n",
              class_table(results)]
    if results.other:
        lines += other_section(results)
    return "\n".join(lines)
