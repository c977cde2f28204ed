#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tlee show: its numbers are those of tlee run, its film strips hold the frames, and what it prints
suits where it goes."""
import os
import re
import sys
import tempfile

import cli_tool
import show_films
import show_screens
from cli_tool import check, good, refused, write_video, write_y4m
from eval_data import COIN, FRAMES, MIXED, QUICK, write_model

LABELS = ["wave_two", "wave", "wave_two_more", "jump", "kick"]
STEP = re.compile(r"^ +(\d+) +(\d+) +(\d)  (\S.*?) +([#.]{10}) +(\d+\.\d\d) % +(-|\d\.\d{3})  "
                  r"(answer|look deeper|clear, next|next frame)$", re.M)
COST = re.compile(r"^  (MACs|time)  early  (#+) +([0-9.]+) (?:GMAC|ms  ) +([0-9.]+)x\n"
                  r"        whole  (#+) +([0-9.]+) (?:GMAC|ms)$", re.M)


def number(value):
    """As the command writes a number for people: three digits, or all before the point."""
    decimals, rest = 2, value
    while rest >= 10 and decimals > 0:
        rest, decimals = rest / 10, decimals - 1
    rest = value
    while 0 < rest < 1 and decimals < 9:
        rest, decimals = rest * 10, decimals + 1
    return "%.*f" % (decimals, value)


def parts(text):
    """What stands before the first clip, and each part behind a line across the page."""
    return re.split(r"(?m)^-{80}\n", text)


def outcomes(steps, last_exit):
    """What has to be said of each step."""
    for step, behind in zip(steps, steps[1:] + [None]):
        if behind is None:
            yield "answer"
        elif behind["frame"] == step["frame"]:
            yield "look deeper"
        else:
            yield "clear, next" if step["exit"] < last_exit else "next frame"


def check_steps(text, early, names):
    rows = [row[:4] + row[5:] for row in STEP.findall(text)]
    wanted = [(str(s["frame"] + 1), str(s["source_frame"]), str(s["exit"]), names(s["top1"]),
               "%.2f" % (100 * s["confidence"]), "-" if s["gate"] is None else "%.3f" % s["gate"],
               word) for s, word in zip(early["steps"], outcomes(early["steps"], 2))]
    check(rows == wanted, "steps:", rows, "instead of", wanted)
    check("looked at\n" in text and ": %d of %d frames" % (early["frames_seen"], FRAMES) in text,
          "frames seen:", text[:200])


def check_costs(text, early_gmac, whole_gmac):
    """Bars are as long as their numbers are large, and times are in keeping with each other."""
    rows = COST.findall(text)
    if not check([row[0] for row in rows] == ["MACs", "time"], "bars:", rows, text):
        return None
    macs = rows[0]
    check(macs[2] == number(early_gmac) and macs[5] == number(whole_gmac), "MACs:", macs,
          early_gmac, whole_gmac)
    check(macs[3] == number(whole_gmac / early_gmac), "times fewer:", macs)
    for _, bar, early, times, whole_bar, whole in rows:
        early, whole = float(early), float(whole)
        share = len(bar) / max(len(bar), len(whole_bar))
        check(abs(share - early / max(early, whole)) < 0.05, "bar:", bar, early, whole)
        check(abs(float(times) / (whole / early) - 1) < 0.02, "times:", times, whole, early)
    return [float(rows[1][2]), float(rows[1][5])]


def reason_of(early):
    """The words that tell why the video was left, by the rules of spec section 6."""
    last = early["steps"][-1]
    if early["frame"] == FRAMES - 1:
        return "it was the last frame"
    if early["frame"] == 0:
        return "surer than "
    return "the gate says %.3f, " % last["gate"]


def check_clip(text, early, whole, names):
    check_steps(text, early, names)
    for word, run in (("early", early), ("whole", whole)):
        said = "\n  %s    %s, %.2f %% sure" % (word, names(run["label"]), 100 * run["confidence"])
        check(said in text, said, "is not in", text)
    left = "\n  left at  frame %d of %d, exit %d of 2: %s" % (
        early["frame"] + 1, FRAMES, early["exit"], reason_of(early))
    check(left in text, left, "is not in", text)
    return check_costs(text, early["gmac"], whole["gmac"])


def test_numbers(model, clips, names):
    """Steps, answers and costs of each clip are those of run, and the totals their sums."""
    ends = set()
    rows = ((), MIXED, ("--first-threshold", "1", "--gate-threshold", "1"),
            ("--mode", "t", "--first-threshold", "1", "--gate-threshold", "0.2"),
            ("--first-threshold", "0", "--gate", "none"), ("--order", "sequential"),
            COIN + ("1",), COIN + ("2",), COIN + ("5", "--exit-threshold", "0"))
    for options in rows[-2:] if QUICK else rows:
        shown = good("show", "--runs", "1", *options, model, *clips)
        sections = parts(shown.out)
        check(len(sections) == len(clips) + 2, "sections:", shown)
        sums = [0, 0]
        times = [0, 0]
        for clip, section in zip(clips, sections[1:]):
            early = good("run", "--json", "--trace", *options, model, clip).json()
            whole = good("run", "--json", *options, "--mode", "full", model, clip).json()
            check(section.startswith(os.path.basename(clip)[:48]), "heading:", section[:100])
            took = check_clip(section, early, whole, names) or [0, 0]
            sums = [sums[0] + early["gmac"], sums[1] + whole["gmac"]]
            times = [times[0] + took[0], times[1] + took[1]]
            ends.add((early["frame"], early["exit"]))
        took = check_costs(sections[-1], *sums) or [0, 0]
        check(all(abs(a - b) <= 0.02 * b for a, b in zip(took, times)), "sum:", took, times)
        saved = "saved: %.1f %% of the MACs (%sx less)" % (
            100 * (1 - sums[0] / (sums[1] or 1)), number(sums[1] / (sums[0] or 1)))
        check(sums[0] > sums[1] or saved in sections[-1], saved, "is not in", sections[-1])
        check("all clips: %d" % len(clips) in sections[-1], sections[-1])
    check(len(ends) > (1 if QUICK else 3), "the options make too little difference:", ends)


def test_truth(model, temp):
    """The class is known where the clip's name begins with it and goes on otherwise."""
    for name, truth in (("wave_two_hard.y4m", 0), ("wave.y4m", 1), ("wave-two.y4m", 1),
                        ("waves.y4m", None), ("a_wave.y4m", None), ("jump_1.y4m", 3),
                        ("wave_two_more.y4m", 2)):
        clip = write_y4m(os.path.join(temp, name), 9)
        label = good("run", "--json", model, clip).json()["label"]
        text = good("show", "--runs", "1", model, clip).out
        said = re.search(r"\n  early .* sure(.*)\n", text).group(1)
        wanted = "" if truth is None else ": right" if truth == label else ": wrong"
        check(said == wanted, name, "says", said, "instead of", wanted)
        check(("; right: %d early" % (truth == label) in text) == (truth is not None), text)
    right = write_y4m(os.path.join(temp, LABELS[label] + "!.y4m"), 9)
    text = good("show", "--runs", "1", model, right, os.path.join(temp, "waves.y4m")).out
    check("early    %s, " % LABELS[label] in text and " sure: right\n" in text
          and "all clips: 2; right: 1 early, " in text and " whole, of 1\n" in text, text)


