# SPDX-License-Identifier: MIT
"""Two machines that are this one: an sshd of the test's own, with keys made for it, that gives each
a home of its own."""
import os
import pwd
import socket
import stat
import subprocess

from cluster_case import Service, find, kill, wait_for

PROGRAMS = {"ssh": "openssh-client", "ssh-keygen": "openssh-client", "sshd": "openssh-server",
            "rsync": "rsync"}
NAMES = ("east", "west")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def write(path, text, mode=0o600):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


class Hosts:
    """`file` is a hosts file, `ssh` the command that reaches the machines in it."""

    def __init__(self, temp):
        self.temp, self.port = temp, free_port()
        self.homes = {name: os.path.join(temp, name) for name in NAMES}
        self.service = None
        self.made = None
        user = pwd.getpwuid(os.getuid()).pw_name
        for key in ("host",) + NAMES:
            subprocess.run([find("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f",
                            os.path.join(temp, key + ".key")], check=True)
        for home in self.homes.values():
            os.mkdir(home)
        self.allow(*NAMES)
        config = write(os.path.join(temp, "sshd_config"), """
Port %d
ListenAddress 127.0.0.1
HostKey %s
AuthorizedKeysFile %s
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitRootLogin forced-commands-only
""" % (self.port, self.path("host.key"), self.path("authorized")))
        client = "".join("""
Host %s
  HostName 127.0.0.1
  Port %d
  User %s
  IdentityFile %s
  IdentitiesOnly yes
  BatchMode yes
  StrictHostKeyChecking no
  UserKnownHostsFile %s
  LogLevel ERROR
""" % (name, self.port, user, self.path(name + ".key"), self.path("known")) for name in NAMES)
        self.file = write(self.path("hosts"), "".join(name + "\n" for name in NAMES))
        self.ssh = "ssh -F " + write(self.path("ssh_config"), client)
        if os.getuid() == 0 and not os.path.isdir("/run/sshd"):
            os.mkdir("/run/sshd", 0o755)  # where sshd puts its unprivileged part; it is empty
            self.made = "/run/sshd"
        self.service = Service("sshd", [find("sshd"), "-D", "-e", "-f", config],
                               self.path("sshd.log"))
        wait_for(self.answers, "the private sshd", 30)

    def path(self, name):
        return os.path.join(self.temp, name)

    def allow(self, *names):
        """Lets these machines be reached, and no others."""
        lines = []
        for name in names:
            with open(self.path(name + ".key.pub"), encoding="ascii") as file:
                key = file.read()
            home = self.homes[name]
            lines.append('command="cd %s && HOME=%s exec /bin/sh -c \\"$SSH_ORIGINAL_COMMAND\\"" %s'
                         % (home, home, key))
        write(self.path("authorized"), "".join(lines), stat.S_IRUSR | stat.S_IWUSR)

    def answers(self):
        self.service.alive()
        return subprocess.run(self.ssh.split() + [NAMES[0], "true"], stdin=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    def lose(self, name):
        """What a power failure does: the machine answers no more, and nothing on it runs."""
        self.allow(*(other for other in NAMES if other != name))
        home = os.path.realpath(self.homes[name])
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                here = os.readlink("/proc/%s/cwd" % entry)
            except OSError:
                continue
            if here == home or here.startswith(home + "/"):
                kill(int(entry))

    def stop(self):
        if self.service:
            self.service.stop()
        if self.made:
            os.rmdir(self.made)
