# SPDX-License-Identifier: MIT
"""A Slurm of the test's own on this machine: munged, slurmctld and slurmd with private sockets,
ports and folders, run by whoever runs the test."""
import os
import pwd
import socket
import subprocess

from cluster_case import Service, find, wait_for
from cluster_ssh import free_port, write

PROGRAMS = {"munged": "munge", "slurmctld": "slurmctld", "slurmd": "slurmd",
            "sbatch": "slurm-client"}

CONFIG = """
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=%(user)s
SlurmdUser=%(user)s
SlurmctldPort=%(control_port)d
SlurmdPort=%(node_port)d
AuthType=auth/munge
CredType=cred/munge
# What was requeued starts again when its credential has expired: 5 s, the least, and not 120.
AuthInfo=socket=%(temp)s/munge.socket,cred_expire=5
StateSaveLocation=%(temp)s/state
SlurmdSpoolDir=%(temp)s/spool
SlurmctldPidFile=%(temp)s/slurmctld.pid
SlurmdPidFile=%(temp)s/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1
ReturnToService=2
KillWait=2
MinJobAge=3600
# The node counts as one with the CPUs below, whatever the machine has.
SlurmdParameters=config_overrides
NodeName=node NodeHostname=%(host)s NodeAddr=127.0.0.1 CPUs=%(cpus)d State=UNKNOWN
PartitionName=all Nodes=node Default=YES MaxTime=60 State=UP
"""


class Slurm:
    """`env` is what its commands need in the environment."""

    def __init__(self, temp, cpus=2):
        self.temp, self.services = temp, []
        self.node = None
        self.config = os.path.join(temp, "slurm.conf")
        self.env = {"SLURM_CONF": self.config}
        for folder in ("state", "spool"):
            os.mkdir(os.path.join(temp, folder))
        write(self.config, CONFIG % {
            "user": pwd.getpwuid(os.getuid()).pw_name, "temp": temp, "cpus": cpus,
            "host": socket.gethostname().split(".")[0], "control_port": free_port(),
            "node_port": free_port()}, 0o644)
        key = self.path("munge.key")
        with open(key, "wb") as file:
            file.write(os.urandom(128))
        os.chmod(key, 0o600)
        self.start("munged", "--foreground", "--force", "--key-file", key, "--socket",
                   self.path("munge.socket"), "--pid-file", self.path("munge.pid"), "--log-file",
                   self.path("munge.log"), "--seed-file", self.path("munge.seed"))
        wait_for(lambda: os.path.exists(self.path("munge.socket")), "the private munged", 30)
        self.start("slurmctld", "-D", "-f", self.config)
        self.start_node()

    def path(self, name):
        return os.path.join(self.temp, name)

    def start(self, name, *arguments):
        log = self.path("%s.out" % name)
        self.services.append(Service(name, [find(name)] + list(arguments), log, **self.env))
        return self.services[-1]

    def start_node(self):
        self.node = self.start("slurmd", "-D", "-N", "node", "-f", self.config)
        wait_for(lambda: all(service.alive() for service in self.services)
                 and self.ask("sinfo", "-h", "-o", "%t") == "idle", "the private slurmd", 60)

    def ask(self, *command):
        """What a command of Slurm prints; None when it fails."""
        done = subprocess.run(command, env=dict(os.environ, **self.env), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None

    def lose_node(self):
        """What Slurm does when a node stops answering, without the minutes that it waits first."""
        self.ask("scontrol", "update", "nodename=node", "state=down", "reason=lost")

    def find_node(self):
        self.ask("scontrol", "update", "nodename=node", "state=resume")

    def job(self, number):
        """The fields that Slurm shows of a job."""
        text = self.ask("scontrol", "-o", "show", "job", number) or ""
        return dict(word.split("=", 1) for word in text.split() if "=" in word)

    def wait(self, number):
        """Waits for the end of a job; returns its state."""
        ended = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")
        return wait_for(lambda: {self.job(number).get("JobState")} & set(ended),
                        "job " + number).pop()

    def stop(self):
        self.ask("scancel", "--user", pwd.getpwuid(os.getuid()).pw_name)
        for service in reversed(self.services):
            service.stop()
