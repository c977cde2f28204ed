# SPDX-License-Identifier: MIT
"""ONNX Runtime on the CPU."""
import os

import numpy as np
import onnxruntime


class Engine:
    items = 1

    def __init__(self, config):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = config["threads"]
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            os.path.join(config["folder"], "model.onnx"), options,
            providers=["CPUExecutionProvider"])
        self.input = {"picture": np.load(os.path.join(config["folder"], "picture.npy"))}
        self.about = {"version": onnxruntime.__version__, "setting": "all graph optimisations"}

    def run(self, _):
        return self.session.run(None, self.input)[0]

    def result(self, output):
        return output.ravel().tolist()
