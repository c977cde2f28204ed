# SPDX-License-Identifier: MIT
"""Two trainings must not write the same files at once."""
import contextlib
import fcntl
import os
import time

from fault import Fault, blaming

PAUSE = 0.2  # seconds between looks


class Stopped(Exception):
    """The training was asked to stop; what it has is saved."""


def taken(descriptor):
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


@contextlib.contextmanager
def folder_locked(folder):
    """Makes the folder where there is none; refuses one that another training has."""
    with blaming(folder):
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        if not taken(descriptor):
            raise Fault("another training is writing to it", folder)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def file_locked(path, stop, say):
    """Waits for whoever has it, which is about to make what both need."""
    with blaming(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not taken(descriptor):
            say("%s: waits for another training" % path)
            while not taken(descriptor):
                if stop():
                    raise Stopped()
                time.sleep(PAUSE)
        yield
    finally:
        os.close(descriptor)
