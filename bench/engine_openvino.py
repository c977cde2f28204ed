# SPDX-License-Identifier: MIT
"""OpenVINO on the CPU, in float32: left to itself it computes in bfloat16 where the CPU can."""
import os

import numpy as np
import openvino


class Engine:
    items = 1

    def __init__(self, config):
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": config["threads"],
                    "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1}
        model = openvino.Core().compile_model(os.path.join(config["folder"], "model.onnx"), "CPU",
                                              settings)
        self.request = model.create_infer_request()
        self.input = [np.load(os.path.join(config["folder"], "picture.npy"))]
        precision = model.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.about = {"version": openvino.__version__.split("-")[0],
                      "setting": "%s, latency, %d stream" % (precision,
                                                             model.get_property("NUM_STREAMS"))}

    def run(self, _):
        return self.request.infer(self.input, share_inputs=True, share_outputs=True)[0]

    def result(self, output):
        return output.ravel().tolist()
