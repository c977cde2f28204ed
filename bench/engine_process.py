# SPDX-License-Identifier: MIT
"""Engines in processes of their own that take turns; engine_worker.py is the other end."""
import contextlib
import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "engine_worker.py")
# Settings of the libraries below the engines that would change what is compared.
LIBRARY_SETTINGS = ("OMP_", "GOMP_", "KMP_", "MKL_", "DNNL_", "ONEDNN_", "OPENBLAS_", "OV_", "TBB_")
PATIENCE_S = 300  # for one answer
# Between two turns. Threads that spin for more work after a run have gone to sleep by then.
REST_S = 0.05
WARM_UP = 1  # runs at the start of each turn, not counted


class EngineFailed(Exception):
    """The engine's process said something that is no answer, or nothing."""


class EngineProcess:
    """
    name: to print; config: for the worker. `about` is None until start(), which returns why the
    engine cannot take part, or None.
    """

    def __init__(self, name, config):
        self.name, self.about, self.items = name, None, 0
        self.idle_cpu_s = []
        self.log = tempfile.TemporaryFile()
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(LIBRARY_SETTINGS)}
        env.update(OMP_NUM_THREADS=str(config["threads"]), PYTHONDONTWRITEBYTECODE="1")
        self.process = subprocess.Popen([sys.executable, WORKER, json.dumps(config)], env=env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log, bufsize=0)
        self.unread = b""

    def start(self):
        hello = self.answer()
        if "absent" in hello:
            return hello["absent"]
        self.about, self.items = hello["about"], hello["items"]
        return None

    def answer(self):
        deadline = time.monotonic() + PATIENCE_S
        while b"\n" not in self.unread:
            ready, _, _ = select.select([self.process.stdout], [], [],
                                        max(0, deadline - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 1 << 20) if ready else b""
            if not piece:
                raise EngineFailed("%s: %s" % (self.name, self.last_words(bool(ready))))
            self.unread += piece
        line, self.unread = self.unread.split(b"\n", 1)
        return json.loads(line)

    def last_words(self, ended):
        if not ended:
            return "no answer within %d s" % PATIENCE_S
        self.log.seek(0)
        lines = self.log.read().decode("utf-8", "replace").strip().splitlines()
        return "ended with status %d: %s" % (self.process.wait(), lines[-1] if lines else "no word")

    def ask(self, *request):
        with contextlib.suppress(BrokenPipeError):  # its last words tell more
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
        return self.answer()

    def result(self, item):
        return self.ask("result", item)

    def turn(self, item, runs):
        """Milliseconds of each run but the warm-up."""
        time.sleep(REST_S)
        answer = self.ask("burst", item, WARM_UP + runs)
        self.idle_cpu_s.append(answer["idle_cpu_s"])
        return [ns / 1e6 for ns in answer["ns"][WARM_UP:]]

    def idle_cpu_ms(self):
        """CPU time of all its threads between two turns."""
        return 1e3 * statistics.median(self.idle_cpu_s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