def test_faults(model, clip, temp):
    missing = os.path.join(temp, "missing.y4m")
    for line in ((model,), ()):
        refused(2, "tlee: show needs MODEL INPUT...", "show", *line)
    refused(2, "tlee: show reads a clip more than once, so it cannot be -", "show", model, clip,
            "-")
    refused(2, "tlee: option '--json' means nothing to show", "show", "--json", model, clip)
    refused(2, "tlee: option '--dump' means nothing to show", "show", "--dump", "x", model, clip)
    refused(2, "tlee: option '--film' means nothing to run", "run", "--film", "x", model, clip)
    refused(2, "tlee: option '--pictures': 'green' ", "show", "--pictures", "green", model, clip)
    refused(1, "tlee: %s: " % missing, "show", missing, clip)
    pipe = os.path.join(temp, "pipe.y4m")
    os.mkfifo(pipe)
    for path, reason in ((missing, "cannot be opened"), (pipe, "is read more than once")):
        alone = cli_tool.tlee("show", model, path)
        check(alone.status == 1 and alone.err.startswith("tlee: %s: %s" % (path, reason))
              and alone.err.count("\n") == 1 and "all clips" not in alone.out, alone)
        both = cli_tool.tlee("show", "--runs", "1", model, path, clip)
        check(both.status == 1 and both.err == alone.err
              and "all clips: 1 of 2 could be read" in both.out, both)
    with open("/dev/full", "wb") as full:
        refused(1, "tlee: standard output: ", "show", "--runs", "1", model, clip, stdout=full)
    with open(missing, "wb") as file:
        file.write(b"YUV4MPEG2 W64 H64 Cmono\nFRAME\n" + bytes(5))
    check(cli_tool.tlee("show", model, missing).status == 1, "a clip that is cut short")
    os.remove(missing)


def test_streams(model, temp):
    """A short clip is whole as it is, and a thing that was mended is told once."""
    short = write_y4m(os.path.join(temp, "short.y4m"), 3)
    never = ("--first-threshold", "1", "--gate", "none", "--order", "sequential")
    shown = good("show", "--runs", "3", *never, model, short, warnings=1)
    whole = good("run", "--json", "--mode", "full", *never, model, short, warnings=1).json()
    check(": 3 of 3 frames looked at" in shown.out and "the clip has no more frames" in shown.out
          and " %s GMAC\n" % number(whole["gmac"]) in shown.out, shown)


def main():
    with tempfile.TemporaryDirectory() as temp:
        model = write_model(os.path.join(temp, "model.tlee"))
        named = write_model(os.path.join(temp, "named.tlee"), labels=LABELS)
        clips = [write_video(os.path.join(temp, "clip %d.x" % i), 9 + i, seed=i) for i in range(3)]
        clips.append(write_y4m(os.path.join(temp, "grey.y4m"), 12))
        return cli_tool.run((
            (test_numbers, model, clips[:3], "class {}".format),
            (test_numbers, named, clips[3:], LABELS.__getitem__),
            (test_truth, named, temp), (test_faults, model, clips[3], temp),
            (test_streams, model, temp),
            (show_films.test_film, model, temp), (show_films.test_scaled, model, temp),
            (show_films.test_refusals, model, clips, temp),
            (show_screens.test_plain, model, clips), (show_screens.test_colours, model, clips),
            (show_screens.test_pictures, model, temp), (show_screens.test_width, temp)))


if __name__ == "__main__":
    sys.exit(main())
