# SPDX-License-Identifier: MIT
"""Calls of tlee eval and tlee sweep over the splits of a data set, in either order of frames. What
an earlier, interrupted call has left in the folder is gone on with."""
import json
import os
import subprocess

from fault import Fault, blaming

from results_data import DIFFICULTIES, SPLITS, write_list

#: Kinds of networks and the options that make them of a model.
NETWORKS = {"whole": ("--mode", "full"), "tlee": (),
            "one": ("--mode", "t", "--gate", "none", "--first-threshold", "0")}
ORDERS = ("sampled", "sequential")


#: Options of thresholds, with the keys of `tlee info --json`.
THRESHOLDS = (("--first-threshold", "first"), ("--exit-threshold", "exit"),
              ("--gate-threshold", "gate"), ("--temperature", "temperature"))


def as_decided_by(facts):
    """Options for another model to decide as that of `facts`, tlee's information, does."""
    words = []
    for option, key in THRESHOLDS:
        values = facts["thresholds"][key]
        words += [option, ",".join(map(repr, values if isinstance(values, list) else [values]))]
    return words


class Runs:
    """flags: tlee (words of the command), threads, grid, out; data: a DataSet."""

    def __init__(self, flags, data, every):
        self.flags, self.data, self.every = flags, data, every
        self.lists = {}
        for name in ("records", "summaries", "features", "lists"):
            path = os.path.join(flags.out, name)
            with blaming(path):
                os.makedirs(path, exist_ok=True)
        for split in SPLITS:
            self.lists[split] = data.list_path(split) if not data.limited else write_list(
                self.path("lists", split + ".txt"), data.lists[split])
        for name in DIFFICULTIES:
            if data.of_difficulty(name):
                self.lists[name] = write_list(self.path("lists", name + ".txt"),
                                              data.of_difficulty(name))

    def path(self, *names):
        return os.path.join(self.flags.out, *names)

    def call(self, *words):
        """The object that tlee prints; its warnings, of streams that end too soon, are dropped."""
        line = self.flags.tlee.split() + list(words)
        try:
            done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        except OSError as error:
            raise Fault(error.strerror, line[0])
        said = done.stderr.decode("utf-8", "replace").splitlines()
        if done.returncode:
            faults = [row.replace("tlee: ", "", 1) for row in said
                      if not row.startswith("tlee: warning: ")]
            raise Fault(faults[-1] if faults else "tlee %s ended with status %d" % (
                words[0], done.returncode))
        found = json.loads(done.stdout.decode("utf-8"))
        for lost in found.get("failed", []) + found.get("check_failed", []):
            raise Fault("failed: %s" % lost["reason"], lost["path"])
        return found

    def common(self, order):
        """Options of both; one clip at a time, as times are taken."""
        words = ["--json", "--jobs", "1", "--root", self.data.root]
        if self.flags.threads:
            words += ["--threads", str(self.flags.threads)]
        if order == "sequential":
            words += ["--order", "sequential", "--every", str(self.every)]
        return words

    def evaluate(self, network, order, model, name="", options=()):
        """The records of the test split, by index; the summary is left in summaries/."""
        name += "%s-%s" % (network, order)
        records = self.path("records", name + ".jsonl")
        summary = self.call("eval", *self.common(order), *NETWORKS[network], *options, "--records",
                            records, model, self.lists["test"])
        path = self.path("summaries", name + ".json")
        with blaming(path), open(path, "w", encoding="utf-8") as file:
            json.dump(summary, file)
        with blaming(records), open(records, encoding="utf-8") as file:
            return sorted(map(json.loads, file), key=lambda record: record["index"])

    def sweep(self, split, order, model, *words):
        return self.call("sweep", *self.common(order), "--features",
                         self.path("features", "%s-%s" % (split, order)), *words, model,
                         self.lists[split])

    def sweep_all(self, order, model):
        """Validation, with its settings looked at on test; test; and test by difficulty."""
        grid = ("--grid", str(self.flags.grid))
        found = {"validation": self.sweep(
            "validation", order, model, *grid, "--check", self.lists["test"], "--check-features",
            self.path("features", "test-" + order), "--points",
            self.path("points-validation-%s.csv" % order))}
        found["test"] = self.sweep("test", order, model, *grid, "--points",
                                   self.path("points-test-%s.csv" % order))
        for name in DIFFICULTIES:
            if name in self.lists:
                found[name] = self.sweep(name, order, model, "--grid", "1")
        return found
