# SPDX-License-Identifier: MIT
"""This engine, through its shared library: the backbone alone."""
import os

import numpy as np

from tlee_binding import Session


class Engine:
    items = 1

    def __init__(self, config):
        folder = config["folder"]
        self.session = Session(config["library"], os.path.join(folder, "model.tlee"),
                               config["threads"])
        self.about = self.session.about
        self.picture = np.load(os.path.join(folder, "picture.npy"))
        self.feature = np.zeros(np.load(os.path.join(folder, "feature.npy")).size, np.float32)
        self.pointers = self.picture.ctypes.data, self.feature.ctypes.data

    def run(self, _):
        self.session.backbone(*self.pointers)
        return self.feature

    def result(self, output):
        return output.tolist()
