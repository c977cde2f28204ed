# SPDX-License-Identifier: MIT
"""What lets an interrupted training go on to the same result.

Random numbers need no place in it: those of a step come from the seed, the stage, the epoch and the
step alone.
"""
import hashlib
import json
import os
import pickle
import random
import zipfile

import numpy as np
import torch

from fault import Fault, blaming

from .publish import saved, write_whole


def number_of(*parts):
    """A seed for these circumstances."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "little")


def generator(*parts):
    return torch.Generator().manual_seed(number_of(*parts))


def seed_all(*parts):
    """For layers that draw random numbers themselves, and for initial weights."""
    seed = number_of(*parts)
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def save(path, tensors, facts):
    """tensors: dicts of them; facts: what JSON holds, beside them as text, since torch.load of
    PyTorch 1.13 refuses numbers when it is to run nothing of a file."""
    content = {"tensors": tensors, "facts": json.dumps(facts)}
    write_whole(path, saved(content))


def load(path):
    """Tensors and facts; None where there are none yet."""
    if not os.path.exists(path):
        return None
    with blaming(path):
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
            return content["tensors"], json.loads(content["facts"])
        except (RuntimeError, ValueError, TypeError, EOFError, KeyError, zipfile.BadZipFile,
                pickle.UnpicklingError):
            raise Fault("is no state of a training that can be read (without it the stage begins "
                        "anew)")


def described(folder):
    return os.path.join(folder, "training.json")


def difference(key, there, here):
    if key == "clips":
        return "the lists hold other clips than they did"
    return "%s is %s there, %s here" % (key, there, here)


def check_same(folder, facts):
    """A folder holds one training: facts that would change its result must not have changed. False
    when it holds none yet."""
    path = described(folder)
    if not os.path.exists(path):
        return False
    with blaming(path):
        with open(path) as file:
            try:
                found = json.load(file)
            except ValueError:
                found = None
        if not isinstance(found, dict):
            raise Fault("is not the description of a training")
        for key in sorted(set(found) | set(facts)):
            if found.get(key) != json.loads(json.dumps(facts.get(key))):
                raise Fault("is of another training: %s (use another --out, or remove the folder)"
                            % difference(key, found.get(key), facts.get(key)))
    return True


def claim(folder, facts):
    text = json.dumps(facts, indent=1, sort_keys=True) + "\n"
    write_whole(described(folder), text.encode())
