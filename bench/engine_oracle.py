# SPDX-License-Identifier: MIT
"""The PyTorch program of an oracle's folder: whole videos of prepared frames, eager."""
import glob
import json
import os
import sys

import numpy as np
import torch


class Engine:
    def __init__(self, config):
        sys.path.insert(0, config["oracle"])
        import golden
        torch.set_num_threads(config["threads"])
        with open(os.path.join(config["oracle"], "cases", config["case"] + ".json")) as file:
            self.model = golden.model_of(json.load(file))
        paths = sorted(glob.glob(os.path.join(config["folder"], "clip*.npy")))
        self.clips = [torch.from_numpy(np.load(path)) for path in paths]
        self.items = len(paths)
        self.about = {"version": torch.__version__, "setting": "eager"}

    def run(self, item):
        return self.model.run(self.clips[item])

    def result(self, output):
        return {"label": output["label"],
                "path": [[step["frame"], step["exit"]] for step in output["steps"]]}
