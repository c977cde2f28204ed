#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Evaluations spread over many workers by GNU parallel and by Slurm, for real: what comes together
is what one machine says, whichever workers are lost on the way. Everything that runs is private to
the test: folders, ports, keys, munged, slurmctld, slurmd and sshd."""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
import traceback

import cluster_case
import cluster_slurm
import cluster_ssh
from cluster_case import (Case, check, finish, installed, kill, lines_of, wait_for, workers,
                          write_clip)

VIDEOS = 36
#: The list names it, but it is not there: a video that fails is no reason to lose any other.
MISSING = 13
PARALLEL = {"parallel": "parallel"}


def shard_file(folder, shard):
    return os.path.join(folder, "shard-%s.jsonl" % shard.replace("/", "-of-"))


def kill_midway(places, shard, least=2):
    """Kills a worker after some of its records; returns those that it had written for certain."""
    def ready():
        for process, folder in workers(places, shard):
            lines = lines_of(shard_file(folder, shard))
            if len(lines) >= least:
                return process, lines
        return None
    process, lines = wait_for(ready, "records of shard " + shard)
    kill(process)
    return lines


def compare(case, want, folder, what):
    records, summary = case.merged(folder)
    check(len(records) == VIDEOS and records == want[0], what, "has other records")
    check(summary == want[1], what, "sums up to", summary, "and not to", want[1])


def kept(folder, shard, lines, what):
    """The shard was gone on with: the lost worker's records are there as they were, but for those
    of videos that failed, which are tried again."""
    before, after = ([line for line in some if b'"error": ' not in line]
                     for some in (lines, lines_of(shard_file(folder, shard))))
    check(before and after[:len(before)] == before, what, "began shard", shard, "anew")


# ---- GNU parallel ----

def test_local(case, want):
    """On this machine, with a worker killed midway."""
    folder = case.folder("local")
    run = case.start("eval_parallel.sh", folder, "-n", "4", "-j", "2")
    lines = kill_midway([folder], "1/4")
    finish(run, "eval_parallel.sh")
    compare(case, want, folder, "local")
    kept(folder, "1/4", lines, "local")
    again(case, folder)


def again(case, folder):
    """The same command tries a video again that failed; another one is refused."""
    clip = os.path.join(case.clips, "clip%03d.y4m" % MISSING)
    write_clip(clip, MISSING, 9)
    finish(case.start("eval_parallel.sh", folder, "-n", "4", "-j", "2"), "eval_parallel.sh again")
    os.remove(clip)
    records, summary = case.merged(folder)
    check(len(records) == VIDEOS and summary["failed"] == [], "not tried again:", summary)
    for script in ("eval_parallel.sh", "eval_slurm.sh"):
        done = subprocess.run(case.command(script, folder, "-n", "4") + ["--mode", "full"],
                              env=dict(os.environ, TLEE=case.tlee), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        check(done.returncode == 2 and not done.stdout and b"take another folder" in done.stderr,
              script, "goes on with other options:", done)


def test_refusals(case):
    """Lines that make no sense are refused before anything is made."""
    folder, hosts = case.folder("refused"), case.folder("hosts")
    with open(hosts, "w", encoding="ascii") as file:
        file.write("2/:\n")
    _, err = finish(case.start("eval_parallel.sh", folder, "-H", hosts), "a hosts file with :", 2)
    check("':'" in err, err)
    for script in ("eval_parallel.sh", "eval_slurm.sh"):
        for options in (("-x",), ("-n",), ("--", "only", "two")):
            done = subprocess.run([os.path.join(cluster_case.SCRIPTS, script)] + list(options),
                                  stderr=subprocess.PIPE, check=False)
            check(done.returncode == 2 and b"usage: " in done.stderr, script, options, done)
    check(not os.path.exists(folder), "a folder was made")


def test_stopped(case, want):
    """Everything killed at once, a line torn; the same command again."""
    folder = case.folder("stopped")
    run = case.start("eval_parallel.sh", folder, "-n", "3", "-j", "2")
    wait_for(lambda: len(lines_of(shard_file(folder, "1/3"))) >= 2, "records")
    os.killpg(run.pid, signal.SIGKILL)
    for shard in ("0/3", "1/3", "2/3"):
        for process, _ in workers([folder], shard):
            kill(process)
    finish(run, "killed eval_parallel.sh", -signal.SIGKILL)
    lines = lines_of(shard_file(folder, "1/3"))
    check(2 <= len(lines) < VIDEOS // 3, "nothing was lost:", len(lines))
    with open(shard_file(folder, "1/3"), "ab") as file:
        file.write(b'{"index": 4, "pa')
    finish(case.start("eval_parallel.sh", folder, "-n", "3", "-j", "2"), "second eval_parallel.sh")
    compare(case, want, folder, "stopped")
    kept(folder, "1/3", lines, "stopped")


def test_ssh(case, want, hosts):
    """On two machines; a worker on one is killed, and the shard goes to the other."""
    folder = case.folder("ssh")
    run = case.start("eval_parallel.sh", folder, "-H", hosts.file, "-n", "4",
                     PARALLEL_SSH=hosts.ssh)
    lines = kill_midway(hosts.homes.values(), "1/4")
    finish(run, "eval_parallel.sh -H")
    compare(case, want, folder, "ssh")
    kept(folder, "1/4", lines, "ssh")
    with open(os.path.join(folder, "jobs-of-4.txt"), encoding="utf-8") as file:
        used = {line.split("\t")[1] for line in file.read().splitlines()[1:]}
    check(used == set(cluster_ssh.NAMES), "machines in use:", used)
    left = [os.listdir(home) for home in hosts.homes.values()]
    check(left == [[], []], "left behind on the machines:", left)


def test_lost_machine(case, want, hosts):
    """One of two machines dies with a shard on it."""
    folder = case.folder("machine")
    run = case.start("eval_parallel.sh", folder, "-H", hosts.file, "-n", "6",
                     PARALLEL_SSH=hosts.ssh)
    home = hosts.homes["west"]
    wait_for(lambda: any(workers([home], "%d/6" % i) for i in range(6)), "a worker on west")
    hosts.lose("west")
    finish(run, "eval_parallel.sh, a machine lost")
    compare(case, want, folder, "lost machine")


def test_ssh_parts(case, want):
    with tempfile.TemporaryDirectory() as temp:
        hosts = None
        try:
            hosts = cluster_ssh.Hosts(temp)
            test_ssh(case, want, hosts)
            test_lost_machine(case, want, hosts)
        finally:
            if hosts:
                hosts.stop()


# ---- Slurm ----

def submit(case, slurm, folder, shards):
    """Numbers of the array job and of the one that merges."""
    out, _ = finish(case.start("eval_slurm.sh", folder, "-n", str(shards), **slurm.env),
                    "eval_slurm.sh")
    words = out.replace(";", " ").split()
    check(words[0] == "jobs" and len(words) > 3, "eval_slurm.sh says", out)
    return words[1], words[3]


def test_killed_task(case, want, slurm):
    """A task whose worker is killed puts itself back into the queue."""
    folder = case.folder("task")
    array, merge = submit(case, slurm, folder, 4)
    lines = kill_midway([folder], "1/4")
    check(slurm.wait(merge) == "COMPLETED", "merge ended otherwise:", slurm.job(merge))
    check(slurm.job(array + "_1").get("Restarts") == "1", "no restart:", slurm.job(array + "_1"))
    compare(case, want, folder, "killed task")
    kept(folder, "1/4", lines, "killed task")
    with open(os.path.join(folder, "merge.log"), encoding="utf-8") as file:
        check("13" in file.read(), "merge.log does not name the video that failed")


def test_lost_node(case, want, slurm):
    """A node is lost with two tasks on it; Slurm runs them again."""
    folder = case.folder("node")
    array, merge = submit(case, slurm, folder, 2)
    for shard in ("0/2", "1/2"):
        wait_for(lambda name=shard: len(lines_of(shard_file(folder, name))) >= 2, "records")
    slurm.lose_node()
    wait_for(lambda: not workers([folder], "0/2") + workers([folder], "1/2"), "the node's end")
    kept_lines = {shard: lines_of(shard_file(folder, shard)) for shard in ("0/2", "1/2")}
    slurm.find_node()
    check(slurm.wait(merge) == "COMPLETED", "merge ended otherwise:", slurm.job(merge))
    compare(case, want, folder, "lost node")
    for shard, lines in kept_lines.items():
        check(slurm.job("%s_%s" % (array, shard[0])).get("Restarts") == "1", shard, "no restart")
        kept(folder, shard, lines, "lost node")


def test_slurm(case, want):
    with tempfile.TemporaryDirectory() as temp:
        slurm = None
        try:
            slurm = cluster_slurm.Slurm(temp)
            test_killed_task(case, want, slurm)
            test_lost_node(case, want, slurm)
        finally:
            if slurm:
                slurm.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tlee", required=True, help="the command")
    parser.add_argument("only", nargs="*", help="local, stopped, ssh or slurm alone")
    args = parser.parse_args()
    cluster_case.stop_cleanly()
    parts = (("local", test_local, PARALLEL), ("stopped", test_stopped, PARALLEL),
             ("ssh", test_ssh_parts, dict(PARALLEL, **cluster_ssh.PROGRAMS)),
             ("slurm", test_slurm, cluster_slurm.PROGRAMS))
    with tempfile.TemporaryDirectory() as temp:
        case = Case(temp, args.tlee, VIDEOS, missing=(MISSING,))
        want = case.evaluate()
        check(len(want[0]) == VIDEOS, "one machine has records of", len(want[0]))
        test_refusals(case)
        for name, test, programs in parts:
            if (args.only and name not in args.only) or not installed(name, programs):
                continue
            try:
                test(case, want)
                print("%s: done" % name, flush=True)
            except (LookupError, OSError, ValueError, subprocess.SubprocessError):
                check(False, name, "broke off:", traceback.format_exc())
    return cluster_case.closing()


if __name__ == "__main__":
    sys.exit(main())
