# SPDX-License-Identifier: MIT
"""What the comparisons share: engines that take turns, and what their times come to."""
import contextlib
import statistics

from engine_process import REST_S, EngineFailed, EngineProcess


def take_turns(engines, rounds, runs):
    """
    Milliseconds: by name, a list for each item, in it a list for each round. Whatever slows the
    machine down for a while meets all engines alike; who begins a round rotates.
    """
    times = {engine.name: [[] for _ in range(engine.items)] for engine in engines}
    for number in range(rounds):
        first = number % len(engines)
        for engine in engines[first:] + engines[:first]:
            for item in range(engine.items):
                times[engine.name][item].append(engine.turn(item, runs))
    return times


def summary(items):
    """Sums over the items of each one's minimum, quartiles and median over all rounds."""
    sums = [0, 0, 0, 0]
    for rounds in items:
        values = [ms for times in rounds for ms in times]
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        sums = [a + b for a, b in zip(sums, (min(values), low, median, high))]
    return dict(zip(("min_ms", "low_ms", "median_ms", "high_ms"), sums))


def by_round(items):
    """For each round, the sum over the items of the medians in it."""
    return [sum(statistics.median(times) for times in each) for each in zip(*items)]


def compared(times, summaries, ours):
    """Our median to that of the fastest other engine; quartiles of the rounds' own ratios."""
    others = [name for name in times if name != ours]
    if ours not in times or not others:
        return None
    fastest = min(others, key=lambda name: summaries[name]["median_ms"])
    each = [a / b for a, b in zip(by_round(times[ours]), by_round(times[fastest]))]
    low, _, high = statistics.quantiles(each, n=4, method="inclusive")
    return {"to": fastest, "low": low, "high": high,
            "ratio": summaries[ours]["median_ms"] / summaries[fastest]["median_ms"]}


def restless(engines):
    """Warnings of engines that computed, or spun, while it was not their turn."""
    for engine in engines:
        spent = engine.idle_cpu_ms()
        if spent > 1e3 * REST_S:
            yield "%s used %.0f ms of CPU time between two turns and may have disturbed others" % (
                engine.name, spent)


def begin(configs, stack):
    """The engines that can take part, and by name why others cannot."""
    present, absent = [], {}
    for name, config in configs.items():
        engine = stack.enter_context(EngineProcess(name, config))
        why = engine.start()
        if why is None:
            present.append(engine)
        else:
            absent[name] = why
    return present, absent


def time_all(present, ours, rounds, runs, report):
    times = take_turns(present, rounds, runs)
    summaries = {name: summary(items) for name, items in times.items()}
    for engine in present:
        report["engines"][engine.name].update(summaries[engine.name], rounds_ms=times[engine.name],
                                              idle_cpu_ms=engine.idle_cpu_ms())
    report["ratio"] = compared(times, summaries, ours)
    report["warnings"] = list(restless(present))


def measure(configs, ours, check, rounds, runs):
    """
    configs: of the engines, by name; ours: the name of this project's. check gets the list of those
    that can take part, and returns a list of faults and by name a text of how well an engine
    agrees. With faults there are no times.
    """
    report = {"absent": {}, "engines": {}, "faults": [], "warnings": [], "ratio": None}
    try:
        with contextlib.ExitStack() as stack:
            present, report["absent"] = begin(configs, stack)
            report["faults"], agreement = check(present)
            for engine in present:
                report["engines"][engine.name] = dict(engine.about,
                                                      agreement=agreement[engine.name])
            if present and not report["faults"]:
                time_all(present, ours, rounds, runs, report)
    except EngineFailed as error:
        report["faults"].append(str(error))
    return report
