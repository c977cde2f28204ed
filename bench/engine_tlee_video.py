# SPDX-License-Identifier: MIT
"""This engine, through its shared library: whole videos of prepared frames."""
import glob
import os

import numpy as np

from tlee_binding import Session


class Engine:
    def __init__(self, config):
        folder = config["folder"]
        self.session = Session(config["library"], os.path.join(folder, "model.tlee"),
                               config["threads"])
        self.about = self.session.about
        paths = sorted(glob.glob(os.path.join(folder, "clip*.npy")))
        self.clips = [np.load(path) for path in paths]
        self.pointers = [[frame.ctypes.data for frame in clip] for clip in self.clips]
        self.items = len(paths)

    def run(self, item):
        return self.session.recognise(self.pointers[item])

    def result(self, output):
        return {"label": output.label, "path": self.session.path()}
