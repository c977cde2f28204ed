# SPDX-License-Identifier: MIT
"""Tables as Markdown that reads well as text too, and as CSV."""
import csv


def number(value, decimals):
    """A dash where there is nothing."""
    return "-" if value is None else "%.*f" % (decimals, value)


def markdown_table(header, rows):
    """Cells are texts; columns of numbers are set to the right."""
    cells = [[str(cell) for cell in row] for row in [header] + rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    right = [all(row[i][:1] in "+-0123456789" for row in cells[1:]) for i in range(len(header))]
    lines = ["| " + " | ".join(cell.rjust(width) if to_right else cell.ljust(width)
                               for cell, width, to_right in zip(row, widths, right)) + " |"
             for row in cells]
    rule = "|".join("-" * (width + 1) + (":" if to_right else "-")
                    for width, to_right in zip(widths, right))
    return "\n".join([lines[0], "|" + rule + "|"] + lines[1:]) + "\n"


def write_csv(path, header, rows):
    """Empty cells where there is nothing."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
